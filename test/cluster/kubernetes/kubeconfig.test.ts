import { join } from "node:path";
import { expect, test } from "vitest";
import { loadKubeconfig } from "../../../cluster/kubernetes/kubeconfig.ts";
import { tempFolder, textFile } from "../../support/folder.ts";
import { kubeconfigFor } from "../../support/kubernetes.ts";

test("a kubeconfig names its server", () => {
  const file = textFile(join(tempFolder(), "kube_config"), kubeconfigFor("https://10.0.0.1:6443", "/ca.pem"));
  expect(loadKubeconfig(file).getCurrentCluster()?.server).toBe("https://10.0.0.1:6443");
});

test.each([
  ["empty", "", "it is empty"],
  ["of white space alone", "\n \n", "it is empty"],
  ["cut off", "apiVersion: v1\nclusters:\n- cluster:\n    key: 'c2VjcmV0", "unexpected end"],
  ["no kubeconfig", "nodes: []\n", "names no cluster"],
  ["one word", "nothing\n", "names no cluster"],
])("one that is %s is named, with what to do, in one line and without what is in it", (_, text, why) => {
  const file = textFile(join(tempFolder(), "kube_config_cluster.yml"), text);
  const message = messageOf(() => loadKubeconfig(file));
  expect(message).toMatch(`the kubeconfig ${file} cannot be used: `);
  expect(message).toContain(why);
  expect(message).toContain("copy it from where `rke up` was run last");
  expect(message).not.toMatch(/\n|c2VjcmV0/);
});

test("one that is not there, or a folder, is named as well", () => {
  const folder = tempFolder();
  expect(messageOf(() => loadKubeconfig(join(folder, "none")))).toContain("there is no such file or folder");
  expect(messageOf(() => loadKubeconfig(folder))).toContain(`${folder} cannot be used: it is a folder`);
});

function messageOf(load: () => unknown): string {
  try {
    load();
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
}
