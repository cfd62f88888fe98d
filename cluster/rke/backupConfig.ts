import { isDeepStrictEqual } from "node:util";
import { type Document, isAlias, isMap, isScalar, visit, type YAMLMap } from "yaml";
import { ClusterFileError } from "../clusterFile/clusterFileError.ts";
import { firstDocument, readYaml, simple } from "../clusterFile/rkeYaml.ts";
import { isV01, needsS3ForBackupConfig, type RkeVersion } from "./version.ts";

/** Marks a key that a restore must not know. RKE ignores keys that are new to it (cluster/cluster.go, ParseConfig). */
const HIDDEN = "x-not-for-a-restore-";

/** Where the switch for recurring snapshots stands; `backup_config.enabled` is none (services/etcd.go v1.8.0). */
const RECURRING = ["services", "etcd", "snapshot"] as const;

/**
 * The cluster file for `rke etcd snapshot-restore`: with it RKE restores the file on the nodes and nothing from S3, and
 * starts no recurring snapshots, which cost 5 s a host; `timeout` stays. Only names of keys change, and one entry
 * may be new, so that anchors, merge keys and values stay what they are.
 *
 * With `s3backupconfig` RKE from 1.1.5 on overwrites the snapshot on the node first, and before 1.1.0 it refuses a
 * `backup_config` that has none (rke#1538). Older than 0.2.0 it knows neither, and takes what a recurring snapshot
 * writes when it starts, so that file is returned as it is.
 * @throws ClusterFileError when the file cannot be read or not be changed without changing more.
 */
export function withoutBackupConfig(source: string, version: RkeVersion): string {
  if (isV01(version)) return source;
  const name = needsS3ForBackupConfig(version) ? "backup_config" : "s3backupconfig";
  const hidden = hideKeys(source, name);
  if (!isDeepStrictEqual(meaning(hidden), renamed(meaning(source), name)) || keysNamed(hidden, name).length > 0) {
    throw new ClusterFileError([`${name} cannot be taken out without changing more: write it as a plain key`]);
  }
  return withoutRecurring(hidden);
}

function hideKeys(source: string, name: string): string {
  // From the end, so that the places before stay as they are.
  return keysNamed(source, name).reduceRight((text, [from, to]) => {
    const written = text.slice(from, to);
    const key = written.includes(name) ? written.replace(name, HIDDEN + name) : `"${HIDDEN}${name}"`;
    return text.slice(0, from) + key + text.slice(to);
  }, source);
}

/** Where keys of this name stand, whatever they belong to: an alias or a merge key may lead to them from anywhere. */
function keysNamed(source: string, name: string): [from: number, to: number][] {
  const document = firstDocument(source);
  const found: [number, number][] = [];
  visit(document, {
    Pair: (_, { key }) => {
      const scalar = isAlias(key) ? key.resolve(document) : key;
      const [from, to] = (isAlias(key) || isScalar(key) ? key.range : undefined) ?? [];
      if (isScalar(scalar) && scalar.value === name && from !== undefined && to !== undefined) found.push([from, to]);
    },
  });
  return found.sort(([one], [other]) => one - other);
}

/** Only where it is plain how: recurring snapshots cost time and nothing else. */
function withoutRecurring(source: string): string {
  const edited = switchOff(source, firstDocument(source).contents, RECURRING);
  if (edited === undefined) return source;
  const before = meaning(source) as { services?: { etcd?: object } };
  const { services } = before;
  const expected = { ...before, services: { ...services, etcd: { ...services?.etcd, snapshot: "false" } } };
  return isDeepStrictEqual(meaning(edited), expected) ? edited : source;
}

function switchOff(
  source: string,
  map: Document["contents"],
  [key = "", ...deeper]: readonly string[],
): string | undefined {
  if (!isMap(map)) return undefined;
  // RKE takes the last, where there are several.
  const found = map.items.findLast((pair) => isScalar(pair.key) && pair.key.value === key);
  const off = deeper.reduceRight((inner, one) => `{${one}: ${inner}}`, "false");
  if (!found) return insert(source, map, `${key}: ${off}`);
  const value = found.value as Document["contents"];
  if (deeper.length > 0 && isMap(value)) return switchOff(source, value, deeper);
  if (!isScalar(value) || !value.range || value.anchor || value.tag) return undefined;
  // What is empty means the default, and recurring snapshots are on by default (RKE v1.8.0 cluster/defaults.go).
  if (deeper.length > 0 && value.value !== null) return undefined;
  const [from, to] = value.range;
  const [before, after] = [source[from - 1] === ":" && value.source === "", source[to] === "#"];
  return `${source.slice(0, from)}${before ? " " : ""}${off}${after ? " " : ""}${source.slice(to)}`;
}

/** A new first entry of a map. */
function insert(source: string, map: YAMLMap, entry: string): string | undefined {
  const [first] = map.items;
  // An empty map is in braces.
  if (!first && map.range) return `${source.slice(0, map.range[0] + 1)}${entry}${source.slice(map.range[0] + 1)}`;
  const at = isScalar(first?.key) ? first.key.range?.[0] : undefined;
  if (at === undefined) return undefined;
  const indent = source.slice(source.lastIndexOf("\n", at - 1) + 1, at);
  if (!map.flow && indent.trim() !== "") return undefined;
  return `${source.slice(0, at)}${entry}${map.flow ? ", " : `\n${indent}`}${source.slice(at)}`;
}

/** As RKE reads it. */
function meaning(source: string): unknown {
  return simple(readYaml(source).value) ?? {};
}

function renamed(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key === name ? HIDDEN + name : key, renamed(one, name)]),
  );
}
