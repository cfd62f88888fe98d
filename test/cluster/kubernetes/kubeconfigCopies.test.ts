import { existsSync, readdirSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { kubeconfigCopies } from "../../../cluster/kubernetes/kubeconfigCopies.ts";
import { tempFolder, textFile } from "../../support/folder.ts";

const SINCE = Date.now() - 10_000;
const config = (key: string) => `users:\n- name: kube-admin\n  user:\n    client-key-data: ${key}\n`;

function watched(key = "TUlJRQ==") {
  const folder = tempFolder();
  const kubeconfig = textFile(join(tempFolder(), "kube_config_cluster.yml"), config(key));
  return { folder, kubeconfig, remove: kubeconfigCopies(kubeconfig, folder, SINCE) };
}

test("the copies that the Kubernetes plugin leaves of a kubeconfig are removed, however they are encoded", () => {
  const { folder, remove } = watched();
  textFile(join(folder, "kubeconfig1"), config("TUlJRQ=="));
  textFile(join(folder, "kubeconfig22"), '{"users":[{"name":"a","user":{"client-key-data":"TUlJRQ=="}}]}');
  remove();
  expect(readdirSync(folder)).toEqual([]);
});

test("so is one of a kubeconfig that RKE has rewritten meanwhile", () => {
  const { folder, kubeconfig, remove } = watched("b2xk");
  textFile(join(folder, "kubeconfig1"), config("b2xk"));
  textFile(join(folder, "kubeconfig2"), config("bmV3"));
  textFile(kubeconfig, config("bmV3"));
  remove();
  expect(readdirSync(folder)).toEqual([]);
});

test("nothing else is removed: not another cluster's, not an older one, not what has another name or is a link", () => {
  const { folder, kubeconfig, remove } = watched();
  textFile(join(folder, "kubeconfig1"), config("b3RoZXI="));
  utimesSync(textFile(join(folder, "kubeconfig2"), config("TUlJRQ==")), 0, 0);
  textFile(join(folder, "kubeconfig-mine"), config("TUlJRQ=="));
  textFile(join(folder, "kubeconfig3"), ": no kubeconfig {");
  symlinkSync(kubeconfig, join(folder, "kubeconfig4"));
  remove();
  expect(readdirSync(folder).sort()).toEqual([
    "kubeconfig-mine",
    ...["kubeconfig1", "kubeconfig2", "kubeconfig3", "kubeconfig4"],
  ]);
  expect(existsSync(kubeconfig)).toBe(true);
});

test("a kubeconfig without a key has no copies, and a folder that is gone is no error", () => {
  const { folder, kubeconfig } = watched("");
  textFile(join(folder, "kubeconfig1"), config(""));
  kubeconfigCopies(kubeconfig, folder, SINCE)();
  kubeconfigCopies(kubeconfig, join(folder, "gone"), SINCE)();
  expect(readdirSync(folder)).toEqual(["kubeconfig1"]);
});
