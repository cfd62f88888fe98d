import { structuredPatch } from "diff";
import { isCollection, isPair, isScalar, Lexer, parseDocument } from "yaml";

const REDACTED = "[redacted]";

/** Keys whose values are no secret in a cluster file. The value of any other key is one. */
const SHOWN = new Set([
  ...["address", "port", "internal_address", "hostname_override", "user", "role", "docker_socket"],
  ...["ssh_key_path", "ssh_cert_path", "cluster_name", "kubernetes_version", "plugin", "provider", "<<"],
]);
/** Keys under which no value is a secret. */
const SHOWN_TREES = new Set(["labels", "taints"]);
const KEY = /^[\w./<-]+$/;
const NOTHING_HIDDEN = Number.POSITIVE_INFINITY;
/** What the lexer puts between the parts of the text without their being in it. */
const MARKS = new Set(["\x02", "\x18", "\x1f"]);

/**
 * A unified diff of two cluster files for people and pipelines to read: only values that are known to be harmless are
 * in it (design law 10). Empty when nothing differs.
 */
export function redactedDiff(before: string, after: string, path: string): string {
  if (before === after) return "";
  const { hunks } = structuredPatch(path, path, before, after, "", "", { context: 3 });
  const [old, now] = [redactedLines(before), redactedLines(after)];
  const body = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => {
    let [oldAt, newAt] = [oldStart - 1, newStart - 1];
    const shown = lines.flatMap((line) => {
      const sign = line[0] ?? " ";
      if (sign === "\\") return [];
      const text = sign === "-" ? old[oldAt] : now[newAt];
      if (sign !== "+") oldAt++;
      if (sign !== "-") newAt++;
      return [sign + text];
    });
    return [`@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`, ...shown];
  });
  return [`--- ${path}`, `+++ ${path}`, ...body].join("\n");
}

/** The lines of a cluster file with everything that may be secret taken out; as many lines as there were. */
export function redactedLines(source: string): string[] {
  const document = parseDocument(source);
  const lines = source.split("\n");
  if (document.errors.length > 0) return lines.map(() => REDACTED);
  const values = secretRanges(source, document.contents, []);
  const comments = secretComments(source).filter(([at]) => !values.some(([from, to]) => at >= from && at < to));
  // From the end, so that the places before stay as they are.
  const text = [...values, ...comments]
    .sort((one, other) => other[0] - one[0])
    .reduce((whole, [from, to]) => whole.slice(0, from) + redacted(whole.slice(from, to)) + whole.slice(to), source);
  return text.split("\n").map((line) => line.replace(/\r$/, ""));
}

function redacted(secret: string): string {
  const [first = "", ...more] = secret.split("\n");
  const others = more.map((line) => line.replace(/\S.*/, REDACTED));
  return [first.trim() === "" ? first : REDACTED, ...others].join("\n");
}

type Range = [from: number, to: number];

function secretRanges(source: string, node: unknown, keys: string[]): Range[] {
  if (isPair(node)) {
    const key = isScalar(node.key) ? String(node.key.value) : "";
    // Whatever is not written as keys are may as well be a value in the wrong place.
    const own = KEY.test(key) ? [] : secretRanges(source, node.key, []);
    return [...own, ...secretRanges(source, node.value, [...keys, key])];
  }
  if (isCollection(node)) return node.items.flatMap((item) => secretRanges(source, item, keys));
  if (!isScalar(node) || node.value === null || typeof node.value === "boolean") return [];
  const [from, to] = node.range ?? [0, source.length];
  const shown = SHOWN.has(keys.at(-1) ?? "") || keys.some((key) => SHOWN_TREES.has(key));
  return shown && !source.slice(from, to).includes("\n") ? [] : [[from, to]];
}

/** Comments: a commented-out node holds what it held before, and prose may hold anything. */
function secretComments(source: string): Range[] {
  const found: Range[] = [];
  let [at, above] = [0, NOTHING_HIDDEN];
  for (const lexeme of new Lexer().lex(source)) {
    if (MARKS.has(lexeme)) continue;
    if (lexeme.startsWith("#")) {
      const { hidden, below } = secretsInComment(lexeme, above);
      found.push(...hidden.map(([from, to]): Range => [at + from, at + to]));
      above = below;
    } else if (lexeme.trim() !== "") above = NOTHING_HIDDEN;
    at += lexeme.length;
  }
  return found;
}

interface CommentSecrets {
  hidden: Range[];
  /** Comments below this one that are indented deeper than so many columns are hidden. */
  below: number;
}

function secretsInComment(whole: string, above: number): CommentSecrets {
  const comment = whole.replace(/ +# (UNRESPONSIVE|NEW) NODE$/, "");
  const [, lead = "", indent = "", text = ""] = /^(#+)(\s*(?:- +)*)(.*)$/s.exec(comment) ?? [];
  const [begin, end, depth] = [lead.length + indent.length, comment.length, indent.length];
  const all: Range[] = [[begin, end]];
  if (/-----BEGIN/.test(comment)) return { hidden: [[lead.length, end]], below: -1 };
  if (/-----END/.test(comment)) return { hidden: [[lead.length, end]], below: NOTHING_HIDDEN };
  if (text.trim() === "") return { hidden: [], below: above };
  if (depth > above) return { hidden: all, below: above };

  const [, key = "", gap = "", value = ""] = /^(["']?[\w.<-]+["']?)(\s*:(?=\s|$)\s*)(.*)$/s.exec(text) ?? [];
  const name = key.replace(/["']/g, "");
  if (key !== "" && !SHOWN.has(name)) {
    if (value.trim() === "") return { hidden: [], below: name === "nodes" ? NOTHING_HIDDEN : depth };
    return { hidden: [[end - value.length, end]], below: depth };
  }
  if (key !== "") {
    const note = /(?<=\s)#.*/s.exec(value)?.[0] ?? "";
    const open = /^([|>&!]|["'][^"']*$)/.test(value);
    const hidden: Range[] = isHarmless(note) ? [] : [[end - note.length, end]];
    return { hidden: open ? [[begin + key.length + gap.length, end]] : hidden, below: open ? depth : NOTHING_HIDDEN };
  }
  const [, flow = "", note = ""] = /^([{[].*[}\]]),?(.*)$/s.exec(text) ?? [];
  if (flow !== "") {
    const document = parseDocument(flow);
    if (document.errors.length > 0 || !isHarmless(note)) return { hidden: all, below: depth };
    const hidden = secretRanges(flow, document.contents, []).map(([from, to]): Range => [begin + from, begin + to]);
    return { hidden, below: NOTHING_HIDDEN };
  }
  const harmless = isHarmless(text) && !/^[{["']/.test(text);
  return { hidden: harmless ? [] : all, below: harmless ? NOTHING_HIDDEN : depth };
}

/** Whether prose holds nothing that looks like a secret or speaks of one. */
function isHarmless(prose: string): boolean {
  return !/pass|\bpwd?\b|secret|token|credential|\bkeys?\b|:\/\/\S*@|[A-Za-z0-9+/=_]{24,}/i.test(prose);
}
