import { isDeepStrictEqual } from "node:util";
import { isAlias, isMap, isScalar, isSeq, type Node, visit, type YAMLSeq } from "yaml";
import { type Notice, problemIf } from "../problem.ts";
import { ClusterFileError, parseClusterFile } from "./clusterFile.ts";
import { etcdNodes } from "./node.ts";
import { type ListedNode, type ReplacedNode, type Source, splice } from "./nodeSplice.ts";
import { contentEnd, type NewNode, type NodeValues, newNodeValues, start, type WrittenNode } from "./nodeText.ts";
import { firstDocument, readYaml, simple } from "./rkeYaml.ts";

export interface NodeReplacement {
  /** The `address`, `internal_address` or `hostname_override` of the node that is gone. */
  unresponsive: string;
  node: NewNode;
}

export interface ClusterEdit {
  text: string;
  changed: boolean;
  /** What the operator should know about the nodes there are then. */
  warnings: Notice[];
}

/** All that is wrong with the edit, a sentence each. */
export class ClusterEditError extends ClusterFileError {}

/**
 * The runbook's edit of the cluster file: comments out the nodes that are gone and adds the new ones after them. Every
 * other byte stays. A replacement that was made before changes nothing.
 * @throws ClusterEditError with every mistake found.
 */
export function editClusterFile(source: string, replacements: NodeReplacement[]): ClusterEdit {
  checkIndentation(source);
  checked(source, "");
  const before = listed(source);
  const replaced = whatToReplace(before.nodes, replacements);
  const lost = replaced.flatMap((one) => lostAnchors(before, one, splice(before, one).entry));
  if (lost.length > 0) throw new ClusterEditError(lost);

  // One at a time, for several may share a line; from the end, for the places before stay as they are.
  const text = replaced.reduceRight((whole, { at, node }) => {
    const now = listed(whole);
    const { from, to, text } = splice(now, { ...(now.nodes[at] as ListedNode), node });
    return whole.slice(0, from) + text + whole.slice(to);
  }, source);
  proveEdit(before, replaced, text);
  return {
    text,
    changed: text !== source,
    warnings: [...takenForDone(source, before.nodes, replacements), ...warnings(text, before.nodes, replacements)],
  };
}

function checkIndentation(text: string): void {
  const tabs = text.split("\n").flatMap((line, at) => (/^[ -]*\t/.test(line) ? [at + 1] : []));
  if (tabs.length > 0 && firstDocument(text).errors.length > 0) {
    throw new ClusterEditError([
      `is indented with a tab at line ${tabs[0]}${tabs.length > 1 ? ` and ${tabs.length - 1} more` : ""}, as the runbook's example is; YAML knows only spaces there`,
    ]);
  }
}

function listed(text: string): Source {
  const document = firstDocument(text);
  const list = listOfNodes(document.contents);
  const { nodes: values = [] } = meaning(text);
  if (!list || values.length !== list.items.length) {
    throw new ClusterEditError([
      "does not have its list under the key nodes itself, but by an alias or a merge key: write the list there",
    ]);
  }
  const nodes = list.items.map((written, at): ListedNode => {
    const { address, internal_address, hostname_override } = values[at] ?? {};
    const names = [address, internal_address, hostname_override].map((name) => String(name ?? "").toLowerCase());
    return {
      at,
      written: written as WrittenNode,
      values: values[at] ?? {},
      address: String(address),
      names: names.filter((name) => name !== ""),
    };
  });
  return { text, document, list, nodes };
}

/** RKE takes the last, where there are several. */
function listOfNodes(contents: unknown): YAMLSeq<WrittenNode> | undefined {
  const pairs = isMap(contents) ? contents.items : [];
  const list = pairs.findLast(({ key }) => isScalar(key) && key.value === "nodes")?.value;
  const isList = isSeq(list) && list.items.every((item) => isMap(item) || isAlias(item));
  return isList ? (list as YAMLSeq<WrittenNode>) : undefined;
}

/** The cluster file as RKE will read it. */
function checked(text: string, prefix: string): ReturnType<typeof parseClusterFile> {
  try {
    return parseClusterFile(text, "/");
  } catch (error) {
    if (error instanceof ClusterFileError) throw new ClusterEditError(error.mistakes.map((said) => prefix + said));
    throw error;
  }
}

/** The replacements that are still to be made, in the order of the file. */
function whatToReplace(nodes: ListedNode[], replacements: NodeReplacement[]): ReplacedNode[] {
  const mistakes: string[] = [];
  const replaced: ReplacedNode[] = [];
  for (const [at, { unresponsive, node }] of replacements.entries()) {
    const earlier = replacements.slice(0, at);
    const twice = newNames(node).filter((name) => earlier.some((other) => newNames(other.node).includes(name)));
    if (twice.length > 0) mistakes.push(`two new nodes are called ${twice.join(" and ")}`);
    const sought = unresponsive.toLowerCase();
    const isNew = ({ address }: ListedNode) => address.toLowerCase() === node.address.toLowerCase();
    // A new node may go by the name of the one it replaced.
    const found = nodes.filter((listed) => !isNew(listed) && listed.names.includes(sought));
    const target = found[0];
    if (earlier.some((other) => other.unresponsive.toLowerCase() === sought)) {
      mistakes.push(`the node ${unresponsive} is replaced twice`);
    } else if (!target) {
      if (!nodes.some(isNew)) mistakes.push(absent(unresponsive, nodes));
    } else if (found.length > 1) {
      const who = found.map(({ address }) => address).join(" and ");
      mistakes.push(`${unresponsive} names more than one node, ${who}: name the one that is gone by what only it has`);
    } else if (replaced.some((other) => other.at === target.at)) {
      mistakes.push(`the node ${target.address} is replaced twice, once by the name ${unresponsive}`);
    } else {
      for (const other of nodes.filter((listed) => listed.at !== target.at)) {
        const taken = newNames(node).filter((name) => other.names.includes(name));
        if (taken.length > 0)
          mistakes.push(`${taken.join(" and ")} is already in the list, on the node ${other.address}`);
      }
      replaced.push({ ...target, node });
    }
  }
  if (mistakes.length > 0) throw new ClusterEditError(mistakes);
  return replaced.sort((one, other) => one.at - other.at);
}

