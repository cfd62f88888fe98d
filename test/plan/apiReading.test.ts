import { join } from "node:path";
import { expect, test } from "vitest";
import { readApi } from "../../plan/apiReading.ts";
import { tempFolder, textFile } from "../support/folder.ts";
import { apiServer, kubernetesAnswers } from "../support/kubernetes.ts";
import type { Answers } from "../support/server.ts";

const rancher = { namespace: "cattle-system", deployment: "cattle", container: "cattle-server" };

test("a kubeconfig that cannot be read makes everything unknown, and no more than that", async () => {
  const empty = textFile(join(tempFolder(), "kube_config_cluster.yml"), "");
  for (const answer of Object.values(await readApi(empty, rancher))) {
    expect(answer).toEqual({ unknown: expect.any(String) });
  }
});

const group = "/apis/admissionregistration.k8s.io";
const configurations = JSON.stringify({
  items: [
    {
      metadata: { name: "gatekeeper" },
      webhooks: [
        {
          name: "validation.gatekeeper.sh",
          clientConfig: { service: { namespace: "gatekeeper-system", name: "gatekeeper-webhook-service" } },
          failurePolicy: "Fail",
          namespaceSelector: { matchExpressions: [{ key: "ignored", operator: "DoesNotExist" }] },
          rules: [{ apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["CREATE", "UPDATE"] }],
        },
      ],
    },
  ],
});
const NAMED = [{ configuration: "gatekeeper", service: "gatekeeper-system/gatekeeper-webhook-service" }];
const namespace = (labels: Record<string, string>) => ({
  "/api/v1/namespaces/cattle-system": JSON.stringify({ metadata: { name: "cattle-system", labels } }),
});

test.each<[string, Answers, unknown]>([
  ["of v1", { [`${group}/v1/validatingwebhookconfigurations`]: configurations, ...namespace({}) }, NAMED],
  ["of v1beta1", { [`${group}/v1beta1/mutatingwebhookconfigurations`]: configurations, ...namespace({}) }, NAMED],
  [
    "that pass over Rancher's namespace",
    { [`${group}/v1/validatingwebhookconfigurations`]: configurations, ...namespace({ ignored: "yes" }) },
    [],
  ],
  ["that the cluster has no kind of", namespace({}), []],
  [
    "that the user may not list",
    { [`${group}/v1/validatingwebhookconfigurations`]: [403, '{"message":"forbidden"}'], ...namespace({}) },
    { unknown: "HTTP 403: forbidden" },
  ],
])("webhooks %s are read beside all else, which stays known", async (_, answers, webhooks) => {
  const version = { "/version": JSON.stringify({ gitVersion: "v1.20.15" }) };
  const { kubeconfig } = await apiServer({ ...kubernetesAnswers(), ...version, ...answers });
  expect(await readApi(textFile(join(tempFolder(), "kube_config"), kubeconfig), rancher)).toMatchObject({
    webhooks,
    kubernetes: { now: "v1.20.15" },
    rancherImage: { now: "rancher/rancher:v2.5.8" },
  });
});
