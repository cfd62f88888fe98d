import { expect, test } from "vitest";
import { type RancherForm, rancherManifest } from "../../../lab/cluster/rancherManifest.ts";

function deploymentOf(form: RancherForm) {
  const { items } = JSON.parse(rancherManifest(form, "v2.5.8", "https://198.18.0.11:30443"));
  return items.find(({ kind }: { kind: string }) => kind === "Deployment");
}

test("the RKE add-on's Rancher has the runbook's names and no probes, as in rancher v2.0.8 rke-templates", () => {
  const { metadata, spec } = deploymentOf("add-on");
  const [container] = spec.template.spec.containers;
  expect(metadata.name).toBe("cattle");
  expect(spec.strategy).toBeUndefined();
  expect(container).toMatchObject({ name: "cattle-server", image: "rancher/rancher:v2.5.8" });
  expect(container.readinessProbe).toBeUndefined();
  expect(container.livenessProbe).toBeUndefined();
});

test("the chart's Rancher has the probes and the strategy of rancher v2.5.8 chart/templates/deployment.yaml", () => {
  const { metadata, spec } = deploymentOf("chart");
  const httpGet = { path: "/healthz", port: 80 };
  expect(metadata.name).toBe("rancher");
  expect(spec.replicas).toBe(3);
  expect(spec.strategy).toEqual({ type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } });
  expect(spec.template.spec.containers[0]).toMatchObject({
    name: "rancher",
    livenessProbe: { httpGet, initialDelaySeconds: 60, periodSeconds: 30 },
    readinessProbe: { httpGet, initialDelaySeconds: 5, periodSeconds: 30 },
  });
});
