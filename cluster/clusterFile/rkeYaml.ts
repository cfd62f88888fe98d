import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { ClusterFileError } from "./clusterFileError.ts";
import { misplacedTab } from "./tabs.ts";

/**
 * YAML as RKE reads it: gopkg.in/yaml.v2 v2.4.0 (decode.go, resolve.go), called leniently by ParseConfig of RKE v1.8.0
 * (cluster/cluster.go). Only the first document counts. Values are taken in the order in which they are written, a merge
 * key's too: what comes later wins. Two mappings under one key are taken together. Text keeps its source: `0012` stays so.
 */
export type Value = Text | Value[] | Mapping | null;

/** By key, without those of unreadable keys. */
export type Mapping = Map<string, Value>;

export interface Text {
  text: string;
  /** Quoted or a block: text even where it looks like a truth value. */
  quoted: boolean;
}

/** A key that stands twice in one mapping. */
export interface Duplicate {
  key: string;
  /** From 1. */
  lines: number[];
  /** What RKE takes. */
  value: Value;
}

export interface RkeYaml {
  value: Value;
  duplicates: Duplicate[];
  /** The line of a second document that has content; RKE reads the first one only. */
  ignoredFrom?: number;
}

/** The first document with its source, for edits. The YAML library's errors, if any, are in it. */
export function firstDocument(text: string): Document {
  return documents(text)[0] as Document;
}

/** All documents of a text, an empty one where there is none. */
export function documents(text: string): Document[] {
  const options = { uniqueKeys: false, keepSourceTokens: true, strict: false };
  const all = parseAllDocuments(withRkeLineEnds(text), options) as Document[];
  return all.length > 0 ? all : [parseDocument("", options)];
}

/** What ends a line for RKE besides a line feed, and for the YAML library does not; every place stays what it is. */
function withRkeLineEnds(text: string): string {
  return text.replace(/\r(?!\n)|[\u0085\u2028\u2029]/g, "\n");
}

/** A text at the top of a cluster file, as RKE reads it; undefined where there is none. @throws as readYaml. */
export function valueIn(text: string, key: string): string | undefined {
  const { value } = readYaml(text);
  const found = value instanceof Map ? simple(value.get(key) ?? null) : undefined;
  return typeof found === "string" && found !== "" ? found : undefined;
}

/** @throws ClusterFileError when RKE could not read it. */
export function readYaml(source: string): RkeYaml {
  const text = withRkeLineEnds(source);
  const all = documents(text);
  const [first, ...rest] = all as [Document, ...Document[]];
  const unreadable = unreadableMistake(first, text);
  if (unreadable) throw new ClusterFileError([unreadable]);
  const reader = new Reader(first, text);
  const value = reader.read(first.contents as Node | null, undefined);
  const ignored = rest.find(({ contents }) => contents !== null && !(isScalar(contents) && contents.value === null));
  return {
    value,
    duplicates: [...reader.duplicates.values()],
    ...(ignored && { ignoredFrom: lineAt(text, (ignored.contents as Node).range?.[0] ?? 0) }),
  };
}

/** Plain objects, lists and text, for comparing. */
export function simple(value: Value): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [key, simple(inner)]));
  if (Array.isArray(value)) return value.map(simple);
  return value?.text ?? null;
}

