import type { V1LabelSelector, V1ValidatingWebhookConfiguration } from "@kubernetes/client-node";

/** A configuration of webhooks that is asked before Rancher's image is set and its pods are made, and refuses while none answers. */
export interface FailClosed {
  configuration: string;
  /** What answers for it, as `namespace/name`. */
  service: string;
}

/** What the labels are of: they decide which webhooks are asked. Absent where they are not known: then one counts as asked. */
export interface LabelsOfRancher {
  namespace?: Labels | undefined;
  deployment?: Labels | undefined;
  pod?: Labels | undefined;
}
type Labels = Record<string, string>;

/** What is needed of either kind of configuration, in the form that v1 and v1beta1 have in common. */
type Configuration = Pick<V1ValidatingWebhookConfiguration, "metadata" | "webhooks">;
type Webhook = NonNullable<Configuration["webhooks"]>[number];
type Rule = NonNullable<Webhook["rules"]>[number];

/** By group and resource, what happens to it when the image is set. Groups of old versions count: `matchPolicy: Equivalent`. */
const TOUCHED = [
  { groups: ["apps", "extensions"], resource: "deployments", operation: "UPDATE", labels: "deployment" },
  { groups: [""], resource: "pods", operation: "CREATE", labels: "pod" },
] as const;

/** Those whose service runs in the cluster itself: it is not there yet when etcd has just been restored. */
export function failClosed(configurations: Configuration[], labels: LabelsOfRancher): FailClosed[] {
  const found = configurations.flatMap(({ metadata, webhooks = [] }) =>
    webhooks.flatMap((webhook) => {
      const { service } = webhook.clientConfig;
      if (!service || webhook.failurePolicy === "Ignore" || !isAsked(webhook, labels)) return [];
      return [{ configuration: metadata?.name ?? "", service: `${service.namespace}/${service.name}` }];
    }),
  );
  return [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
}

function isAsked({ rules = [], namespaceSelector, objectSelector }: Webhook, labels: LabelsOfRancher): boolean {
  if (!selects(namespaceSelector, labels.namespace)) return false;
  return TOUCHED.some(
    (touched) => rules.some((rule) => isRuleFor(rule, touched)) && selects(objectSelector, labels[touched.labels]),
  );
}

function isRuleFor(
  { apiGroups = [], resources = [], operations = [], scope = "*" }: Rule,
  { groups, resource, operation }: (typeof TOUCHED)[number],
): boolean {
  return (
    scope !== "Cluster" &&
    [...groups, "*"].some((group) => apiGroups.includes(group)) &&
    [resource, "*", "*/*"].some((name) => resources.includes(name)) &&
    [operation, "*"].some((name) => operations.includes(name))
  );
}

/** An empty selector selects all. */
function selects(selector: V1LabelSelector | undefined, labels: Labels | undefined): boolean {
  if (selector === undefined || labels === undefined) return true;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      switch (operator) {
        case "In":
          return value !== undefined && values.includes(value);
        case "NotIn":
          return value === undefined || !values.includes(value);
        case "Exists":
          return value !== undefined;
        case "DoesNotExist":
          return value === undefined;
        default:
          return true;
      }
    })
  );
}
