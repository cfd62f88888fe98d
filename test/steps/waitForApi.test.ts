import { describe, expect, test } from "vitest";
import { waitForApi } from "../../steps/waitForApi.ts";
import { clusterFileIn, THREE_NODES } from "../support/clusterFile.ts";
import { tempFolder } from "../support/folder.ts";
import { apiServer, CATTLE_PATH, kubernetesAnswers, takesImage } from "../support/kubernetes.ts";
import { CATTLE } from "../support/rancher.ts";
import type { Answers, Asked } from "../support/server.ts";
import { failureOf, stepTools } from "../support/steps.ts";

describe.concurrent("waiting for the Kubernetes API", () => {
  async function waiting(answers: Answers | undefined, { rancher = CATTLE, timeoutSeconds = 60, image = "" } = {}) {
    const { server, kubeconfig } = await apiServer(answers);
    const used = stepTools(clusterFileIn(tempFolder(), THREE_NODES, kubeconfig));
    const input = { ...rancher, timeoutSeconds, silenceSeconds: 60, ...(image && { image }) };
    return { server, said: used.said, run: waitForApi(input, used) };
  }

  test("ends when it has answered well several times on end, and tells the image found there", async () => {
    const answers = kubernetesAnswers({ image: "rancher/rancher:v2.5.9" });
    const ready = [true, false, true, true, true];
    let asked = 0;
    const { server, said, run } = await waiting({
      ...answers,
      "/readyz": () => {
        const well = ready[asked++] ?? true;
        return well ? "ok" : [500, '{"message":"etcd failed"}'];
      },
    });
    expect(await run).toEqual({ server, imageBefore: "rancher/rancher:v2.5.9" });
    expect(asked).toBe(5);
    expect(said).toEqual(["waiting for the Kubernetes API: its /readyz does not say that it is ready"]);
  });

  test("sets the image by a plain patch where it is asked to, and waits on until the API shows it", async () => {
    const [before, image] = ["rancher/rancher:v2.5.9", "rancher/rancher:v2.5.8"];
    const patches: Asked[] = [];
    const { said, run } = await waiting(takesImage({ image: before }, patches), { image });
    expect(await run).toMatchObject({ imageBefore: before, patched: image });
    const template = { spec: { containers: [{ name: "cattle-server", image }] } };
    expect(patches).toEqual([
      {
        ...{ method: "PATCH", url: CATTLE_PATH, type: "application/strategic-merge-patch+json" },
        body: JSON.stringify({ spec: { template } }),
      },
    ]);
    expect(said).toEqual([`Deployment cattle-system/cattle: set ${image} in place of ${before}`]);
  });

  test("leaves an image alone that is set already, and says that it is as asked", async () => {
    const image = "rancher/rancher:v2.5.8";
    const patches: Asked[] = [];
    const { run } = await waiting(takesImage({ image }, patches), { image });
    expect(await run).toMatchObject({ imageBefore: image, patched: image });
    expect(patches).toEqual([]);
  });

  test("asks again where the patch is refused, and fails with what the API said", async () => {
    const refusing = { ...kubernetesAnswers({ image: "rancher/rancher:v2.5.9" }) };
    const get = refusing[CATTLE_PATH];
    refusing[CATTLE_PATH] = ({ method }) =>
      method === "PATCH" ? [500, '{"message":"etcdserver: leader changed"}'] : (get as string);
    const { run } = await waiting(refusing, { image: "rancher/rancher:v2.5.8", timeoutSeconds: 1 });
    expect((await failureOf(run)).happened).toEqual([
      "the Kubernetes API is not ready after 1 s: HTTP 500: etcdserver: leader changed",
    ]);
  });

  const UNANSWERED =
    'Internal error occurred: failed calling webhook "validation.gatekeeper.sh": no endpoints available for service';

  /** An API whose admission webhook begins to answer after so many patches. */
  function webhookAfter(refusals: number) {
    const patches: string[] = [];
    const answers = kubernetesAnswers();
    const get = answers[CATTLE_PATH] as string;
    const answer = ({ method, url }: Asked): string | [number, string] => {
      if (method !== "PATCH") return get;
      patches.push(url);
      return patches.length > refusals ? get : [500, JSON.stringify({ message: UNANSWERED })];
    };
    return { patches, answers: { ...answers, [CATTLE_PATH]: answer } };
  }

  test("waits for the admission webhooks too where the image is set after it, by a patch that changes nothing", async () => {
    const { patches, answers } = webhookAfter(2);
    const { said, run } = await waiting(answers);
    expect(await run).toMatchObject({ imageBefore: "rancher/rancher:v2.5.8" });
    expect(patches).toHaveLength(5);
    for (const url of patches) expect(url).toBe(`${CATTLE_PATH}?dryRun=All`);
    expect(said).toEqual([`waiting for the Kubernetes API: HTTP 500: ${UNANSWERED}`]);
  });

  test.each(["", "rancher/rancher:v2.5.7"])(
    "names an admission webhook that does not answer in time, and not the control plane: image %j",
    async (image) => {
      const { run } = await waiting(webhookAfter(1000).answers, { image, timeoutSeconds: 1 });
      expect(await failureOf(run)).toMatchObject({
        happened: [`Deployment cattle-system/cattle takes no image after 1 s: HTTP 500: ${UNANSWERED}`],
        remedies: [expect.stringMatching(/^look at the pods of that admission webhook: kubectl get pods -A/)],
      });
    },
  );

  test("leaves any other refusal of that patch to the one that sets the image, such as of a webhook without dry runs", async () => {
    const refusing = kubernetesAnswers();
    const get = refusing[CATTLE_PATH] as string;
    const refusal: [number, string] = [400, '{"message":"admission webhook does not support dry run"}'];
    const { run } = await waiting({
      ...refusing,
      [CATTLE_PATH]: ({ method }) => (method === "PATCH" ? refusal : get),
    });
    expect(await run).toMatchObject({ imageBefore: "rancher/rancher:v2.5.8" });
  });

  test("ends at once where there is no such Deployment or container, as waiting helps with neither", async () => {
    const { run } = await waiting(kubernetesAnswers(), { rancher: { ...CATTLE, deployment: "rancher" } });
    expect((await failureOf(run)).happened).toEqual(["there is no Deployment cattle-system/rancher"]);
    const other = await waiting(kubernetesAnswers(), { rancher: { ...CATTLE, container: "rancher" } });
    expect(await failureOf(other.run)).toMatchObject({
      happened: ["Deployment cattle-system/cattle has no container rancher"],
      remedies: [expect.stringContaining("set rancherDeployment")],
    });
  });

  test("gives up in time, with what it waited for", async () => {
    const { said, run } = await waiting(undefined, { timeoutSeconds: 0 });
    expect((await failureOf(run)).happened).toEqual([
      expect.stringMatching(/^the Kubernetes API is not ready after 0 s: .*the connection was refused$/),
    ]);
    expect(said).toHaveLength(1);
  });
});
