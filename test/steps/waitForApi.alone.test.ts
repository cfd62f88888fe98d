import { rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { besideClusterFile } from "../../cluster/clusterFile/clusterFile.ts";
import { waitForApi } from "../../steps/waitForApi.ts";
import { hold, refused } from "../support/aloneInFolder.ts";
import { textFile, until } from "../support/folder.ts";
import { apiServer, takesImage } from "../support/kubernetes.ts";
import { CATTLE } from "../support/rancher.ts";
import { restoreStep, WHOLE } from "../support/restoreStep.ts";
import { failureOf } from "../support/steps.ts";

const [BEFORE, IMAGE] = ["rancher/rancher:v2.5.9", "rancher/rancher:v2.5.8"];

/** A cluster that can be restored, and whose API takes an image; `api.ready` is what it says of itself. */
async function cluster(ready: boolean) {
  const made = restoreStep(WHOLE);
  const api = { ready, asked: 0, image: BEFORE };
  const { kubeconfig } = await apiServer({
    ...takesImage(api),
    "/readyz": () => {
      api.asked++;
      return api.ready ? "ok" : [500, '{"message":"etcd failed"}'];
    },
  });
  const { tools, clusterFile } = made;
  const path = besideClusterFile(clusterFile).kubeconfig;
  const known = () => textFile(path, kubeconfig);
  /** A restore would wait for an API server at its end. */
  const unknown = () => rmSync(path);
  const asked = { ...CATTLE, image: IMAGE, timeoutSeconds: 60, silenceSeconds: 60 };
  return {
    ...made,
    api,
    known,
    unknown,
    wait: (over: Partial<typeof asked> = {}) => waitForApi({ ...asked, ...over }, tools),
  };
}

/** An engine that is killed alone leaves its step at work: after `pulumi cancel`, the next run starts another beside it. */
describe("the wait for the API in a cluster folder", () => {
  test("keeps a restore out, on whose data it would set its image, until it has ended", async () => {
    const { api, known, wait, run, ran } = await cluster(false);
    known();
    const first = wait();
    await until(() => api.asked > 0);
    const failure = await failureOf(run());
    expect(failure).toMatchObject(refused("\\(wait for the Kubernetes API\\)$"));
    expect(ran()).toBe(false);
    api.ready = true;
    expect(await first).toMatchObject({ imageBefore: BEFORE, patched: IMAGE });
    expect(await wait()).toMatchObject({ imageBefore: IMAGE, patched: IMAGE });
  });

  test("is refused while another one is at work", async () => {
    const { api, known, wait } = await cluster(false);
    known();
    const first = wait();
    await until(() => api.asked > 0);
    const failure = await failureOf(wait());
    api.ready = true;
    expect(failure).toMatchObject(refused("\\(wait for the Kubernetes API\\)$"));
    expect(await first).toMatchObject({ patched: IMAGE });
  });

  test("is refused and sets no image while a restore is at work", async () => {
    const { nodes, api, known, unknown, wait, run } = await cluster(true);
    const { held, letGo } = hold(nodes, "stop*' kubelet'");
    const first = run();
    await held();
    known();
    const failure = await failureOf(wait());
    const { asked, image } = api;
    unknown();
    letGo();
    expect(failure).toMatchObject({
      ...refused("\\(etcd restore of snapshot base\\)$"),
      step: "wait-for-api",
      pointOfNoReturn: { state: "passed-earlier" },
    });
    expect([asked, image]).toEqual([0, BEFORE]);
    expect(await first).toMatchObject({ way: "rke", adopted: false });
  });

  test("that gives up leaves the folder to the next one", async () => {
    const { known, wait } = await cluster(false);
    known();
    const failures = [await failureOf(wait({ timeoutSeconds: 0 })), await failureOf(wait({ timeoutSeconds: 0 }))];
    expect(failures.map(({ kind }) => kind)).toEqual(["kubernetes", "kubernetes"]);
  });
});
