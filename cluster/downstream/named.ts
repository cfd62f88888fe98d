/** Of how many things the names are kept. */
export const NAMED = 100;

export function named(names: string[]): { names?: string[] } {
  return names.length > 0 ? { names: [...new Set(names)].sort().slice(0, NAMED) } : {};
}
