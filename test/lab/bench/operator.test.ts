import { mkdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { ansibleFiles, byHand } from "../../../lab/bench/operator.ts";
import type { LabCluster } from "../../../lab/cluster/labCluster.ts";
import { nodesOf } from "../../../lab/cluster/plans.ts";
import { program, tempFolder } from "../../support/folder.ts";

let folder: string;
let cluster: LabCluster;

beforeEach(() => {
  folder = tempFolder();
  const bin = join(folder, "bin");
  vi.stubEnv("PATH", [bin, process.env.PATH].join(delimiter));
  const note = (name: string) => `echo "${name} $*" >>"${folder}/done"`;
  cluster = {
    ...{ name: "a", dir: join(folder, "cluster"), nodes: nodesOf("a") },
    ...{ clusterFile: join(folder, "cluster/rancher-cluster.yml"), kubeconfig: "", sshKey: "", knownHosts: "" },
    ...{ rke: program(join(bin, "rke"), note("rke")), kubectl: program(join(bin, "kubectl"), note("kubectl")) },
    ...{ rancherUrl: "https://198.18.0.11:30443", rancherCaFile: "/ca.pem" },
  };
  mkdirSync(cluster.dir);
  program(join(bin, "ssh"), `${note("ssh")}; cat`);
  // It knows the version at the second question.
  const answers = `[ $(grep -c ^curl "${folder}/done") -ge 2 ] && echo '{"id":"server-version","value":"v2.5.8"}'`;
  program(join(bin, "curl"), `${note("curl")}; cat >"${folder}/config"; ${answers}`);
});

const done = () => readFileSync(join(folder, "done"), "utf8").trim().split("\n");

test("by hand it is the runbook, command after command and node after node, until Rancher is confirmed", async () => {
  const began = Date.now();
  const { total, whole, steps } = await byHand(cluster, "bench-1", began);
  expect(done().filter((line) => /^(rke|ssh|kubectl|curl)/.test(line))).toEqual([
    "rke etcd snapshot-restore --name bench-1 --config rancher-cluster.yml",
    "rke up --config rancher-cluster.yml",
    ...["node1", "node2", "node3"].map((node) =>
      expect.stringMatching(new RegExp(`^ssh -F .* ${node} docker restart`)),
    ),
    expect.stringMatching(/^kubectl .* set image deployment\/cattle cattle-server=rancher\/rancher:v2.5.8$/),
    expect.stringMatching(/^kubectl .* rollout status deployment\/cattle/),
    expect.stringMatching(/^curl .* https:\/\/198.18.0.11:30443\/v3\/settings\/server-version$/),
    expect.stringMatching(/^curl /),
  ]);
  expect(steps.map(({ title }) => title)).toEqual([
    ...["rke etcd snapshot-restore", "rke up", "restart node1", "restart node2", "restart node3", "image", "confirm"],
  ]);
  expect(total).toBe(whole);
  expect(steps.at(-1)?.end).toBe(whole);
});

test("the token stands on no command line", async () => {
  await byHand(cluster, "bench-1", Date.now());
  expect(done().join("\n")).not.toContain("token");
  expect(readFileSync(join(folder, "config"), "utf8")).toBe('header = "Authorization: Bearer token-lab"\n');
});

test("a command that fails ends it, with the step and its last lines", async () => {
  program(cluster.rke, 'echo "level=fatal msg=\\"no disk\\"" >&2; exit 3');
  await expect(byHand(cluster, "bench-1", Date.now())).rejects.toThrow(
    /"rke etcd snapshot-restore" ended with exit code 3: .*no disk/,
  );
});

test("Ansible knows the nodes by the names that its SSH configuration has", () => {
  const { inventory, variables } = ansibleFiles(cluster, "bench-1");
  const [, config = ""] = /-F (\S+?)'/.exec(readFileSync(inventory, "utf8")) ?? [];
  for (const { name, address } of cluster.nodes) {
    expect(readFileSync(inventory, "utf8")).toMatch(new RegExp(`^${name}$`, "m"));
    expect(readFileSync(config, "utf8")).toContain(`Host ${name}\n  HostName ${address}\n`);
  }
  const given = JSON.parse(readFileSync(variables, "utf8"));
  expect(JSON.stringify(given)).not.toContain("token-lab");
  const playbook = readFileSync(new URL("../../../lab/bench/playbook.yml", import.meta.url), "utf8");
  const own = ["on_cluster", "image", "rollout", "answer", "lookup"];
  const used = [...playbook.matchAll(/\{\{ (\w+)/g)].map(([, name = ""]) => name).filter((name) => !own.includes(name));
  expect(Object.keys(given)).toEqual(expect.arrayContaining(used));
  expect(parse(playbook)).toHaveLength(3);
});
