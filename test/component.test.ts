import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { describe, expect, test, vi } from "vitest";
import { RancherRollback, type RancherRollbackArgs } from "../component.ts";
import { complete } from "./support/givenSettings.ts";
import { recordProgram, requestIn, WIPED } from "./support/rollback.ts";

/** Arguments for a cluster of its own. */
function someArgs(over: Partial<RancherRollbackArgs> = {}): RancherRollbackArgs {
  const { given } = complete();
  return { ...(given as unknown as RancherRollbackArgs), ...over };
}

const OUTPUTS = ["safetyCopy", "rancherVersion", "undoCommand", "report"] as const;
const AT = "2026-11-23T03:00:58Z";

const resolved = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply(resolve));

describe("the component in a program of one's own", () => {
  test("has resources whose names all begin with its own, so that a program can have two", async () => {
    const rollback = await recordProgram(() => {
      new RancherRollback("prod", someArgs());
      new RancherRollback("staging", someArgs());
    });
    const names = [...rollback.keys()];
    const own = (prefix: string) =>
      names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
    expect(own("prod-")).toContain("etcd-restore");
    expect(own("staging-")).toEqual(own("prod-"));
    expect(own("prod-").length + own("staging-").length).toBe(names.length);
  });

  /** The component's outputs, where the restore has reported this besides. */
  async function outputsWhere(restore: object) {
    let outputs: Promise<pulumi.Unwrap<Pick<RancherRollback, (typeof OUTPUTS)[number]>>> | undefined;
    await recordProgram(
      () => {
        const { safetyCopy, rancherVersion, undoCommand, report } = new RancherRollback("prod", someArgs());
        outputs = resolved(pulumi.output({ safetyCopy, rancherVersion, undoCommand, report }));
      },
      { finished: AT, reported: { "prod-etcd-restore": restore } },
    );
    return (await outputs) ?? expect.fail("there are no outputs");
  }

  test("has outputs that are data", async () => {
    const oldData = { id: "1", path: "/old", until: AT };
    const { safetyCopy, rancherVersion, undoCommand, report } = await outputsWhere({ way: "in-place", oldData });
    expect([safetyCopy, rancherVersion]).toEqual(["safety-copy-1", "v2.5.8"]);
    expect(undoCommand).toBe(
      [
        "pulumi config set snapshot safety-copy-1 --stack test",
        "pulumi config set rancherVersion v2.5.9 --stack test",
        "pulumi config set acceptDataLossOf safety-copy-1 --stack test",
        "pulumi up --stack test",
      ].join(" && "),
    );
    const times = { startedAt: "2026-11-23T03:00:00Z", finishedAt: AT, seconds: 1 };
    expect(report).toEqual({
      snapshot: "before-upgrade",
      replacements: [],
      safetyCopy: {
        name: "safety-copy-1",
        nodes: ["node1"],
        bytes: 20,
        sha256: "c0b1",
        folder: "/clusters/.rancher-rollback/safety-copy-1",
        rancherImage: "rancher/rancher:v2.5.9",
      },
      restore: {
        way: "in-place",
        wipedAt: WIPED,
        rke: "v1.8.0",
        log: "/clusters/restore.log",
        oldData: { path: "/old", until: AT },
        ...times,
      },
      verification: {
        rancherVersion: "v2.5.8",
        image: "rancher/rancher:v2.5.8",
        nodesReady: 3,
        etcdMembers: 3,
        ...times,
      },
    });
  });

  test("has no way back among its outputs where it went without a safety copy", async () => {
    const { safetyCopy, undoCommand, report } = await outputsWhere({ safetyCopy: undefined });
    expect([safetyCopy, undoCommand]).toEqual([undefined, undefined]);
    expect(report).not.toHaveProperty("safetyCopy");
  });

  test("shows policies what they ask of it, and puts no other argument into the state", async () => {
    const register = vi.spyOn(MockMonitor.prototype, "registerResource");
    const args = {
      run: 2,
      acceptDataLossOf: "before-upgrade#2",
      snapshotSource: "s3://backups",
      s3SecretKey: pulumi.secret("hunter2"),
    };
    await recordProgram(() => {
      new RancherRollback("prod", someArgs({ ...args, s3AccessKey: "AKIA" }));
    });
    const requests = register.mock.calls.map(([request]) => request);
    register.mockRestore();
    const own = requests.find((request) => request.getName() === "prod");
    expect(own?.getObject()?.toJavaScript()).toEqual({
      snapshot: "before-upgrade",
      run: 2,
      acceptDataLossOf: "before-upgrade#2",
    });
  });

  test("takes outputs of other resources, numbers and booleans, and leaves out what is undefined", async () => {
    const rollback = await recordProgram(() => {
      const args = someArgs({ waitSeconds: 60, allowUnknownHostKeys: true, run: pulumi.output(2) });
      const snapshot = pulumi.output("base");
      new RancherRollback("prod", { ...args, snapshot, acceptDataLossOf: undefined as unknown as string });
    });
    const { context, input } = requestIn(rollback.get("prod-etcd-restore")?.inputs ?? {});
    expect(context.hostKeys).toEqual({ allowUnknown: true });
    expect(input).toMatchObject({ snapshot: "base", run: 2 });
  });
});
