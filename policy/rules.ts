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
    description: "No restore without the operator's word for that very snapshot; a preview may go without.",
    violations: ({ name }, { isPreview, setting }) => {
      if (isPreview || name !== "etcd-restore") return [];
      const snapshot = setting("snapshot")?.replace(/\.zip$/, "");
      return snapshot !== undefined && setting("acceptDataLossOf")?.replace(/\.zip$/, "") === snapshot
        ? []
        : [`the restore of ${snapshot ?? "a snapshot"} is not confirmed: acceptDataLossOf must name it`];
    },
  },
  {
    name: "known-host-keys",
    description: "No step takes host keys that nobody knows.",
    violations: (resource) =>
      commandOf(resource).includes("--allow-unknown-host-keys")
        ? [`${resource.name} takes host keys that nobody knows: set allowUnknownHostKeys to false`]
        : [],
  },
  {
    name: "safety-copy",
    description: "No restore without a way back.",
    violations: ({ name }, { setting }) =>
      name === "etcd-restore" && setting("safetyCopy") === "skip"
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

function commandOf({ type, props }: SeenResource): string {
  return type === "command:local:Command" && typeof props.create === "string" ? props.create : "";
}
