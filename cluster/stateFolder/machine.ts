import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { textIn } from "../json.ts";
import { holderName } from "../operator.ts";
import { writeSynced } from "./keep.ts";
import { stateFolder } from "./path.ts";

/** Who works on a cluster, as locks and records have it. */
export interface Holder {
  /** user@machine, for people: a machine's name may change while it works, and those of containers may be alike. */
  holder: string;
  /** Of the folder with the cluster file, 16 hexadecimal digits; absent where it cannot be kept there. */
  machine?: string | undefined;
}

/** This user, and the folder on this machine. What makes it the same one is kept beside the cluster file. */
export function thisHolder(clusterFile: string): Holder {
  const machine = machineOf(clusterFile);
  return { holder: holderName(), ...(machine !== undefined && { machine }) };
}

/** Whether a lock or a record is of this folder on this machine, or of this user and machine where that was not written down. */
export function isOwn(holder: Holder, clusterFile: string): boolean {
  return isSameHolder(holder, thisHolder(clusterFile));
}

/** By the machine, where both have it: the same one may have had another name, or another user, when it wrote the other. */
export function isSameHolder(one: Holder, other: Holder): boolean {
  const isKnown = one.machine !== undefined && other.machine !== undefined;
  return isKnown ? one.machine === other.machine : one.holder === other.holder;
}

function machineOf(clusterFile: string): string | undefined {
  const path = stateFolder(clusterFile, "machine");
  const known = textIn(path);
  if (known === undefined) make(path);
  return (known ?? textIn(path))?.trim();
}

/** Of several that make it at once, one is first. Where it cannot be made, there is none. */
function make(path: string): void {
  const id = randomBytes(8).toString("hex");
  const part = `${path}.${id}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeSynced(part, `${id}\n`);
    linkSync(part, path);
  } catch {
    // It is there, or names must do.
  }
  try {
    rmSync(part, { force: true });
  } catch {
    // It is not.
  }
}
