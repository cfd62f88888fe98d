import { changesBetween, rootOf } from "../diff.ts";
import type { Difference, Failure } from "../provider.ts";
import { isUnknown, type Properties, reveal } from "../values.ts";

/** What AWS changes on an instance as it runs. */
const UPDATED = ["tags", "vpcSecurityGroupIds"];
/** What the program must never change: AWS restarts the instance for some of these, here each makes a new one. */
const REPLACES = [
  ...["ami", "associatePublicIpAddress", "disableApiTermination", "iamInstanceProfile", "instanceType", "keyName"],
  ...["metadataOptions", "rootBlockDevice", "subnetId", "userData"],
];
const KNOWN = new Set([...UPDATED, ...REPLACES]);

/** Characters. */
const USER_DATA_LIMIT = 16_384;

/** What is wrong with an instance's inputs. */
export function mistakes(given: Properties): Failure[] {
  const { userData } = reveal(given);
  const length = typeof userData === "string" && !isUnknown(userData) ? userData.length : 0;
  const unknown = Object.keys(given).filter((name) => !KNOWN.has(name) && name !== "__defaults");
  const failures = unknown.map((property) => ({
    property,
    reason: `${property} is unknown to the lab's stand-in for the aws plugin`,
  }));
  if (length <= USER_DATA_LIMIT) return failures;
  const reason = `expected length of user_data to be in the range (0 - ${USER_DATA_LIMIT}), got ${length} characters`;
  return [...failures, { property: "userData", reason }];
}

/** What other inputs change, and what of it takes a new instance. */
export function difference(state: Properties, inputs: Properties): Difference {
  const changes = changesBetween(comparable(state), comparable(inputs));
  return { changes, replaces: [...changes.keys()].filter((path) => REPLACES.includes(rootOf(path))) };
}

/** Inputs alone, with a set in one order. */
function comparable(properties: Properties): Properties {
  const known = Object.entries(reveal(properties)).filter(([name]) => KNOWN.has(name));
  const ordered = known.map(([name, value]) => [name, Array.isArray(value) ? value.toSorted() : value]);
  return Object.fromEntries(ordered);
}
