/** What a policy sees of a resource (@pulumi/policy, ResourceValidationArgs). */
export interface SeenResource {
  type: string;
  name: string;
  props: Record<string, unknown>;
  opts: { protect: boolean };
}

/** What a policy knows of the run: the engine gives a pack the stack's config, and whether this is a preview. */
export interface SeenRun {
  isPreview: boolean;
  setting: (key: string) => string | undefined;
}

export interface Rule {
  name: string;
  description: string;
  /** What is wrong with a resource, a sentence each; none when nothing is. */
  violations: (resource: SeenResource, run: SeenRun) => string[];
}

/** What a platform team asks of every rollback. */
export const RULES: readonly Rule[] = [
  {
    name: "confirmed-restore",
    description: "No restore without the operator's consent to this very restore; a preview may go without.",
    violations: (resource, { isPreview, setting }) => {
      if (isPreview || !isStep(resource, "etcd-restore")) return [];
      const snapshot = withoutZip(setting("snapshot"));
      if (snapshot === undefined) return ["the restore of a snapshot is not confirmed: snapshot is not set"];
      const consent = consentTo(snapshot, setting("run"));
      return withoutZip(setting("acceptDataLossOf")) === consent
        ? []
        : [`the restore of ${snapshot} is not confirmed: acceptDataLossOf must be ${consent}`];
    },
  },
  {
    name: "known-host-keys",
    description: "No step trusts a host key that is not known.",
    // The first step that logs in to a node, and part of every rollback.
    violations: (resource, { setting }) =>
      isStep(resource, "lock") && setting("allowUnknownHostKeys") === "true"
        ? ["the rollback trusts host keys that are not known: set allowUnknownHostKeys to false"]
        : [],
  },
  {
    name: "safety-copy",
    description: "No restore without a way back.",
    violations: (resource, { setting }) =>
      isStep(resource, "etcd-restore") && setting("safetyCopy") === "skip"
        ? ["the restore goes without a safety copy: set safetyCopy to required"]
        : [],
  },
  {
    name: "protected-nodes",
    description:
      "A machine that becomes a node is protected, its disk encrypted, its metadata asked with a token only.",
    violations: ({ type, name, props, opts }) => {
      if (type !== "aws:ec2/instance:Instance") return [];
      const disk = props.rootBlockDevice as { encrypted?: unknown } | undefined;
      const metadata = props.metadataOptions as { httpTokens?: unknown } | undefined;
      return [
        ...(opts.protect ? [] : [`${name} is not protected: \`pulumi destroy\` would take a serving node away`]),
        ...(disk?.encrypted === true ? [] : [`the disk of ${name} is not encrypted`]),
        ...(metadata?.httpTokens === "required"
          ? []
          : [`${name} answers for its credentials without a token (IMDSv1)`]),
      ];
    },
  },
];

/** A component around a step has its name, too. */
function isStep({ type, name }: SeenResource, step: string): boolean {
  return type === "command:local:Command" && name === step;
}

/** As consentFor in cluster/history/restores.ts says it: a published pack has nothing but this folder. */
function consentTo(snapshot: string, run = "1"): string {
  return Number(run) === 1 ? snapshot : `${snapshot}#${Number(run)}`;
}

function withoutZip(name: string | undefined): string | undefined {
  return name?.replace(/(\.zip)+(?=#|$)/i, "");
}
