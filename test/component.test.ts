import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { describe, expect, test, vi } from "vitest";
import { RancherRollback, type RancherRollbackArgs } from "../component.ts";
import { complete } from "./support/givenSettings.ts";
import { recordProgram, requestIn } from "./support/rollback.ts";

/** Arguments for a cluster of its own. */
function someArgs(over: Partial<RancherRollbackArgs> = {}): RancherRollbackArgs {
  const { given } = complete();
  return { ...(given as unknown as RancherRollbackArgs), ...over };
}

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

  test("has outputs that are flat", async () => {
    let outputs: Promise<string[]> | undefined;
    await recordProgram(() => {
      const { safetyCopy, rancherVersion, undoCommand, report } = new RancherRollback("prod", someArgs());
      outputs = Promise.all([safetyCopy, rancherVersion, undoCommand, report].map(resolved));
    });
    const [safetyCopy, rancherVersion, undoCommand, report = ""] = (await outputs) ?? [];
    expect([safetyCopy, rancherVersion]).toEqual(["safety-copy-1", "v2.5.8"]);
    expect(undoCommand).toBe(
      [
        "pulumi config set snapshot safety-copy-1 --stack test",
        "pulumi config set rancherVersion v2.5.9 --stack test",
        "pulumi config set acceptDataLossOf safety-copy-1 --stack test",
        "pulumi up --stack test",
      ].join(" && "),
    );
    expect(JSON.parse(report)).toMatchObject({ snapshot: "before-upgrade", rkeUp: { rke: "v1.8.0" } });
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
