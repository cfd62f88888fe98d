import { describe, expect, test } from "vitest";
import type { RancherAnswer } from "../../../cluster/rancher/answer.ts";
import { answeringVersion } from "../../../cluster/rancher/answeringVersion.ts";

describe("the version that answers", () => {
  const trouble = { path: "/ping", kind: "other-body" } as const;
  test.each<[RancherAnswer, string | undefined, string[], string[]]>([
    [{ version: "v2.7.0", ui: "2.7.0" }, "v2.6.0", ["v2.7.0"], ["rancherversion"]],
    [{ ui: "2.5.6" }, undefined, ["v2.5.6", "v2.5.7"], ["version-txt"]],
    [{ ui: "2.5.6" }, "v2.5.7", ["v2.5.7"], ["version-txt", "server-version"]],
    // The setting may be another version's that has started meanwhile; the file is that of the pod that answers.
    [{ ui: "2.5.6" }, "v2.6.0", ["v2.5.6", "v2.5.7"], ["version-txt"]],
    [{ ui: "9.9.9" }, "v2.5.7", ["v2.5.7"], ["server-version"]],
    [{}, "v2.5.7", ["v2.5.7"], ["server-version"]],
    [{}, "", [], []],
    [{ trouble }, "v2.5.7", [], []],
  ])("by %j and the setting %j is one of %j", (answer, setting, versions, sources) => {
    expect(answeringVersion(answer, setting)).toEqual({ versions, sources });
  });
});
