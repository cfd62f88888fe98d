import { type Change, changesBetween, rootOf } from "../diff.ts";
import type { Difference, Failure } from "../provider.ts";
import { isUnknown, type Properties, reveal } from "../values.ts";

/** What a change of an input does: to the instance as it runs, to one that is stopped for it, or by a new instance. */
type Effect = "updates" | "restarts" | "replaces";

/** The inputs that the lab's cloud knows (terraform-provider-aws, internal/service/ec2/ec2_instance.go). */
const EFFECTS: Record<string, Effect> = {
  ami: "replaces",
  associatePublicIpAddress: "replaces",
  disableApiTermination: "updates",
  iamInstanceProfile: "updates",
  instanceType: "restarts",
  keyName: "replaces",
  metadataOptions: "updates",
  rootBlockDevice: "updates",
  subnetId: "replaces",
  tags: "updates",
  userData: "restarts",
  vpcSecurityGroupIds: "updates",
};

/** What cannot be changed within an input that can. */
const REPLACED_BY = ["rootBlockDevice.encrypted", "rootBlockDevice.kmsKeyId"];

/** Characters. */
const USER_DATA_LIMIT = 16_384;

/** What is wrong with the inputs. */
export function problemsOf(inputs: Properties): Failure[] {
  const { ami, instanceType, userData } = reveal(inputs);
  const length = typeof userData === "string" && !isUnknown(userData) ? userData.length : 0;
  const wrong: [property: string, isWrong: boolean, reason: string][] = [
    ["ami", ami === undefined, "one of `ami,launch_template` must be specified"],
    ["instanceType", instanceType === undefined, "one of `instance_type,launch_template` must be specified"],
    [
      "userData",
      length > USER_DATA_LIMIT,
      `expected length of user_data to be in the range (0 - ${USER_DATA_LIMIT}), got ${length} characters`,
    ],
    ...Object.keys(inputs)
      .filter((name) => !(name in EFFECTS) && name !== "__defaults")
      .map((name): [string, boolean, string] => [name, true, "is unknown to the lab's stand-in for the aws plugin"]),
  ];
  const failures = wrong.filter(([, isWrong]) => isWrong);
  return failures.map(([property, , reason]) => ({ property, reason: `${property} ${reason}` }));
}

/** What other inputs change, and what of it takes a new instance. */
export function difference(state: Properties, inputs: Properties): Difference {
  const changes = changesBetween(comparable(state), comparable(inputs));
  for (const [path, change] of changes) if (!isAsked(path, change)) changes.delete(path);
  const replaces = [...changes.keys()].filter((path) => effectOf(path) === "replaces");
  return { changes, replaces };
}

/** Whether an update stops the instance and starts it again. */
export function restarts(state: Properties, inputs: Properties): boolean {
  return [...difference(state, inputs).changes.keys()].some((path) => effectOf(path) === "restarts");
}

function effectOf(path: string): Effect | undefined {
  return REPLACED_BY.includes(path) ? "replaces" : EFFECTS[rootOf(path)];
}

/** What is left out stays as it is on the instance, other than tags and members of a list. */
function isAsked(path: string, change: Change): boolean {
  return change !== "delete" || rootOf(path) === "tags" || path.endsWith("]");
}

/** Inputs alone, with a set in one order. */
function comparable(properties: Properties): Properties {
  const known = Object.entries(reveal(properties)).filter(([name]) => name in EFFECTS);
  const ordered = known.map(([name, value]) => [name, Array.isArray(value) ? value.toSorted() : value]);
  return Object.fromEntries(ordered);
}
