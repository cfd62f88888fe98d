import { type DeploymentRef, differentDigests } from "../kubernetes/deployment.ts";
import { apiProblem } from "../kubernetes/unreadable.ts";
import { distinct, type Problem, problemIf, problemOf } from "../problem.ts";
import type { AnswerFailure, RancherAddress, RancherAnswer } from "./answer.ts";
import type { AnsweringVersion } from "./answeringVersion.ts";
import { rancherLeadership } from "./evidence.ts";
import type { RancherFacts, WantedRancher } from "./facts.ts";
import { type Leadership, LOCK } from "./leader.ts";
import { hasVersionRoute, mayCallItself, uiRefutes, versionsWithUi } from "./releases.ts";

/** Everything of Rancher that is not as wanted, but for its leadership. */
export function rancherProblems(facts: RancherFacts, wanted: WantedRancher, nodes: string[] | undefined): Problem[] {
  return distinct([
    ...deploymentProblems(facts, wanted, nodes),
    ...answerProblems(facts, wanted),
    ...settingProblems(facts, wanted),
  ]);
}

function deploymentProblems({ runs }: RancherFacts, wanted: WantedRancher, nodes: string[] | undefined): Problem[] {
  const name = `Deployment ${wanted.namespace}/${wanted.deployment}`;
  if ("error" in runs) return [apiProblem(runs, `${name} cannot be read: ${runs.error}`)];
  // A pod that was restored with a node that is gone gets requests until Kubernetes takes it away, in a minute or two.
  const gone = new Set(
    runs.pods.flatMap(({ node }) => (node !== undefined && nodes?.includes(node) === false ? [node] : [])),
  );
  const digests = differentDigests(runs.pods.filter(({ image }) => image === wanted.image));
  const kubectl = `kubectl -n ${wanted.namespace}`;
  return [
    ...problemIf(
      runs.image !== wanted.image,
      `${name} asks for ${runs.image}, not ${wanted.image}`,
      `${kubectl} set image deployment/${wanted.deployment} ${wanted.container}=${wanted.image}`,
    ),
    ...problemIf(
      !runs.rolledOut,
      `${name} is not rolled out: ${runs.state}`,
      `look at its pods: ${kubectl} describe pods`,
    ),
    ...problemIf(
      gone.size > 0,
      `${name} still has pods on ${[...gone].sort().join(", ")}, which is gone`,
      `Kubernetes removes them in a minute or two; look at them: ${kubectl} get pods -o wide`,
    ),
    ...problemIf(
      digests.length > 0,
      `the pods of ${name} run different images under one tag: ${digests.join(", ")}`,
      `on every node: docker pull ${wanted.image}; then: ${kubectl} rollout restart deployment/${wanted.deployment}`,
    ),
  ];
}

function answerProblems({ answers }: RancherFacts, wanted: WantedRancher): Problem[] {
  return answers.flatMap((answer) => {
    const other = otherVersion(answer, wanted.version);
    const trouble = answer.trouble && troubleProblem(wanted, answer.trouble);
    return [
      ...(trouble ? [problemOf("Rancher", trouble)] : []),
      ...problemIf(
        other !== undefined,
        `Rancher answers with ${other}, not ${wanted.version}`,
        `look at what answers at ${wanted.url}: kubectl get pods,ingresses -A -o wide`,
      ),
    ];
  });
}

/** The version that answers, where that is certainly not the wanted one. */
function otherVersion({ version, lacksVersionRoute, ui }: RancherAnswer, wanted: string): string | undefined {
  if (version !== undefined) return mayCallItself(wanted, version) ? undefined : version;
  if (ui !== undefined && uiRefutes(ui, wanted)) return versionsWithUi(ui).join(" or ");
  return lacksVersionRoute && hasVersionRoute(wanted) ? "a version before v2.7.0" : undefined;
}