/** Whether a value is one of the words that YAML 1.1 takes for true or false; undefined for anything else. */
export function truth(value: Text): boolean | undefined {
  if (value.quoted) return undefined;
  if (/^(y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(value.text)) return true;
  return /^(n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(value.text) ? false : undefined;
}

/** What a file that is still a template has where a value belongs. */
export const PLACEHOLDER = /\{\{.*|\{%.*|\$\{[^}]*\}|<[^<>]+>/;
/** What a template has that no YAML can be. */
const TEMPLATE_LINE = /\{\{|\{%|%\{|<%|\$\{|(^|\s)%\w+%/;

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** What the parser's codes mean; its own messages quote the source, which may hold a key. */
const SYNTAX: Record<string, string> = {
  BAD_ALIAS: "an alias or anchor is wrong",
  BAD_INDENT: "the indentation does not fit",
  BAD_SCALAR_START: "a value begins with a character that must be quoted",
  BLOCK_AS_IMPLICIT_KEY: "a mapping stands where a value of one line belongs",
  BLOCK_IN_FLOW: "a block stands inside brackets",
  MISSING_CHAR: "a bracket, quote, colon or dash is missing",
  MULTILINE_IMPLICIT_KEY: "a key goes over more than one line",
  TAB_AS_INDENT: "a tab stands where only spaces may",
  UNEXPECTED_TOKEN: "something stands where it may not",
};

/** What no YAML text of yaml.v2 has in it (readerc.go). */
const CONTROL = /(?![\t\n\r\u0085])[\p{Cc}\ufffe\uffff]/u;

/** The first one, where RKE's reader stops: what comes after it in most cases comes of it. */
function unreadableMistake(document: Document, text: string): string | undefined {
  const { errors, directives } = document;
  const control = CONTROL.exec(text);
  if (control) return `is not YAML: a control character stands at line ${lineAt(text, control.index)}`;
  const version = directives?.yaml.explicit ? directives.yaml.version : "1.1";
  if (version !== "1.1") return `is YAML ${version} by its first line; RKE reads YAML 1.1 only`;
  const [error] = errors;
  if (!error) {
    const tab = misplacedTab(document, text);
    return tab === undefined ? undefined : `is not YAML: ${SYNTAX.TAB_AS_INDENT} at line ${lineAt(text, tab)}`;
  }
  const line = lineAt(text, error.pos[0]);
  const before = text.split("\n").slice(0, line);
  const at = before.findIndex((one) => TEMPLATE_LINE.test(one.replace(/(^|\s)#.*/, "")));
  if (at >= 0) return placeholderMistake([`line ${at + 1}`]);
  return `is not YAML: ${SYNTAX[error.code] ?? "it cannot be read"} at line ${line}`;
}

/** `where` is what has a placeholder instead of a value. */
export function placeholderMistake([where = "", ...more]: string[]): string {
  const others = more.length > 1 ? `so have ${more.length} more settings` : "so has 1 more setting";
  return `is a template: ${where} has a placeholder${more.length > 0 ? `, and ${others}` : ""}; give the finished file that RKE reads`;
}

/** Enough for any cluster file, and for no chain of aliases that multiply each other. */
const MOST_VALUES = 100_000;

class Reader {
  readonly duplicates = new Map<number, Duplicate>();
  private readonly document: Document;
  private readonly text: string;
  /** Aliases that are being followed. */
  private readonly open = new Set<Node>();
  private count = 0;

  constructor(document: Document, text: string) {
    this.document = document;
    this.text = text;
  }

  /** `before` is what the key had already. */
  read(node: Node | null, before: Value | undefined): Value {
    if (++this.count > MOST_VALUES) throw new ClusterFileError(["is not YAML: it has too many aliases"]);
    if (node === null) return null;
    if (isAlias(node)) return this.follow(node, (target) => this.read(target, before));
    if (isMap(node)) {
      const mapping = before instanceof Map ? before : new Map();
      this.apply(node as YAMLMap<Node, Node | null>, mapping);
      return mapping;
    }
    if (isSeq(node)) return node.items.map((item) => this.read(item as Node | null, undefined));
    return scalar(node as Scalar);
  }

  private apply(map: YAMLMap<Node, Node | null>, mapping: Mapping): void {
    const places = new Map<string, number[]>();
    for (const { key, value } of map.items) {
      if (isMergeKey(key)) {
        this.merge(value, mapping);
        continue;
      }
      const name = this.read(key, undefined);
      if (name === null || Array.isArray(name) || name instanceof Map) throw this.unreadableKey(key);
      mapping.set(name.text, this.read(value, mapping.get(name.text)));
      places.set(name.text, [...(places.get(name.text) ?? []), key.range?.[0] ?? 0]);
    }
    for (const [key, [first = 0, ...more]] of places) {
      if (more.length === 0) continue;
      const lines = [...new Set([first, ...more].map((place) => lineAt(this.text, place)))];
      // What an alias leads to is read more than once.
      this.duplicates.set(first, { key, lines, value: mapping.get(key) ?? null });
    }
  }

  /** The first of a list of mappings has precedence. */
  private merge(node: Node | null, mapping: Mapping): void {
    const target = isAlias(node) ? this.follow(node, (followed) => followed) : node;
    const sources = isSeq(target) && !isAlias(node) ? target.items.toReversed() : [target];
    for (const source of sources as (Node | null)[]) {
      const map = isAlias(source) ? this.follow(source, (followed) => followed) : source;
      if (!isMap(map)) {
        throw new ClusterFileError([`has a merge key << at line ${this.lineOf(node)} that names no mapping`]);
      }
      this.apply(map as YAMLMap<Node, Node | null>, mapping);
    }
  }

  private follow<T>(alias: Node, then: (target: Node) => T): T {
    const target = isAlias(alias) ? alias.resolve(this.document) : undefined;
    if (!target || this.open.has(target)) {
      const what = target ? "that is inside its own anchor" : "without its anchor";
      throw new ClusterFileError([`is not YAML: it has an alias ${what} at line ${this.lineOf(alias)}`]);
    }
    this.open.add(target);
    try {
      return then(target);
    } finally {
      this.open.delete(target);
    }
  }

  private unreadableKey(key: Node): ClusterFileError {
    const where = `line ${this.lineOf(key)}`;
    const [from = 0, to = 0] = key.range ?? [];
    return new ClusterFileError([
      PLACEHOLDER.test(this.text.slice(Math.max(0, from - 1), to))
        ? placeholderMistake([where])
        : `is not YAML that RKE reads: a key at ${where} is no text`,
    ]);
  }

  private lineOf(node: Node | null): number {
    return lineAt(this.text, node?.range?.[0] ?? 0);
  }
}

/** Only when it is plain: a quoted one is a key like any other. */
export function isMergeKey(key: Node): boolean {
  return isScalar(key) && key.source === "<<" && key.type === "PLAIN";
}

function scalar(node: Scalar): Text | null {
  const text = node.source ?? "";
  const quoted = node.type !== "PLAIN" || node.tag === "tag:yaml.org,2002:str";
  return !quoted && ["", "~", "null", "Null", "NULL"].includes(text) ? null : { text, quoted };
}
