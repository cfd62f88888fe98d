import { expect, test } from "vitest";
import { restoredRancher, standInFor } from "../../../lab/rehearsals/restoredRancher.ts";

const labels = { app: "rancher", release: "rancher" };
const services = {
  items: [
    { metadata: { name: "rancher-webhook" }, spec: { selector: { app: "rancher-webhook" }, ports: [{ port: 443 }] } },
    { metadata: { name: "by-hand" }, spec: { ports: [{ port: 80 }] } },
    { metadata: { name: "rancher" }, spec: { selector: { app: "rancher" }, ports: [{ port: 80 }, { port: 443 }] } },
  ],
};

function deployments(name: string, image: string) {
  const containers = [
    { name: "sidecar", image: "rancher/audit-log:v1" },
    { name, image },
  ];
  return { items: [{ metadata: { name }, spec: { template: { metadata: { labels }, spec: { containers } } } }] };
}

test("Rancher is found by its Deployment, its image and the Service before it", () => {
  expect(restoredRancher(deployments("rancher", "rancher/rancher:v2.5.8"), services)).toEqual({
    ...{ deployment: "rancher", container: "rancher", image: "rancher/rancher:v2.5.8", service: "rancher" },
    ...{ version: "v2.5.8", differs: false },
  });
});

test("an image that the lab has not is replaced by the stand-in of the version before", () => {
  const image = "registry.example.com/rancher/rancher:v2.6.13";
  expect(restoredRancher(deployments("rancher", image), services)).toMatchObject({ version: "v2.5.9", differs: true });
  const same = "registry.example.com/rancher/rancher:v2.5.8";
  expect(restoredRancher(deployments("rancher", same), services)).toMatchObject({ version: "v2.5.8", differs: true });
});

test.each([
  ["v2.5.7", "v2.5.7"],
  ["v2.4.3", "v2.5.7"],
  ["v2.6.0", "v2.5.9"],
  ["v2.9.1", "v2.7.0"],
  ["stable", "v2.5.7"],
])("%s is stood in for by %s", (version, standIn) => {
  expect(standInFor(version)).toBe(standIn);
});

test("data without Rancher, or with one that nothing can ask, are refused", () => {
  expect(() => restoredRancher({ items: [] }, services)).toThrow("the snapshot holds no Rancher");
  expect(() => restoredRancher(deployments("cattle", "rancher/rancher:v2.5.8"), { items: [] })).toThrow("no Service");
});
