import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { answerSchema, type Finding } from "../../../cli/answers.ts";
import { doctor } from "../../../cli/commands/doctor.ts";
import { program, textFile } from "../../support/folder.ts";
import { complete } from "../../support/givenSettings.ts";

const OPTIONS = { config: [], json: true, stack: undefined, "config-folder": undefined };

let said: string[];
beforeEach(() => {
  said = [];
  vi.spyOn(console, "log").mockImplementation((text) => said.push(text));
  vi.spyOn(process, "chdir").mockImplementation(() => {});
});

function findings(): Finding[] {
  const answer = answerSchema.parse(JSON.parse(said.join("")));
  return answer.command === "doctor" ? answer.findings : [];
}

/** A stack's folder for a cluster whose nodes refuse the login, and no Pulumi. */
function stackFolder(config: Record<string, unknown>): string {
  const { folder, given } = complete();
  const entries = Object.entries({ ...given, ...config }).map(
    ([key, value]) => `  rancher-rollback:${key}: ${JSON.stringify(value)}\n`,
  );
  textFile(join(folder, "Pulumi.prod.yaml"), `config:\n${entries.join("")}`);
  program(join(folder, "bin/ssh"), `echo "Permission denied (publickey)." >&2; exit 255`);
  vi.stubEnv("PATH", `${join(folder, "bin")}:/usr/bin:/bin`);
  return folder;
}

test("without a stack the doctor checks this machine, and says what it left out", async () => {
  vi.stubEnv("PATH", "/usr/bin:/bin");
  expect(await doctor(OPTIONS)).toBe(1);
  expect(findings().map(({ check }) => check)).toEqual(expect.arrayContaining(["pulumi", "openssh", "passphrase"]));
  expect(findings().find(({ check }) => check === "stack")).toMatchObject({ level: "warning" });
});

test("without Pulumi the doctor reads the stack's file itself, and asks the cluster", async () => {
  const folder = stackFolder({
    snapshotSource: "s3://bucket",
    s3SecretKey: { secure: "v1:x" },
    s3AccessKey: { secure: "v1:y" },
  });
  expect(await doctor({ ...OPTIONS, stack: "prod", "config-folder": folder })).toBe(1);
  const level = (check: string) => findings().find((one) => one.check === check)?.level;
  expect(["pulumi", "stack", "settings", "rke"].map(level)).toEqual(["failure", "failure", "ok", "ok"]);
  expect(findings().filter(({ message }) => message.includes("Permission denied"))).not.toEqual([]);
  expect(findings().flatMap(({ check, of }) => (check === "node" ? [of] : []))).toEqual(["node1", "node2", "node3"]);
});

test("what was looked at is in words, a node by its name", async () => {
  const folder = stackFolder({});
  await doctor({ ...OPTIONS, json: false, stack: "prod", "config-folder": folder });
  const text = said.join("\n");
  expect(text).toMatch(/^✗ Pulumi {17}pulumi cannot be run$/m);
  expect(text).toMatch(/^! RKE's state file {7}/m);
  expect(text).toMatch(/^✗ node1 {18}node1 \(10\.0\.0\.1\): .*Permission denied/m);
});

test.each([
  ["ec2", true],
  ["existing", false],
])("the plugin of AWS is asked for where a replacement is of kind %s: %s", async (kind, asked) => {
  const node = { kind, unresponsive: "10.0.0.3", hostnameOverride: "node4" };
  const machine =
    kind === "ec2"
      ? { ami: "ami-1", instanceType: "t3.xlarge", subnetId: "subnet-1", securityGroupIds: ["sg-1"], keyName: "ops" }
      : { address: "10.0.0.4" };
  const folder = stackFolder({ replacements: [{ ...node, ...machine }] });
  const state = { currentState: { rkeConfig: { kubernetesVersion: "v1.20.15-rancher2-2" } } };
  textFile(join(folder, "rancher-cluster.rkestate"), JSON.stringify(state));
  await doctor({ ...OPTIONS, stack: "prod", "config-folder": folder });
  expect(findings().find(({ check }) => check === "settings")?.level).toBe("ok");
  expect(JSON.stringify(findings()).includes("pulumi plugin install resource aws ")).toBe(asked);
});

test("settings that are wrong are a failure with all that is wrong", async () => {
  const folder = stackFolder({ rancherUrl: "rancher", run: 0 });
  expect(await doctor({ ...OPTIONS, stack: "prod", "config-folder": folder })).toBe(1);
  const settings = findings().find(({ check }) => check === "settings");
  expect(settings).toMatchObject({ level: "failure", message: expect.stringContaining("2 settings are wrong") });
});
