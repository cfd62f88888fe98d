import { join } from "node:path";
import { describe, test } from "vitest";
import { KubernetesReader } from "../../../cluster/kubernetes/reader.ts";
import { readRancherFacts, readServerVersion } from "../../../cluster/rancher/facts.ts";
import { readLock } from "../../../cluster/rancher/leader.ts";
import { selfSigned } from "../../support/certificate.ts";
import { tempFolder, textFile } from "../../support/folder.ts";
import { kubeconfigFor, kubernetesAnswers } from "../../support/kubernetes.ts";
import { rancherAnswers } from "../../support/rancher.ts";
import { type Answers, closedPort, serve } from "../../support/server.ts";

const tls = selfSigned();
const WANTED = {
  ...{ namespace: "cattle-system", deployment: "cattle", container: "cattle-server" },
  ...{ image: "rancher/rancher:v2.5.8", version: "v2.5.8" },
};

function readerOf(server: string): KubernetesReader {
  return new KubernetesReader(textFile(join(tempFolder(), "kubeconfig.yml"), kubeconfigFor(server, tls.caFile)));
}

const reading = async (answers: Answers) => readerOf(await serve(answers, tls));

describe.concurrent("what is known of Rancher", { timeout: 60_000 }, () => {
  test("is what runs, what answers, the setting and the lock, the last two read twice", async ({ expect }) => {
    const reader = await reading(kubernetesAnswers());
    const url = await serve(rancherAnswers("v2.5.8", "2.5.8"));
    const facts = await readRancherFacts(() => reader, { ...WANTED, url });
    expect(facts).toMatchObject({
      runs: { image: WANTED.image, rolledOut: true, pods: [{ name: "cattle-1", node: "node1" }] },
      answers: [{ ui: "2.5.8" }, { ui: "2.5.8" }, { ui: "2.5.8" }],
      settings: ["v2.5.8", "v2.5.8"],
      lock: [
        { holder: "cattle-1", renewedAt: Date.parse("2026-11-23T15:30:02Z") },
        { holder: "cattle-1", renewedAt: Date.parse("2026-11-23T15:30:04Z") },
      ],
    });
  });

  test("is why, where nothing can be read", async ({ expect }) => {
    const address = `127.0.0.1:${await closedPort()}`;
    const reader = readerOf(`https://${address}`);
    const facts = await readRancherFacts(() => reader, { ...WANTED, url: `https://${address}` });
    const unreadable = { error: expect.stringContaining("the connection was refused") };
    expect(facts).toMatchObject({ runs: unreadable, settings: unreadable, lock: unreadable });
    expect(facts.answers[0]?.trouble).toMatchObject({ kind: "no answer" });
  });

  test("holds no version where no Rancher has ever started, and no lock where nobody has led", async ({ expect }) => {
    const reader = await reading(kubernetesAnswers({ serverVersion: "", leader: "" }));
    expect(await readServerVersion(reader)).toBe("");
    expect(await readLock(reader, "v2.5.8")).toBeUndefined();
  });

  test("is the setting's default where its value is empty", async ({ expect }) => {
    const setting = { "/apis/management.cattle.io/v3/settings/server-version": '{"value":"","default":"dev"}' };
    expect(await readServerVersion(await reading(setting))).toBe("dev");
  });

  test("is by the Lease from Rancher v2.8.3 on, whatever an old ConfigMap says", async ({ expect }) => {
    const spec = { holderIdentity: "rancher-1", renewTime: "2026-11-23T15:30:02.123456Z" };
    const reader = await reading({
      ...kubernetesAnswers(),
      "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/cattle-controllers": JSON.stringify({ spec }),
    });
    expect(await readLock(reader, "v2.8.3")).toEqual({
      holder: "rancher-1",
      renewedAt: Date.parse("2026-11-23T15:30:02.123Z"),
    });
    expect(await readLock(reader, "v2.8.2")).toMatchObject({ holder: "cattle-1" });
  });

  test("is no lock where a ConfigMap of that name is not one", async ({ expect }) => {
    const empty = { "/api/v1/namespaces/kube-system/configmaps/cattle-controllers": '{"metadata":{}}' };
    expect(await readLock(await reading(empty), "v2.5.8")).toBeUndefined();
  });
});
