import { structuredPatch } from "diff";
import { isCollection, isPair, isScalar, Lexer } from "yaml";
import { isHarmlessKey } from "./harmless.ts";
import { documents } from "./rkeYaml.ts";

const REDACTED = "[redacted]";

/** Keys under which no value is a secret. */
const SHOWN_TREES = new Set(["labels", "taints"]);
const KEY = /^[\w./<-]+$/;
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
  const all = documents(source);
  const lines = source.split("\n");
  if (all.some(({ errors }) => errors.length > 0)) return lines.map(() => REDACTED);
  const values = all.flatMap(({ contents }) => secretRanges(source, contents, []));
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
  const shown = isHarmlessKey(keys.at(-1) ?? "") || keys.some((key) => SHOWN_TREES.has(key));
  return shown && !source.slice(from, to).includes("\n") ? [] : [[from, to]];
}

/** The comments that may hold a secret: prose may hold anything, so only what is certainly none is shown. */
function secretComments(source: string): Range[] {
  const found: Range[] = [];
  let at = 0;
  // Comments below a hidden value that are indented deeper may be its lines.
  let hiddenFrom = Number.POSITIVE_INFINITY;
  for (const lexeme of new Lexer().lex(source)) {
    if (MARKS.has(lexeme)) continue;
    if (lexeme.startsWith("#")) {
      const { hidden, depth, opens } = secretInComment(lexeme, hiddenFrom);
      if (hidden) found.push([at + hidden[0], at + hidden[1]]);
      if (depth <= hiddenFrom) hiddenFrom = opens ? depth : Number.POSITIVE_INFINITY;
    } else if (lexeme.trim() !== "") hiddenFrom = Number.POSITIVE_INFINITY;
    at += lexeme.length;
  }
  return found;
}

interface CommentSecret {
  hidden?: Range;
  /** The column of its first word. */
  depth: number;
  /** Whether a value may go on in deeper comments below. */
  opens: boolean;
}

/** What an edit marks its lines with. */
const EDIT_MARK = /(^#| +#) (UNRESPONSIVE|NEW) NODE$/;
/** One word, or roles: no room for a second key or another comment. */
const HARMLESS_VALUE = /^(["']?)[\w.:/~+-]*\1$|^\[ *((controlplane|etcd|worker) *(, *)?)*\]$/;

function secretInComment(whole: string, hiddenFrom: number): CommentSecret {
  const text = whole.replace(EDIT_MARK, "");
  const [lead = ""] = /^[#\s]*(- +)*/.exec(text) ?? [];
  const [depth, end] = [lead.length, text.length];
  if (depth === end) return { depth: Number.POSITIVE_INFINITY, opens: false };
  const [, before = "", , key = "", value = ""] =
    /^((["']?)([\w-]+)\2\s*:(?:\s+|$))(.*)$/s.exec(text.slice(depth)) ?? [];
  if (depth > hiddenFrom || before === "") return { hidden: [depth, end], depth, opens: false };
  const [plain = "", note = ""] = value.split(/(?<!\S)#(.*)/s);
  const harmless = isHarmlessKey(key) && HARMLESS_VALUE.test(plain.trim());
  const from = depth + before.length + (harmless ? value.length - note.length : 0);
  return {
    ...(from < end && { hidden: [from, end] }),
    depth,
    opens: !harmless && !(key === "nodes" && value.trim() === ""),
  };
}
