import { gte, parse } from "semver";

/**
 * `/VERSION.txt` of Rancher below v2.7.0: the version of the UI in the image, by the patch releases that have it
 * (CATTLE_UI_VERSION in rancher/rancher package/Dockerfile at every tag). By minor version. v2.1.0 has a UI of the 2.0 line.
 */
const UI_VERSIONS: Record<string, string> = {
  "2.0": "2.0.41 0, 2.0.47 1, 2.0.48 2, 2.0.53 3 4, 2.0.60 5, 2.0.61 6, 2.0.67 7 8 9 10 11, 2.0.80 12 13 14 15 16",
  "2.1": "2.0.77 0, 2.1.4 1, 2.1.17 2 3, 2.1.18 4, 2.1.19 5 6, 2.1.21 7 8, 2.1.22 9, 2.1.23 10 11, 2.1.26 12 13 14",
  "2.2": `2.2.19 0 1, 2.2.41 2 3, 2.2.70 4, 2.2.89 5, 2.2.90 6, 2.2.93 7,
    2.2.94 8, 2.2.98 9, 2.2.100 10 11, 2.2.101 12 13`,
  "2.3": "2.3.15 0, 2.3.18 1, 2.3.22 2, 2.3.25 3, 2.3.32 4, 2.3.36 5, 2.3.40 6, 2.3.46 7, 2.3.48 8, 2.3.50 9 10 11",
  "2.4": `2.4.14 0 2, 2.4.22 3 4, 2.4.28 5, 2.4.31 6, 2.4.33 7, 2.4.34 8, 2.4.39 9 10,
    2.4.43 11 12, 2.4.45 13, 2.4.47 14 15, 2.4.48 16 17, 2.4.49 18`,
  "2.5": `2.5.0 0 1, 2.5.3 2 3, 2.5.4 4 5, 2.5.6 6 7, 2.5.8 8, 2.5.9 9,
    2.5.10 10 11, 2.5.12 12, 2.5.13 13, 2.5.14 14 15, 2.5.16 16 17`,
  "2.6": `2.6.0 0, 2.6.1 1, 2.6.2 2, 2.6.3 3, 2.6.4 4, 2.6.5 5 6, 2.6.7 7 8,
    2.6.9 9, 2.6.10 10, 2.6.11 11, 2.6.12 12, 2.6.13 13 14`,
};

/** The Rancher versions whose image has a UI version, such as `v2.5.6` and `v2.5.7`; none for an unknown one. */
export function versionsWithUi(ui: string): string[] {
  return Object.entries(UI_VERSIONS).flatMap(([minor, text]) => {
    const entry = text.split(/,\s+/).find((one) => one.startsWith(`${ui} `));
    const [, ...patches] = entry?.split(" ") ?? [];
    return patches.map((patch) => `v${minor}.${patch}`);
  });
}

/**
 * Whether `/VERSION.txt` refutes that a version runs: by its minor version alone, as several patch versions share a UI,
 * and only where it and the version are in the table.
 */
export function uiRefutes(ui: string, wanted: string): boolean {
  const found = versionsWithUi(ui);
  const minor = minorOf(wanted);
  const isKnown = minor !== undefined && UI_VERSIONS[minor] !== undefined;
  return isKnown && found.length > 0 && found.every((version) => minorOf(version) !== minor);
}

/** Rancher answers `/rancherversion` from v2.7.0 on (rancher v2.7.0 pkg/multiclustermanager/routes.go). */
export function hasVersionRoute(version: string): boolean {
  return isFrom(version, "2.7.0");
}

/** The leader lock is a ConfigMap up to v2.8.2, with a Lease beside it from v2.6.7, and a Lease alone from v2.8.3 (wrangler pkg/leader). */
export function lockKind(version: string): "ConfigMap" | "Lease" {
  return isFrom(version, "2.8.3") ? "Lease" : "ConfigMap";
}

/** Whether an image tag names one version as Rancher's own tags do: `v2.5.8`, but neither `2.5.8`, `latest` nor `v2.6-head`. */
export function namesVersion(tag: string): boolean {
  return tag.startsWith("v") && parse(tag) !== null;
}

/**
 * Whether an image with a tag may call itself a version: by the tag, or by what the tag begins with, as an image from
 * Docker Hub that was given a tag of one's own knows nothing of it.
 */
export function mayCallItself(tag: string, version: string): boolean {
  if (tag === version) return true;
  const added = namesVersion(version) && tag.startsWith(version) ? tag.slice(version.length) : "";
  return /^[-.]/.test(added) && !/^-(alpha|beta|rc)/.test(added);
}

/**
 * Whether an image with a tag cannot be the Rancher that calls itself a version. Tags that count in another way than Rancher,
 * such as `v1.0.3` for v2.5.8, refute nothing.
 */
export function refutesVersion(tag: string, version: string): boolean {
  if (!namesVersion(tag) || !namesVersion(version) || parse(tag)?.major !== parse(version)?.major) return false;
  return !mayCallItself(tag, version) && !mayCallItself(version, tag);
}

/** A release candidate counts as its release. */
function isFrom(version: string, first: string): boolean {
  const parsed = parse(version);
  return parsed !== null && gte(`${parsed.major}.${parsed.minor}.${parsed.patch}`, first);
}

function minorOf(version: string): string | undefined {
  const parsed = parse(version);
  return parsed === null ? undefined : `${parsed.major}.${parsed.minor}`;
}
