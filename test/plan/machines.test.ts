import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { machineProblems } from "../../plan/machines.ts";
import { tempFolder, textFile } from "../support/folder.ts";
import { someNode, someReplacement, someSettings } from "../support/settings.ts";
import { reach, SnapshotNode } from "../support/snapshotNode.ts";
import { sshIs } from "../support/sshIs.ts";

const SERVES = `case $1 in ps) printf 'serves %s\\n' kubelet etcd ;; *) exit 1 ;; esac`;

/** What speaks against node4's machine taking the place of node3; on those of these addresses Kubernetes runs. */
async function asked(
  serving: string[],
  over: Partial<ReturnType<typeof someReplacement>> = {},
  ca?: string,
  { called = (address: string) => address, unreachable = [] as string[] } = {},
) {
  const addresses = ["198.18.0.13", "198.18.0.14"].filter((address) => !unreachable.includes(address));
  const machines = addresses.map((address) => {
    const machine = new SnapshotNode();
    machine.program("uname", `echo ${called(address)}`);
    if (serving.includes(address)) machine.program("docker", SERVES);
    if (ca) textFile(join(machine.root, "etc/kubernetes/ssl/kube-ca.pem"), ca);
    return [address, machine] as const;
  });
  reach(Object.fromEntries(machines));
  const { cluster, ...settings } = someSettings();
  const state = { desiredState: { certificatesBundle: { "kube-ca": { certificatePEM: "OURS" } } } };
  const stateFile = textFile(join(tempFolder(), "rancher-cluster.rkestate"), JSON.stringify(state));
  // Of what a script names, RKE's folder alone is the machine's own.
  const prefixed = { prefixPath: "/opt/rke" };
  const written = { ...someReplacement(someNode(4), "198.18.0.13"), ...over };
  const replacement = { ...written, node: { ...written.node, ...prefixed } };
  return await machineProblems({ ...settings, cluster: { ...cluster, stateFile }, replacements: [replacement] });
}

/** The checks that fail. */
async function problems(...args: Parameters<typeof asked>) {
  return (await asked(...args)).failed;
}

/** No node lets anybody in. */
function refuse(why: string): void {
  sshIs(`echo "${why}" >&2; exit 255`);
}

describe("a preview with a replacement machine", () => {
  test("finds nothing wrong with a bare machine and a node that is gone", async () => {
    expect(await problems([], { gone: someNode(3) })).toEqual([]);
  });

  test("names a machine that serves another cluster, but not one that the cluster file has already", async () => {
    const [problem, ...others] = await problems(["198.18.0.14"]);
    expect(problem).toMatchObject({
      check: "replacement-machine",
      message: expect.stringContaining("198.18.0.14, the machine for node4, is a node of another cluster"),
    });
    expect(others).toEqual([]);
    expect(await problems(["198.18.0.14"], { isInFile: true })).toEqual([]);
  });

  test("names a node that is given up and is up all the same", async () => {
    expect(await problems(["198.18.0.13"], { gone: someNode(3) })).toMatchObject([
      { check: "replaced-node", of: "node3", message: expect.stringContaining("kubelet, etcd runs on it") },
    ]);
  });

  test("takes an address that the cluster file has no more for another cluster's, unless its CA says otherwise", async () => {
    expect(await problems(["198.18.0.13"], { isInFile: true })).toEqual([]);
    expect(await problems(["198.18.0.13"], { isInFile: true }, "OURS\n")).toMatchObject([{ check: "replaced-node" }]);
    expect(await problems(["198.18.0.13"], { isInFile: true }, "OTHER\n")).toEqual([]);
  });

  test.each([
    ["the machine keeps its name", { node: { ...someNode(4), name: "198.18.0.13" } }, {}],
    ["it leads to the machine by now", { gone: someNode(3) }, { called: () => "node4" }],
  ])("takes no machine for the dead node where %s", async (_, over, names) => {
    const both = ["198.18.0.13", "198.18.0.14"];
    expect(await asked(both, { isInFile: true, ...over }, "OURS", names)).toEqual({ failed: [], warnings: [] });
  });

  test("only warns where an address that is not in the cluster file may lead to the machine, which cannot be asked", async () => {
    const found = asked(["198.18.0.13"], { isInFile: true }, "OURS", { unreachable: ["198.18.0.14"] });
    expect(await found).toEqual({
      failed: [],
      warnings: [
        {
          kind: "replaced-node-may-be-up",
          problem: {
            message: expect.stringContaining("198.18.0.13, which is replaced"),
            remedy: expect.any(String),
          },
        },
      ],
    });
  });

  test("warns of a node that is given up and does not let the script in, as it may be up", async () => {
    refuse("rancher@198.18.0.13: Permission denied (publickey).");
    const found = machineProblems({ ...someSettings(), replacements: [someReplacement(someNode(4), "198.18.0.13")] });
    const problem = {
      message: expect.stringMatching(/198\.18\.0\.13, which is replaced .*not known .*Permission denied/),
      remedy: expect.stringMatching(/^make sure that it is shut down/),
    };
    expect(await found).toEqual({ failed: [], warnings: [{ kind: "replaced-node-may-be-up", problem }] });
  });

  test.each(["Connection refused", "No route to host", "Connection timed out"])(
    "believes that a node is gone to which there is no connection: %s",
    async (why) => {
      refuse(`ssh: connect to host 198.18.0.13 port 22: ${why}`);
      const replacements = [someReplacement(someNode(4), "198.18.0.13")];
      expect(await machineProblems({ ...someSettings(), replacements })).toEqual({ failed: [], warnings: [] });
    },
  );

  test("does not ask the machine that is rebuilt at the dead node's address whether it is dead", async () => {
    const node = { ...someNode(4), address: "198.18.0.13", internalAddress: "198.18.0.13" };
    expect(await problems(["198.18.0.13"], { isInFile: true, node })).toEqual([]);
  });
});
