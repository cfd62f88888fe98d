/*
 * What other files of the program say, too: a published pack has no file from outside its folder. A test compares it with
 * them (messages/steps.ts, cluster/history/restores.ts).
 */
const COMMAND = "command:local:Command";
/** The resource that wipes the cluster. */
const RESTORE = "etcd-restore";
/** The rollback as a component of another program. */
const COMPONENT = "rancher-rollback:index:RancherRollback";

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

interface Rule {
  name: string;
  description: string;
  /** What is wrong with a resource, a sentence each; none when nothing is. */
  violations: (resource: SeenResource, run: SeenRun) => string[];
}

/** What a platform team asks of every rollback. */
export const RULES: readonly Rule[] = [
  {
    name: "confirmed-restore",
    description: "No restore that the operator has not confirmed, snapshot and run; a preview needs no confirmation.",
    violations: (resource, { isPreview, setting: ofStack }) => {
      const setting = settingsOfRestore(resource, ofStack);
      if (isPreview || !setting) return [];
      const snapshot = withoutZip(setting("snapshot"));
      if (snapshot === undefined) return ["the restore is not confirmed: the stack names no snapshot"];
      const consent = consentFor(snapshot, Number(setting("run") ?? 1));
      return withoutZip(setting("acceptDataLossOf")) === consent
        ? []
        : [`the restore of ${snapshot} is not confirmed: acceptDataLossOf must be ${consent}`];
    },
  },
  {
    name: "known-host-keys",
    description: "No step accepts unknown host keys.",
    violations: (resource, { setting: ofStack }) => {
      const setting = inputsOf(resource) ?? (resource.type === COMMAND ? ofStack : undefined);
      return setting?.("allowUnknownHostKeys") === "true"
        ? [`${resource.name} accepts unknown host keys: set allowUnknownHostKeys to false`]
        : [];
    },
  },
  {
    name: "safety-copy",
    description: "No restore without a way back.",
    violations: (resource, { setting: ofStack }) =>
      settingsOfRestore(resource, ofStack)?.("safetyCopy") === "skip"
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

type Setting = SeenRun["setting"];

/**
 * The settings of a restore; undefined of any other resource. In a stack of `rancher-rollback` they are its config, and the
 * restore is the step of that name; the component around the step has its name, too.
 */
function settingsOfRestore(resource: SeenResource, ofStack: Setting): Setting | undefined {
  return inputsOf(resource) ?? (resource.type === COMMAND && resource.name === RESTORE ? ofStack : undefined);
}

/** The settings of a component in another program. What holds the steps, here and there, is of its type without inputs. */
function inputsOf({ type, props }: SeenResource): Setting | undefined {
  if (type !== COMPONENT || !props.snapshot) return undefined;
  return (key) => (props[key] === undefined || props[key] === "" ? undefined : String(props[key]));
}

/** What confirms a restore: `base`, and `base#2` for its second run. */
function consentFor(snapshot: string, run: number): string {
  return run === 1 ? snapshot : `${snapshot}#${run}`;
}

/** RKE names its zipped snapshots without `.zip`, so the program accepts both spellings: `base.zip#2` is `base#2`. */
function withoutZip(typed: string | undefined): string | undefined {
  return typed?.replace(/(\.zip)+(?=$|#\d+$)/i, "");
}
