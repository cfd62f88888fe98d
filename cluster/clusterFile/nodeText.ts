import {
  type Alias,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parse,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { z } from "zod";
import { isMergeKey } from "./rkeYaml.ts";

/**
 * The node that takes an unresponsive one's place. User, roles and key are the replaced node's where they are not
 * given; port, internal address and name belong to a machine and are never taken over from it.
 */
export const newNodeSchema = z.object({
  address: z.string(),
  user: z.string().optional(),
  port: z.number().optional(),
  internalAddress: z.string().optional(),
  hostnameOverride: z.string().optional(),
  /** Takes the place of any key and certificate that the replaced node had. */
  sshKeyPath: z.string().optional(),
  roles: z.array(z.string()).optional(),
});
export type NewNode = z.infer<typeof newNodeSchema>;

/** An entry of the list of nodes as it is written: a mapping, or an alias of one. */
export type WrittenNode = YAMLMap<Node, Node | null> | Alias;
type WrittenPair = Pair<Node, Node | null>;

/** A node as data: what its entry means with aliases and merge keys followed. */
export type NodeValues = Record<string, unknown>;

/**
 * The new node's fields as text, the address first, in the style of the entry that it replaces. Merge keys come before
 * all: what they bring would win over what is written above them.
 */
export function nodeFields(source: string, old: WrittenNode, values: NodeValues, node: NewNode, eol: string): string[] {
  const pairs = isMap(old) ? old.items : [];
  const merges = pairs.filter(({ key }) => isMergeKey(key)).map((pair) => pairText(source, pair));
  const own: { key: string; text: string; pair?: WrittenPair }[] = isMap(old)
    ? pairs
        .filter(({ key }) => !isMergeKey(key))
        .map((pair) => ({ key: keyOf(pair), text: pairText(source, pair), pair }))
    : Object.entries(values).map(([key, value]) => ({ key, text: `${key}: ${JSON.stringify(value)}` }));
  const address = own.find(({ key }) => key === "address")?.pair;
  const given = givenFields(node);
  const dropped = droppedKeys(node);

  const write = (key: string, value: string) => {
    const pair = own.find((field) => field.key === key)?.pair;
    const like = pair && isScalar(pair.value) ? pair.value : address?.value;
    return keyText(source, pair ?? address, key) + scalarText(value, like, key === "port");
  };
  const roles = () => {
    const pair = own.find((field) => field.key === "role")?.pair;
    return rolesText(source, keyText(source, pair ?? address, "role"), pair?.value, node.roles ?? [], eol);
  };
  const otherRoles = !sameRoles(values.role, node.roles);
  const absent = (key: string) => !own.some((field) => field.key === key);

  const lead = ["address", "port", "internal_address", "hostname_override", "user"];
  const keys = [
    ...lead.filter((key) => given[key] !== undefined && (key === "address" || absent(key))),
    ...own.filter(({ key }) => key !== "address" && !dropped.includes(key)).map(({ key }) => key),
    ...(otherRoles && absent("role") ? ["role"] : []),
    ...(given.ssh_key_path !== undefined && absent("ssh_key_path") ? ["ssh_key_path"] : []),
  ];
  const fields = keys.map((key) => {
    if (key === "role" && otherRoles) return roles();
    const value = given[key];
    return value === undefined ? (own.find((field) => field.key === key)?.text ?? "") : write(key, value);
  });
  return [...merges, ...fields];
}

/** What the new node's entry must mean. */
export function newNodeValues(old: WrittenNode, values: NodeValues, node: NewNode): NodeValues {
  const own = isMap(old) ? old.items.map(keyOf) : Object.keys(values);
  const dropped = droppedKeys(node).filter((key) => own.includes(key));
  const kept = Object.fromEntries(Object.entries(values).filter(([key]) => !dropped.includes(key)));
  const given = Object.entries(givenFields(node)).filter(([, value]) => value !== undefined);
  return { ...kept, ...Object.fromEntries(given), ...(!sameRoles(values.role, node.roles) && { role: node.roles }) };
}

/** A flow mapping of these fields, spaced as the old one is. */
export function flowText(source: string, old: WrittenNode, fields: string[]): string {
  if (!isMap(old) || !old.flow) return `{${fields.join(", ")}}`;
  const pad = source[start(old) + 1] === " " ? " " : "";
  const [first, second] = old.items;
  const between = first && second ? source.slice(pairEnd(first), start(second.key)) : "";
  return `{${pad}${fields.join(/^, *$/.test(between) ? between : ", ")}${pad}}`;
}

/** Where what is written of a node ends, without comments and line ends behind it. */
export function contentEnd(node: Node): number {
  if (isCollection(node) && !node.flow) {
    const last = node.items.at(-1);
    const inner = isPair(last) ? (last.value ?? last.key) : last;
    if (inner) return contentEnd(inner as Node);
  }
  return node.range?.[1] ?? 0;
}

export function start(node: Node): number {
  return node.range?.[0] ?? 0;
}

function givenFields(node: NewNode): Record<string, string | undefined> {
  return {
    address: node.address,
    port: node.port?.toString(),
    internal_address: node.internalAddress,
    hostname_override: node.hostnameOverride,
    user: node.user,
    ssh_key_path: node.sshKeyPath,
  };
}

/** Keys of the replaced node that say nothing about the new one. */
function droppedKeys(node: NewNode): string[] {
  return [
    ...(node.port === undefined ? ["port"] : []),
    ...(node.internalAddress === undefined ? ["internal_address"] : []),
    ...(node.hostnameOverride === undefined ? ["hostname_override"] : []),
    ...(node.sshKeyPath === undefined ? [] : ["ssh_key", "ssh_cert", "ssh_cert_path"]),
  ];
}

function sameRoles(old: unknown, roles: string[] | undefined): boolean {
  return roles === undefined || JSON.stringify(old) === JSON.stringify(roles);
}

function keyOf(pair: WrittenPair): string {
  return isScalar(pair.key) ? String(pair.key.value) : "";
}

function pairEnd(pair: WrittenPair): number {
  return contentEnd(pair.value ?? pair.key);
}

function pairText(source: string, pair: WrittenPair): string {
  return source.slice(start(pair.key), pairEnd(pair)).trimEnd();
}

/** `key: ` as the model pair writes its own: quoted or not, and spaced alike. */
function keyText(source: string, model: WrittenPair | undefined, key: string): string {
  const written = model?.value ? source.slice(start(model.key), start(model.value)) : "";
  const [, quote, , colon] = /^(["']?)(\w+)\1( *: *)$/.exec(written) ?? [];
  return colon && (quote || colon.endsWith(" ")) ? `${quote}${key}${quote}${colon}` : `${key}: `;
}

function scalarText(value: string, like: Node | null | undefined, number = false): string {
  const quoting = isScalar(like) ? like.type : "PLAIN";
  if (quoting === "QUOTE_SINGLE" && /^[ -~]*$/.test(value)) return `'${value.replaceAll("'", "''")}'`;
  return quoting !== "QUOTE_DOUBLE" && (number || isPlain(value)) ? value : JSON.stringify(value);
}

/** RKE reads YAML 1.1, where more words and numbers are no strings than in 1.2. */
function isPlain(value: string): boolean {
  if (!/^[\w~./][\w~./@-]*$/.test(value)) return false;
  return (["1.1", "1.2"] as const).every((version) => typeof parse(value, { version }) === "string");
}

function rolesText(source: string, key: string, old: Node | null | undefined, roles: string[], eol: string): string {
  if (!isSeq(old) || isAlias(old)) return `${key}[${roles.join(", ")}]`;
  const words = roles.map((role) => scalarText(role, old.items[0] as Node | undefined));
  if (!old.flow) {
    const { indent = 0 } = old.srcToken as YAMLSeq["srcToken"] & { indent?: number };
    return [`${key.trimEnd()}`, ...words.map((word) => `${" ".repeat(indent)}- ${word}`)].join(eol);
  }
  const written = source.slice(start(old), contentEnd(old));
  const pad = written[1] === " " ? " " : "";
  return `${key}[${pad}${words.join(/,\S/.test(written) ? "," : ", ")}${pad}]`;
}
