import { parse, type DefaultTreeAdapterTypes as Tree } from "parse5";
import type { RunRecord } from "../../../run/record.ts";

/** A page without its texts: its elements with all their attributes, as a browser takes it. */
export function skeleton(page: string): unknown {
  return elements(parse(page));
}

function elements(node: Tree.Node): unknown[] {
  if (!("childNodes" in node)) return [];
  return node.childNodes
    .filter((child) => child.nodeName !== "#text" && !isWord(child))
    .map((child) => ("tagName" in child ? [child.tagName, child.attrs, elements(child)] : child.nodeName));
}

/** A word of a command: there are as many as the text has, and nothing is in them but text. */
function isWord(node: Tree.Node): boolean {
  if (!("tagName" in node) || node.tagName !== "span" || elements(node).length > 0) return false;
  return node.attrs.length === 1 && node.attrs[0]?.name === "class" && node.attrs[0].value === "word";
}

/** A page's text, but for that in elements of these names. */
export function textOutside(page: string, names: string[]): string {
  const text = (node: Tree.Node): string => {
    if ("value" in node) return node.value;
    if (!("childNodes" in node) || ("tagName" in node && names.includes(node.tagName))) return "";
    return node.childNodes.map(text).join("");
  };
  return text(parse(page));
}

/** The same record with this for every text that somebody else has written: those that are no date and no fixed word. */
export function filledWith(record: RunRecord, text: string): RunRecord {
  return fill(record, text) as RunRecord;
}

const FIXED = new Set("command result operation level at way when kind confirmed hazard severity".split(" "));
const BY_NAME = new Set(["versions", "after"]);

function fill(value: unknown, text: string): unknown {
  if (typeof value === "string") return value === "" || isDate(value) ? value : text;
  if (Array.isArray(value)) return value.map((one) => fill(one, text));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      if (BY_NAME.has(name) && typeof one === "object" && !Array.isArray(one)) return [name, named(one, text)];
      return [name, FIXED.has(name) ? one : fill(one, text)];
    }),
  );
}

function named(values: Record<string, string>, text: string): Record<string, string> {
  return Object.fromEntries(Object.keys(values).map((_, at) => [`${text}${at}`, text]));
}

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text);
}
