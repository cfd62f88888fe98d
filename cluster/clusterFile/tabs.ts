import { type CST, type Document, isCollection, isScalar, type Node, visit } from "yaml";

/**
 * Where RKE's reader stops at a tab that the YAML library takes for a space: before the first word of a line, a comment
 * and an empty line included, and behind a dash (yaml.v2 v2.4.0 scannerc.go). In brackets and quotes a tab may stand
 * anywhere, in a block of text behind its indentation.
 */
export function misplacedTab(document: Document, text: string): number | undefined {
  const free: [from: number, to: number][] = [];
  const blocks: { from: number; to: number; indent: number }[] = [];
  const found: number[] = [];
  visit(document, {
    Node: (_, node) => {
      const [from = 0, to = 0] = (node as Node).range ?? [];
      if (isCollection(node)) {
        if (node.flow) free.push([from, to]);
        else found.push(...tabsBehindDashes(node.srcToken));
      } else if (isScalar(node) && node.type?.startsWith("QUOTE")) free.push([from, to]);
      else if (isScalar(node) && node.type?.startsWith("BLOCK")) {
        const [, spaces = ""] = /\n( *)[^ \n\r]/.exec(text.slice(from, to)) ?? [];
        blocks.push({ from, to, indent: spaces.length });
      }
    },
  });
  const end = document.range?.[2] ?? text.length;
  for (const { index, 0: lead } of text.slice(0, end).matchAll(/^ *\t/gm)) {
    const tab = index + lead.length - 1;
    const inside = free.some(([from, to]) => tab > from && tab < to);
    const inBlock = blocks.some(({ from, to, indent }) => tab > from && tab < to && lead.length > indent);
    if (!inside && !inBlock) found.push(tab);
  }
  return found.length > 0 ? Math.min(...found) : undefined;
}

function tabsBehindDashes(token: CST.Token | undefined): number[] {
  if (token?.type !== "block-seq") return [];
  return token.items.flatMap(({ start }) =>
    start
      .filter(({ type, source }, at) => {
        return type === "space" && source.includes("\t") && start[at - 1]?.type === "seq-item-ind";
      })
      .map(({ offset }) => offset),
  );
}
