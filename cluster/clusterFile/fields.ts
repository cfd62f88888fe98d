import { type Mapping, PLACEHOLDER, readYaml, truth, type Value } from "./rkeYaml.ts";

/** What yaml.v2 v2.4.0 takes for a number where RKE wants a whole one (resolve.go). */
const NUMBER = /^[-+]?(0x[\da-f_]+|0b[01_]+|0o[0-7_]+|\d[\d_]*|(\.\d+|\d+\.?\d*)(e[-+]?\d+)?)$/i;

/** What is wrong with settings that were asked for. */
export class Findings {
  readonly mistakes: string[] = [];
  readonly placeholders: string[] = [];
}

/**
 * The settings of one mapping by the kind that RKE wants (types/rke_types.go v1.8.0). What is of another kind, which RKE
 * refuses ("cannot unmarshal"), is noted as a mistake and taken as not given. An empty text is one that is not given.
 */
export class Fields {
  private readonly values: Mapping;
  private readonly where: string;
  private readonly findings: Findings;

  /** `where` is how the mapping is called in a mistake; empty for the file itself. What is no mapping has no settings. */
  constructor(values: Value, where = "", findings = new Findings()) {
    this.values = isRecord(values) ? values : new Map();
    this.where = where;
    this.findings = findings;
  }

  /** The settings of a cluster file's text. @throws ClusterFileError when RKE could not read it. */
  static read(source: string): Fields {
    return new Fields(readYaml(source).value);
  }

  keys(): string[] {
    return [...this.values.keys()];
  }

  has(key: string): boolean {
    return this.get(key) !== null;
  }

  text(key: string): string {
    const value = this.get(key);
    if (value === null) return "";
    if (isRecord(value) || Array.isArray(value)) return this.wrong(key, "must be text", "");
    if (PLACEHOLDER.test(value.text)) {
      this.findings.placeholders.push(this.name(key));
      return "";
    }
    return value.text;
  }

  flag(key: string): boolean {
    const value = this.get(key);
    if (value === null) return false;
    const flag = isRecord(value) || Array.isArray(value) ? undefined : truth(value);
    return flag ?? this.wrong(key, "must be true or false, without quotes", false);
  }

  number(key: string): number {
    const value = this.get(key);
    if (value === null) return 0;
    const isNumber = !isRecord(value) && !Array.isArray(value) && !value.quoted && NUMBER.test(value.text);
    return isNumber ? Number(value.text.replaceAll("_", "")) : this.wrong(key, "must be a number, without quotes", 0);
  }

  /** Only whether it is of that kind. */
  textsByName(key: string): void {
    for (const [name, value] of this.record(key).values) {
      if (isRecord(value) || Array.isArray(value))
        this.wrong(key, `must have a text for each name, also for ${name}`, 0);
    }
  }

  records(key: string): Fields[] {
    return this.list(key).map((value, at) => {
      const where = `${this.name(key)} ${at + 1}`;
      if (value !== null && !isRecord(value)) this.findings.mistakes.push(`${where} must be a mapping of settings`);
      return new Fields(value, where, this.findings);
    });
  }

  texts(key: string): string[] {
    const value = this.get(key);
    if (value === null) return [];
    if (!Array.isArray(value)) return this.wrong(key, "must be a list, with dashes or in brackets", []);
    return value.map((item) => {
      if (isRecord(item) || Array.isArray(item)) return this.wrong(key, "must be a list of texts", "");
      return item?.text ?? "";
    });
  }

  list(key: string): Value[] {
    const value = this.get(key);
    if (value === null) return [];
    return Array.isArray(value) ? value : this.wrong(key, "must be a list", []);
  }

  record(key: string): Fields {
    const value = this.get(key);
    if (value !== null && !isRecord(value)) this.wrong(key, "must be a mapping of settings", undefined);
    return new Fields(value, this.name(key), this.findings);
  }

  private get(key: string): Value {
    return this.values.get(key) ?? null;
  }

  private wrong<T>(key: string, what: string, instead: T): T {
    this.findings.mistakes.push(`${this.name(key)} ${what}`);
    return instead;
  }

  private name(key: string): string {
    return this.where ? `${this.where}: ${key}` : key;
  }
}

export function isRecord(value: Value): value is Mapping {
  return value instanceof Map;
}
