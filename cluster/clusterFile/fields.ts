import { type Mapping, PLACEHOLDER, placeholderMistake, truth, type Value } from "./rkeYaml.ts";

/**
 * The settings of one mapping by the kind that RKE wants (types/rke_types.go v1.8.0). What is of another kind, which RKE
 * refuses ("cannot unmarshal"), is noted as a mistake and taken as not given. An empty text is one that is not given.
 */
export class Fields {
  private readonly values: Mapping;
  private readonly where: string;
  private readonly mistakes: string[];

  /** `where` is how the mapping is called in a mistake; empty for the file itself. */
  constructor(values: Mapping, where: string, mistakes: string[]) {
    this.values = values;
    this.where = where;
    this.mistakes = mistakes;
  }

  has(key: string): boolean {
    return (this.values.get(key) ?? null) !== null;
  }

  text(key: string): string {
    const value = this.values.get(key) ?? null;
    if (value === null) return "";
    if (isRecord(value) || Array.isArray(value)) return this.wrong(key, "must be text", "");
    if (PLACEHOLDER.test(value.text)) {
      this.mistakes.push(placeholderMistake(this.name(key)));
      return "";
    }
    return value.text;
  }

  flag(key: string): boolean {
    const value = this.values.get(key) ?? null;
    if (value === null) return false;
    const flag = isRecord(value) || Array.isArray(value) ? undefined : truth(value);
    return flag ?? this.wrong(key, "must be true or false, without quotes", false);
  }

  texts(key: string): string[] {
    const value = this.values.get(key) ?? null;
    if (value === null) return [];
    if (!Array.isArray(value)) return this.wrong(key, "must be a list, such as [controlplane, etcd]", []);
    return value.map((item) => {
      if (isRecord(item) || Array.isArray(item)) return this.wrong(key, "must be a list of texts", "");
      return item?.text ?? "";
    });
  }

  list(key: string): Value[] {
    const value = this.values.get(key) ?? null;
    if (value === null) return [];
    return Array.isArray(value) ? value : this.wrong(key, "must be a list", []);
  }

  record(key: string): Fields {
    const value = this.values.get(key) ?? null;
    if (value !== null && !isRecord(value)) this.wrong(key, "must be a mapping of settings", undefined);
    return new Fields(isRecord(value) ? value : new Map(), this.name(key), this.mistakes);
  }

  private wrong<T>(key: string, what: string, instead: T): T {
    this.mistakes.push(`${this.name(key)} ${what}`);
    return instead;
  }

  private name(key: string): string {
    return this.where ? `${this.where}: ${key}` : key;
  }
}

export function isRecord(value: Value): value is Mapping {
  return value instanceof Map;
}
