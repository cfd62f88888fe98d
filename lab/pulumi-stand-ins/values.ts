/** Property values as the engine sends them: JSON, with marks for what is secret and what is not known yet. */
export type Properties = Record<string, unknown>;

const MARK = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** What the engine writes for a value that only the update itself will bring. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The engine has an unknown for every type. */
const UNKNOWNS = new Set([
  UNKNOWN,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

export function isUnknown(value: unknown): boolean {
  return typeof value === "string" && UNKNOWNS.has(value);
}

export function isSecret(value: unknown): value is { value: unknown } {
  return isObject(value) && value[MARK] === SECRET;
}

export function secret(value: unknown): unknown {
  return isSecret(value) ? value : { [MARK]: SECRET, value };
}

/** The value without its marks of secrecy, at every depth. */
export function reveal<T>(value: T): T;
export function reveal(value: unknown): unknown {
  if (isSecret(value)) return reveal(value.value);
  if (Array.isArray(value)) return value.map((item) => reveal(item));
  if (isObject(value)) return mapValues(value, (item) => reveal(item));
  return value;
}

export function holdsUnknown(value: unknown): boolean {
  return isUnknown(value) || children(value).some(holdsUnknown);
}

export function holdsSecret(value: unknown): boolean {
  return isSecret(value) || children(value).some(holdsSecret);
}

/** Unknowns are like nothing, not even like each other. */
export function same(a: unknown, b: unknown): boolean {
  if (isUnknown(a) || isUnknown(b)) return false;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => same(a[key], b[key]));
  }
  return a === b;
}

/** Marks secret in `target` what is secret at the same place in `source`. */
export function copySecrecy(target: unknown, source: unknown): unknown {
  if (isSecret(source)) return secret(target);
  if (isObject(target) && isObject(source))
    return mapValues(target, (item, key) => (key in source ? copySecrecy(item, source[key]) : item));
  return holdsSecret(source) ? secret(target) : target;
}

export function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapValues(object: Properties, change: (value: unknown, key: string) => unknown): Properties {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]));
}

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}
