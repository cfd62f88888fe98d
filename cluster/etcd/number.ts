/** The first whole number of this name in JSON of etcdctl's, as text: ids are larger than a JavaScript number can hold. */
export function numberIn(json: string, name: string): string | undefined {
  return new RegExp(`"${name}":\\s*(\\d+)`).exec(json)?.[1];
}
