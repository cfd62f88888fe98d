import type { AnsweringVersion, RancherAddress, RancherAnswer, Trouble } from "./answer.ts";
import { differentDigests } from "./deployment.ts";
import { rancherLeadership } from "./evidence.ts";
import type { RancherFacts, WantedRancher } from "./facts.ts";
import { type Leadership, LOCK } from "./leader.ts";
import { hasVersionRoute, uiVerdict, versionsWithUi } from "./releases.ts";

/** Everything of Rancher that is not as wanted, but for its leadership, a sentence each. */
export function rancherProblems(facts: RancherFacts, wanted: WantedRancher, nodes: string[] | undefined): string[] {
  return [
    ...new Set([
      ...deploymentProblems(facts, wanted, nodes),
      ...answerProblems(facts, wanted),
      ...settingProblems(facts, wanted),
    ]),
  ];
}

function deploymentProblems({ runs }: RancherFacts, wanted: WantedRancher, nodes: string[] | undefined): string[] {
  const name = `Deployment ${wanted.namespace}/${wanted.deployment}`;
  if ("error" in runs) return [`${name} cannot be read: ${runs.error}`];
  // A pod that was restored with a node that is gone gets requests until Kubernetes takes it away, in a minute or two.
  const gone = new Set(
    runs.pods.flatMap(({ node }) => (node !== undefined && nodes?.includes(node) === false ? [node] : [])),
  );
  const digests = differentDigests(runs.pods.filter(({ image }) => image === wanted.image));
  return [
    ...(runs.image === wanted.image ? [] : [`${name} asks for ${runs.image}, not ${wanted.image}`]),
    ...(runs.rolledOut ? [] : [`${name} is not rolled out: ${runs.state}`]),
    ...(gone.size > 0 ? [`${name} still has pods on ${[...gone].sort().join(", ")}, which is gone`] : []),
    ...(digests.length > 0 ? [`the pods of ${name} run different images under one tag: ${digests.join(", ")}`] : []),
  ];
}

function answerProblems({ answers }: RancherFacts, wanted: WantedRancher): string[] {
  return answers.flatMap((answer) => {
    const other = otherVersion(answer, wanted.version);
    return [
      ...(answer.trouble ? [`Rancher: ${troubleInWords(wanted, answer.trouble)}`] : []),
      ...(other === undefined ? [] : [`Rancher answers with ${other}, not ${wanted.version}`]),
    ];
  });
}

/** The version that answers, where that is certainly not the wanted one. */
function otherVersion({ version, lacksVersionRoute, ui }: RancherAnswer, wanted: string): string | undefined {
  if (version !== undefined) return version === wanted ? undefined : version;
  if (ui !== undefined && uiVerdict(ui, wanted) === "refutes") return versionsWithUi(ui).join(" or ");
  return lacksVersionRoute && hasVersionRoute(wanted) ? "a version before v2.7.0" : undefined;
}

function settingProblems({ settings, runs }: RancherFacts, { version }: WantedRancher): string[] {
  // Where the API does not answer, one line for the Deployment is enough.
  if ("error" in settings)
    return "error" in runs ? [] : [`the setting server-version cannot be read: ${settings.error}`];
  const others = settings.filter((found) => found !== version);
  return others.map((found) =>
    found === ""
      ? "the setting server-version is missing: no Rancher has started on this data"
      : `the setting server-version is ${found}, not ${version}: that version has started last`,
  );
}

/** Why Rancher does not lead, as a sentence; undefined when it does. */
export function notLeading(facts: RancherFacts, wanted: WantedRancher): string | undefined {
  const found = rancherLeadership(facts, wanted);
  if (found?.state === "leads") return undefined;
  return `Rancher ${wanted.version} does not lead yet: ${reason(facts, found)}. After a restore this takes up to a minute`;
}

function reason({ lock, runs }: RancherFacts, found: Exclude<Leadership, { state: "leads" }> | undefined): string {
  const name = `the lock ${LOCK.namespace}/${LOCK.name}`;
  switch (found?.state) {
    case undefined:
      return `${name} cannot be read: ${"error" in lock ? lock.error : "error" in runs ? runs.error : ""}`;
    case "no lock":
      return `nobody holds ${name}`;
    case "held by another":
      return `${name} is held by ${found.holder}, which is none of its pods`;
    case "not renewed":
      return `its pod ${found.pod} holds ${name}, but has not renewed it`;
  }
}

/** Such as `answers with v2.5.6 or v2.5.7 (by /VERSION.txt)`. */
export function answeringInWords({ versions, sources }: AnsweringVersion): string {
  if (versions.length === 0) return "answers, but nothing shows its version";
  return `answers with ${versions.join(" or ")} (by ${sources.map((source) => (source.startsWith("/") ? source : `the ${source}`)).join(" and ")})`;
}

/** A trouble as a sentence, with the remedy where one is known. */
export function troubleInWords({ url }: Pick<RancherAddress, "url">, trouble: Trouble): string {
  const asked = new URL(trouble.path, url).href;
  switch (trouble.kind) {
    case "no answer":
      if (trouble.isUntrusted)
        return `${new URL(url).origin} has a certificate by an authority that this machine does not know (${trouble.reason}): set rancherCaFile; Rancher's own CA is its setting cacerts: kubectl get settings.management.cattle.io cacerts -o jsonpath={.value}`;
      return `${new URL(url).origin} does not answer: ${trouble.reason}`;
    case "redirect":
      if (trouble.toItself)
        return `${asked} redirects to itself (HTTP ${trouble.status}): a load balancer ends TLS, and Rancher takes the request for plain http. Set use-forwarded-headers: "true" under ingress.options in the cluster file`;
      return `${asked} redirects to ${trouble.location} (HTTP ${trouble.status}): set rancherUrl to the address that answers itself`;
    case "status":
      if (trouble.isDefaultBackend)
        return `${asked} answers with HTTP 404 of the Ingress' default backend: no Ingress has this name; set rancherUrl to Rancher's own hostname`;
      if ([502, 503, 504].includes(trouble.status))
        return `${asked} answers with HTTP ${trouble.status}: no Rancher pod behind it is ready`;
      return `${asked} answers with HTTP ${trouble.status}`;
    case "other body":
      return `${asked} answers, but not as Rancher does`;
  }
}
