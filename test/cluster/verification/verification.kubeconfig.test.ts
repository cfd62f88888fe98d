import { join } from "node:path";
import { expect, test } from "vitest";
import { readClusterFacts, verdictOf } from "../../../cluster/verification/verification.ts";
import { tempFolder, textFile } from "../../support/folder.ts";
import { closedPort } from "../../support/server.ts";

test.each([
  ["is no YAML", "clusters: [", /./],
  ["is not there", undefined, /there is no such file or folder$/],
  ["is empty", "", /it is empty$/],
  ["names no cluster", "apiVersion: v1\n", /it names no cluster$/],
])("a verification through a kubeconfig that %s says so, and what to do about the file", async (_, text, why) => {
  const file = join(tempFolder(), "kube_config_c.yml");
  if (text !== undefined) textFile(file, text);
  const rancher = {
    ...{ namespace: "n", deployment: "d", container: "c", image: "i:v1", version: "v1" },
    url: `http://127.0.0.1:${await closedPort()}`,
  };
  const expected = { nodes: [], restarts: {}, rancher };
  const { problems, checks } = verdictOf(await readClusterFacts(expected, file, { allowUnknown: true }), expected);
  const [problem, ...others] = problems.filter(({ message }) => message.includes("kubeconfig"));
  expect(problem?.message).toMatch(new RegExp(`^the kubeconfig ${file} cannot be used: ${why.source}`));
  expect(problem?.remedy).toBe(`copy it from where \`rke up\` was run last to ${file}`);
  expect(others).toEqual([]);
  expect(JSON.stringify(problems)).not.toContain("kube-apiserver");
  // Each check that could not be made has it.
  const having = checks.filter((check) => check.problems.some(({ message }) => message === problem?.message));
  expect(having.map(({ check }) => check)).toEqual(["kubernetes-nodes", "rancher-serves"]);
});