function settingProblems(
  { settings, runs }: RancherFacts,
  { version, namespace, deployment }: WantedRancher,
): Problem[] {
  // Where the API does not answer, one line for the Deployment is enough.
  if ("error" in settings)
    return "error" in runs
      ? []
      : [apiProblem(settings, `the setting server-version cannot be read: ${settings.error}`)];
  const remedy = `look at which Rancher runs: kubectl -n ${namespace} logs deployment/${deployment}`;
  const others = settings.filter((found) => !mayCallItself(version, found));
  return others.map((found) => ({
    message:
      found === ""
        ? "the setting server-version is missing: no Rancher has started on this data"
        : `the setting server-version is ${found}, not ${version}: that version has started last`,
    remedy,
  }));
}

/** Why Rancher does not lead; undefined when it does. */
export function notLeading(facts: RancherFacts, wanted: WantedRancher): Problem | undefined {
  const found = rancherLeadership(facts, wanted);
  if (found?.state === "leads") return undefined;
  return {
    message: `Rancher ${wanted.version} does not lead yet: ${reason(facts, found)}. After a restore this takes up to a minute`,
    remedy: `look at its log: kubectl -n ${wanted.namespace} logs deployment/${wanted.deployment}`,
  };
}

function reason({ lock, runs }: RancherFacts, found: Exclude<Leadership, { state: "leads" }> | undefined): string {
  const name = `the lock ${LOCK.namespace}/${LOCK.name}`;
  switch (found?.state) {
    case undefined:
      return `${name} cannot be read: ${"error" in lock ? lock.error : "error" in runs ? runs.error : ""}`;
    case "no-lock":
      return `${name} has no holder`;
    case "held-by-another":
      return `${name} is held by ${found.holder}, which is not one of its pods`;
    case "not-renewed":
      return `its pod ${found.pod} holds ${name}, but has not renewed it`;
  }
}

const SOURCES: Record<AnsweringVersion["sources"][number], string> = {
  rancherversion: "/rancherversion",
  "version-txt": "/VERSION.txt",
  "server-version": "the setting server-version",
};

/** Such as `answers with v2.5.6 or v2.5.7 (by /VERSION.txt)`. */
export function answeringInWords({ versions, sources }: AnsweringVersion): string {
  if (versions.length === 0) return "answers, but nothing shows its version";
  return `answers with ${versions.join(" or ")} (by ${sources.map((source) => SOURCES[source]).join(" and ")})`;
}

export function troubleProblem(
  { url, namespace }: Pick<RancherAddress & DeploymentRef, "url" | "namespace">,
  trouble: AnswerFailure,
): Problem & { remedy: string } {
  const asked = new URL(trouble.path, url).href;
  const { origin } = new URL(url);
  const look = `look at it: curl -v ${asked}`;
  switch (trouble.kind) {
    case "no-answer":
      if (trouble.isUntrusted)
        return {
          message: `${origin} has a certificate signed by a CA that this machine does not trust (${trouble.reason})`,
          remedy:
            "set rancherCaFile; Rancher's own CA is its setting cacerts: kubectl get settings.management.cattle.io cacerts -o jsonpath={.value}",
        };
      return { message: `${origin} does not answer: ${trouble.reason}`, remedy: look };
    case "redirect":
      if (trouble.toItself)
        return {
          message: `${asked} redirects to itself (HTTP ${trouble.status}): a load balancer ends TLS, and Rancher takes the request for plain http`,
          remedy: 'set use-forwarded-headers: "true" under ingress.options in the cluster file',
        };
      return {
        message: `${asked} redirects to ${trouble.location} (HTTP ${trouble.status})`,
        remedy: "set rancherUrl to the address that answers itself",
      };
    case "status":
      if (trouble.isDefaultBackend)
        return {
          message: `${asked} answers with HTTP 404 of the Ingress' default backend: no Ingress has this name`,
          remedy: "set rancherUrl to Rancher's own hostname",
        };
      if ([502, 503, 504].includes(trouble.status))
        return {
          message: `${asked} answers with HTTP ${trouble.status}: no Rancher pod behind it is ready`,
          remedy: `look at its pods: kubectl -n ${namespace} get pods -o wide`,
        };
      return { message: `${asked} answers with HTTP ${trouble.status}`, remedy: look };
    case "other-body":
      return { message: `${asked} answers, but not as Rancher does`, remedy: look };
  }
}
