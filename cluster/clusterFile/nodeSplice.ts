import { type CST, type Document, isMap, type YAMLSeq } from "yaml";
import {
  contentEnd,
  flowText,
  type NewNode,
  type NodeValues,
  nodeFields,
  start,
  type WrittenNode,
} from "./nodeText.ts";

export interface ListedNode {
  at: number;
  written: WrittenNode;
  values: NodeValues;
  address: string;
  /** What the node can be called, in small letters. */
  names: string[];
}

/** A cluster file with its list of nodes. */
export interface Source {
  text: string;
  document: Document;
  list: YAMLSeq<WrittenNode>;
  nodes: ListedNode[];
}

export interface ReplacedNode extends ListedNode {
  node: NewNode;
}

/** A part of the text and what takes its place; `entry` is the new node's part of that. */
export interface Splice {
  from: number;
  to: number;
  text: string;
  entry: string;
}

const UNRESPONSIVE = "  # UNRESPONSIVE NODE";
const NEW = "  # NEW NODE";

/** How one node takes another's place in the text, in the style of the list: block or flow. */
export function splice(source: Source, one: ReplacedNode): Splice {
  return source.list.flow ? flowSplice(source, one) : blockSplice(source, one);
}

/** Whole lines: those of the old node become comments, those of the new one follow. */
function blockSplice({ text, list }: Source, { at, written, values, node }: ReplacedNode): Splice {
  const dash = entryStart(list, at);
  const eol = eolAt(text, dash);
  const [from, own] = [lineStart(text, dash), start(written)];
  const to = lineEnd(text, text.slice(0, contentEnd(written)).trimEnd().length);
  const fields = nodeFields(text, written, values, node, eol);
  const flow = isMap(written) && written.flow;
  const column = " ".repeat(own - lineStart(text, own));
  const dashed = text.slice(from, dash + 1);
  const onDashLine = /^ +$/.test(text.slice(dash + 1, own));
  const lead = onDashLine ? text.slice(from, own) : flow ? `${dashed} ` : dashed.padEnd(column.length);
  const [first, ...rest] = flow ? [flowText(text, written, fields)] : fields;
  const entry = [`${lead}${first}${NEW}`, ...rest.map((field) => column + field)].join(eol);
  return { from, to, entry, text: commentedOut(text.slice(from, to)) + eol + entry };
}

/** The old node moves to lines of its own where it shares one, for a comment ends only with its line. */
function flowSplice({ text, list }: Source, { at, written, values, node }: ReplacedNode): Splice {
  const from = entryStart(list, at);
  const eol = eolAt(text, from);
  const end = contentEnd(written);
  const [comma = ""] = /^[ \t]*,/.exec(text.slice(end)) ?? [];
  const rest = text.slice(end + comma.length, lineEnd(text, end + comma.length));
  const [startsLine, endsLine] = [text.slice(lineStart(text, from), from).trim() === "", /^\s*(#.*)?$/.test(rest)];
  const outer = /^ */.exec(text.slice(lineStart(text, start(list))))?.[0] ?? "";
  const indent = startsLine ? text.slice(lineStart(text, from), from) : `${outer}  `;
  const entry = flowText(text, written, nodeFields(text, written, values, node, eol));
  const old = indent + text.slice(from, end) + comma + (endsLine ? rest : "");
  return {
    from: startsLine ? from - indent.length : from,
    to: end + comma.length + rest.length,
    entry,
    text: [
      ...(startsLine ? [] : [""]),
      commentedOut(old),
      `${indent}${entry}${comma.trim()}${NEW}`,
      ...(endsLine ? [] : [indent + rest.trimStart()]),
    ].join(eol),
  };
}

function commentedOut(lines: string): string {
  const commented = lines.split(/(?<=\n)/).map((line) => (line.trim() === "" ? line : `#${line}`));
  return commented.join("").replace(/\r?\n|$/, (end) => UNRESPONSIVE + end);
}

/** Where an entry of the list begins: its dash, or in flow style its first character, an anchor or tag included. */
function entryStart(list: YAMLSeq<WrittenNode>, at: number): number {
  const { items, type } = list.srcToken as CST.BlockSequence | CST.FlowCollection;
  if (type === "block-seq") {
    const dashes = items.flatMap((item) => item.start.filter((token) => token.type === "seq-item-ind"));
    return dashes[at]?.offset ?? 0;
  }
  const props = items[at]?.start.find((token) => token.type === "anchor" || token.type === "tag");
  return props?.offset ?? start(list.items[at] as WrittenNode);
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

/** Where the line ends, before its line end. */
function lineEnd(text: string, at: number): number {
  const newline = text.indexOf("\n", at);
  if (newline < 0) return text.length;
  return text[newline - 1] === "\r" && newline - 1 >= at ? newline - 1 : newline;
}

function eolAt(text: string, at: number): string {
  const newline = text.indexOf("\n", at);
  return (newline < 0 ? text.includes("\r\n") : text[newline - 1] === "\r") ? "\r\n" : "\n";
}
