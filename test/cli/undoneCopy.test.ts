import { describe, expect, test } from "vitest";
import { StackState } from "../../cli/stackState.ts";

const at = (minute: number) => `2026-11-23T03:0${minute}:00.000Z`;
const timing = (minute: number) => ({ startedAt: at(minute), finishedAt: at(minute), seconds: 1 });

const copy = {
  name: "safety-20261123T030100Z",
  kind: "live",
  nodes: ["node1"],
  bytes: 1,
  sha256: "a".repeat(64),
  state: true,
  folder: "/clusters/.rancher-rollback/safety/safety-20261123T030100Z",
  rancherImage: "rancher/rancher:v2.6.0",
};
const restore = { rke: "v1.8.0", wipedAt: at(5), warnings: 0, log: "/clusters/restore.log", adopted: false };

/** A state in which these steps have run, each with its report. */
function stateOf(reports: Record<string, object>): StackState {
  const resources = Object.entries(reports).map(([name, report]) => ({
    urn: `urn:pulumi:prod::rancher-rollback::index:Some$command:local:Command::${name}`,
    type: "command:local:Command",
    outputs: { stdout: JSON.stringify(report) },
  }));
  return new StackState({ resources });
}

describe("undo goes back to", () => {
  test("the safety copy of the last rollback", () => {
    const state = stateOf({
      preflight: { ...timing(0), nodes: [] },
      "safety-copy": { ...timing(1), ...copy },
      "etcd-restore": { ...timing(2), ...restore, safetyCopy: copy },
    });
    expect(state.safetyCopy?.name).toBe(copy.name);
  });

  test("none after a rollback with safetyCopy skip, though an older copy is in the state", () => {
    const older = { "safety-copy": { ...timing(1), ...copy }, preflight: { ...timing(4), nodes: [] } };
    // Until a run has succeeded, the state keeps the resources that the program has no more.
    expect(stateOf({ ...older, "etcd-restore": { ...timing(6), ...restore } }).safetyCopy).toBeUndefined();
    // A restore that failed is not in the state at all.
    expect(stateOf(older).safetyCopy).toBeUndefined();
  });

  test("the copy of the rollback before, where the last one did not come as far as a restore", () => {
    const state = stateOf({
      "safety-copy": { ...timing(1), ...copy },
      "etcd-restore": { ...timing(2), ...restore, safetyCopy: copy },
      preflight: { ...timing(4), nodes: [] },
    });
    expect(state.safetyCopy?.name).toBe(copy.name);
  });
});
