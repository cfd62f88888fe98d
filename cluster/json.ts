import { readFileSync } from "node:fs";

/** The value of a text; undefined for one that is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The text of a file; undefined for one that is not there or cannot be read. */
export function textIn(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** The value of a file; undefined for one that is not there, cannot be read or is no JSON. */
export function jsonIn(path: string): unknown {
  return jsonOf(textIn(path) ?? "");
}

/** The first whole number of this name in JSON of etcdctl's, as text: ids are larger than a JavaScript number can hold. */
export function numberIn(json: string, name: string): string | undefined {
  return new RegExp(`"${name}":\\s*(\\d+)`).exec(json)?.[1];
}
