import type { Severity } from "./schema.ts";

/** How many names are kept. */
export const NAMED = 100;

/** For a list of hazards: this one, where it is one. */
export function hazardIf<H extends string>(isHazard: boolean, hazard: H, severity: Severity) {
  return isHazard ? [{ hazard, severity }] : [];
}

/** The hazard of these things, where there are some. */
export function ofNames<H extends string>(hazard: H, severity: Severity, names: string[]) {
  return hazardIf(names.length > 0, hazard, severity).map((one) => ({ ...one, ...named(names) }));
}

export function named(names: string[]): { names?: string[] } {
  return names.length > 0 ? { names: [...new Set(names)].sort().slice(0, NAMED) } : {};
}