function newNames({ address, internalAddress, hostnameOverride }: NewNode): string[] {
  const names = [address, internalAddress, hostnameOverride].filter((name) => name !== undefined);
  return [...new Set(names.map((name) => name.toLowerCase()))];
}

function absent(unresponsive: string, nodes: ListedNode[]): string {
  const names = nodes.map((listed) => [...new Set(listed.names)].join(" = ")).join(", ");
  return `no node has the address, internal_address or hostname_override ${unresponsive}; there are ${names}`;
}

/** An anchor that goes with the node that is commented out, while something that stays needs it. */
function lostAnchors({ text, document }: Source, { written, address }: ReplacedNode, entry: string): string[] {
  if (!isMap(written)) return [];
  const anchored = new Map<Node, string>();
  visit(written, {
    Node: (_, node) => {
      if (!isAlias(node) && node.anchor && !entry.includes(`&${node.anchor}`)) anchored.set(node, node.anchor);
    },
  });
  const lines = new Map<string, number[]>();
  visit(document, {
    Alias: (_, alias) => {
      const anchor = anchored.get(alias.resolve(document) as Node);
      const inside = start(alias) >= start(written) && start(alias) < contentEnd(written);
      if (anchor && !inside)
        lines.set(anchor, [...(lines.get(anchor) ?? []), text.slice(0, start(alias)).split("\n").length]);
    },
  });
  return [...lines].map(
    ([anchor, used]) =>
      `the anchor &${anchor} stands on the node ${address}, which is to be commented out, and is used at line ${used.join(", ")}: write there what it stands for`,
  );
}

/** The edit is not reviewed before RKE reads it: it must mean what was asked for, and nothing besides. */
function proveEdit({ text: source, nodes }: Source, replaced: ReplacedNode[], text: string): void {
  const expected = nodes.map(({ at, values }) => {
    const one = replaced.find((other) => other.at === at);
    return one ? newNodeValues(one.written, values, one.node) : values;
  });
  // To RKE's reader these end a line, and with it the comment.
  const brokenComment = replaced.some(({ written }) =>
    /\r(?!\n)|[\u0085\u2028\u2029]/.test(source.slice(start(written), contentEnd(written))),
  );
  if (brokenComment || !isDeepStrictEqual(meaning(text), { ...meaning(source), nodes: expected })) {
    throw new ClusterEditError([
      `cannot be edited here without changing more than the node ${replaced.map(({ address }) => address).join(", ")}: edit it as the runbook shows; what is done then is left as it is`,
    ]);
  }
  checked(text, "after the edit ");
}

/** What RKE reads; nothing where it could not. */
function meaning(text: string): { nodes?: NodeValues[] } {
  try {
    return simple(readYaml(text).value) as { nodes?: NodeValues[] };
  } catch (error) {
    if (error instanceof ClusterFileError) return {};
    throw error;
  }
}

/** A replacement whose node is not in the file, and whose machine is: made before, unless its fields are swapped. */
function takenForDone(source: string, before: ListedNode[], replacements: NodeReplacement[]): Notice[] {
  const comments = source.split("\n").flatMap((line) => line.split("#").slice(1).join("#").toLowerCase());
  return replacements.flatMap(({ unresponsive, node }) => {
    const [sought, address] = [unresponsive.toLowerCase(), node.address.toLowerCase()];
    const isMade =
      !before.some(({ names }) => names.includes(sought)) &&
      before.some((one) => one.address.toLowerCase() === address);
    return problemIf(
      isMade && !comments.some((comment) => comment.includes(sought)),
      `${node.address} is in the cluster file already, and ${unresponsive} is not, nor is it commented out there: taken for replaced`,
      "if it is not, correct unresponsive and the new node's address",
    );
  });
}

function warnings(text: string, before: ListedNode[], replacements: NodeReplacement[]): Notice[] {
  const etcd = etcdNodes(checked(text, "")).length;
  const same = before.filter(({ address, names }) =>
    replacements.some(
      ({ unresponsive, node }) =>
        node.address.toLowerCase() === address.toLowerCase() && names.includes(unresponsive.toLowerCase()),
    ),
  );
  return [
    ...same.map(({ address }) => ({ message: `${address} keeps its address: the cluster file is not edited for it` })),
    ...(etcd % 2 === 0
      ? [{ message: `there are ${etcd} etcd nodes: an even number survives no more failures than ${etcd - 1} would` }]
      : []),
  ];
}
