import { describe, expect, test } from "vitest";
import { changesBetween, isWithin, rootOf } from "../../../lab/pulumi-stand-ins/diff.ts";
import { secret } from "../../../lab/pulumi-stand-ins/values.ts";

describe("differences", () => {
  test("are reported by path, with what happened there", () => {
    const before = { same: 1, gone: 2, list: ["a", "b"], map: { x: 1, "y.z": 2 } };
    const after = { same: 1, list: ["a", "c", "d"], map: { x: 1, "y.z": 3 }, added: true };
    expect(Object.fromEntries(changesBetween(before, after))).toEqual({
      gone: "delete",
      "list[1]": "update",
      "list[2]": "add",
      'map["y.z"]': "update",
      added: "add",
    });
  });

  test("do not tell where a secret differs", () => {
    const changes = changesBetween({ a: secret({ b: 1 }) }, { a: secret({ b: 2 }) });
    expect([...changes.keys()]).toEqual(["a"]);
    expect(changesBetween({ a: secret("x") }, { a: secret("x") }).size).toBe(0);
  });

  test("are ignored at a path and below it", () => {
    expect(isWithin('metadata.annotations["a.b/c"]', 'metadata.annotations["a.b/c"]')).toBe(true);
    expect(isWithin("environment.FOO", "environment")).toBe(true);
    expect(isWithin("triggers[0]", "triggers")).toBe(true);
    expect(isWithin("createMore", "create")).toBe(false);
    expect(rootOf("triggers[0].a")).toBe("triggers");
  });
});
