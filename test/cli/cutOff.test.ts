import { describe, expect, test } from "vitest";
import { cutOffFailure } from "../../cli/cutOff.ts";
import { failureSchema, failureText } from "../../messages/failure.ts";

const AT = "2026-11-23T03:00:58.000Z";
const AUDIENCE = { stack: "prod", program: "rancher-rollback" } as const;

describe("the failure of a step that was cut off", () => {
  test("names the step, its node and its last lines, and no more of them", () => {
    const lines = Array.from({ length: 30 }, (_, at) => `line ${at}`);
    const failure = cutOffFailure({ resource: "snapshot-node2", lines });
    expect(failure).toMatchObject({ kind: "cut-off", step: "Fetch the snapshot on node2", node: "node2" });
    expect(failure.happened).toEqual(["it was cut off"]);
    expect([failure.lastLines?.[0], failure.lastLines?.at(-1)]).toEqual(["line 18", "line 29"]);
    expect(failureSchema.parse(failure)).toEqual(failure);
  });

  test("of one that printed nothing says no more than that", () => {
    expect(cutOffFailure({ resource: "lock", lines: [] })).not.toHaveProperty("lastLines");
  });

  test("of a restore does not claim that nothing was wiped", () => {
    const of = (wipedAt?: string) => cutOffFailure({ resource: "etcd-restore", lines: [], wipedAt }).pointOfNoReturn;
    expect(of()).toEqual({ state: "unknown" });
    expect(of(AT)).toEqual({ state: "passed", at: AT });
  });

  test("of another step says that this one has wiped nothing", () => {
    const { pointOfNoReturn } = cutOffFailure({ resource: "lock", lines: [] });
    expect(pointOfNoReturn).toEqual({ state: "not reached" });
  });

  test("says what to type to continue", () => {
    const text = failureText(cutOffFailure({ resource: "rke-up", lines: [] }), AUDIENCE);
    expect(text).toContain("rancher-rollback apply --stack prod   (continues from this step;");
  });
});
