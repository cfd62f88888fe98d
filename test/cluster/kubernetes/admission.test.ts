import type { V1LabelSelector } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import { failClosed, type LabelsOfRancher } from "../../../cluster/kubernetes/admission.ts";

const SERVICE = { namespace: "gatekeeper-system", name: "gatekeeper-webhook-service" };
const EVERYTHING = { apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: ["CREATE", "UPDATE"] };
const PODS = { apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"] };
const DEPLOYMENTS = { apiGroups: ["apps"], apiVersions: ["v1"], resources: ["deployments"], operations: ["UPDATE"] };

const webhook = (over: object = {}) => ({
  name: "validation.gatekeeper.sh",
  admissionReviewVersions: ["v1"],
  sideEffects: "None",
  clientConfig: { service: SERVICE },
  failurePolicy: "Fail",
  rules: [EVERYTHING],
  ...over,
});
const found = (over: object = {}, labels: LabelsOfRancher = {}) =>
  failClosed([{ metadata: { name: "gatekeeper" }, webhooks: [webhook(over)] }], labels).length > 0;

describe("webhooks that refuse Rancher's image while their pods do not serve", () => {
  test("are named once, with the service that answers for them", () => {
    const webhooks = [webhook(), webhook({ name: "another.gatekeeper.sh" }), webhook({ failurePolicy: "Ignore" })];
    expect(failClosed([{ metadata: { name: "gatekeeper" }, webhooks }, { metadata: { name: "empty" } }], {})).toEqual([
      { configuration: "gatekeeper", service: "gatekeeper-system/gatekeeper-webhook-service" },
    ]);
  });

  test.each([
    [{ rules: [PODS] }, true],
    [{ rules: [DEPLOYMENTS] }, true],
    [{ rules: [{ ...DEPLOYMENTS, apiGroups: ["extensions"], apiVersions: ["v1beta1"] }] }, true],
    [{ rules: [{ ...PODS, resources: ["*/*"], operations: ["*"] }] }, true],
    [{ rules: [{ ...EVERYTHING, scope: "Namespaced" }] }, true],
    [{ failurePolicy: undefined }, true],
    [{ failurePolicy: "Ignore" }, false],
    [{ clientConfig: { url: "https://policy.example.com" } }, false],
    [{ rules: undefined }, false],
    [{ rules: [{ ...EVERYTHING, scope: "Cluster" }] }, false],
    [{ rules: [{ ...PODS, operations: ["UPDATE", "DELETE"] }] }, false],
    [{ rules: [{ ...DEPLOYMENTS, operations: ["CREATE"] }] }, false],
    [{ rules: [{ ...PODS, resources: ["pods/exec", "pods/*"] }] }, false],
    [{ rules: [{ ...PODS, apiGroups: ["apps"] }] }, false],
  ])("are those whose rules match its Deployment or its pods, and that fail closed: %j", (over, isOne) => {
    expect(found(over)).toBe(isOne);
  });

  test("are none of Rancher's own, which match neither", () => {
    const rules = [
      { ...PODS, resources: ["secrets", "namespaces"] },
      { ...EVERYTHING, apiGroups: ["management.cattle.io"], resources: ["globalroles"] },
    ];
    expect(found({ name: "rancher.cattle.io", rules })).toBe(false);
  });

  test.each<[V1LabelSelector, boolean]>([
    [{}, true],
    [{ matchLabels: { team: "ops" } }, true],
    [{ matchLabels: { "istio-injection": "enabled" } }, false],
    [{ matchExpressions: [{ key: "team", operator: "In", values: ["ops"] }] }, true],
    [{ matchExpressions: [{ key: "team", operator: "NotIn", values: ["ops"] }] }, false],
    [{ matchExpressions: [{ key: "team", operator: "Exists" }] }, true],
    [{ matchExpressions: [{ key: "team", operator: "DoesNotExist" }] }, false],
    [{ matchExpressions: [{ key: "ignore", operator: "DoesNotExist" }] }, true],
    [{ matchExpressions: [{ key: "ignore", operator: "NotIn", values: ["yes"] }] }, true],
    [{ matchExpressions: [{ key: "ignore", operator: "In", values: ["yes"] }] }, false],
  ])("are those that select its labels: %j", (selector, isOne) => {
    const labels = { team: "ops" };
    expect(found({ namespaceSelector: selector }, { namespace: labels })).toBe(isOne);
    expect(found({ rules: [PODS], objectSelector: selector }, { pod: labels, deployment: {} })).toBe(isOne);
    // Where a label is not known, it is warned of.
    expect(found({ namespaceSelector: selector, objectSelector: selector })).toBe(true);
  });
});
