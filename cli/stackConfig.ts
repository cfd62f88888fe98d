import { join } from "node:path";
import { parse, parseDocument } from "yaml";
import { KEYS, type Key } from "../settings/keys.ts";
import type { Settings } from "../settings/settings.ts";
import { settingsOf } from "../settings/stackConfig.ts";
import { meant } from "../settings/wording.ts";
import { projectOf } from "./project.ts";
import { Refusal } from "./refusal.ts";

export interface StackConfig {
  stack: string;
  /** The folder of `Pulumi.STACK.yaml` where it is not the project's. */
  configFolder?: string;
  /** Above those of the file, for this run alone. */
  config: Record<string, string>;
}

/**
 * The text of a stack's config file with these settings in it; comments and order survive.
 * @throws Refusal where the program has no such setting: only the command line can name one.
 */
export function withSettings(text: string, settings: Record<string, string>): string {
  return Object.entries(settings).reduce((written, [key, value]) => {
    const full = key.includes(":") ? key : `${OWN}${key}`;
    const own = full.startsWith(OWN) ? full.slice(OWN.length) : undefined;
    if (own !== undefined && !Object.hasOwn(KEYS, own)) throw unknownOption(own);
    const document = parseDocument(written);
    document.setIn(["config", full], fromWord(value));
    return String(document);
  }, text);
}

const OWN = "rancher-rollback:";

function unknownOption(key: string): Refusal {
  const near = meant(key, Object.keys(KEYS));
  const message = `${key} is not a setting`;
  const otherwise = near === undefined ? "Leave" : `Did you mean ${near}? If not, leave`;
  const remedy = `${otherwise} out the option --config ${key}`;
  // Its remedy names no stack.
  return Refusal.of({ message, remedy }, "STACK");
}

/** Lists, such as replacements, are written as YAML or JSON; all else is text. */
function fromWord(text: string): unknown {
  return /^\s*\[/.test(text) ? parse(text) : text;
}

/** The settings that a stack's file has, as text; empty ones are none. */
export type WrittenSettings = Partial<Record<Key, string>>;

/** In the place of a secret's value, as Pulumi shows it. */
export const SECRET = "[secret]";

/** Reads them without Pulumi. */
export function writtenSettings(text: string): WrittenSettings {
  const config: Record<string, unknown> = parse(text)?.config ?? {};
  const own = Object.keys(KEYS).map((key) => [key, config[OWN + key] ?? ""] as const);
  const texts = own.map(([key, value]) => [key, isSecret(value) ? SECRET : asText(value)] as const);
  return Object.fromEntries(texts.filter(([, value]) => value !== ""));
}

function isSecret(value: unknown): boolean {
  return Object.hasOwn(Object(value), "secure");
}

/** The file of a stack's settings; its name has no organisation in it. */
export function stackFile({ stack, configFolder }: StackConfig): string {
  return join(configFolder ?? projectOf().stacks, `Pulumi.${stack.split("/").at(-1)}.yaml`);
}

/**
 * The settings in a stack's file as far as they can be read without Pulumi. Where a secret is among those that say where
 * the snapshot comes from, all of them are left out.
 * @throws SettingsError with every mistake.
 */
export function plainSettings(text: string): Settings {
  const config: Record<string, unknown> = parse(text)?.config ?? {};
  const keys = Object.keys(config);
  const isPlain = (key: string) => !isSecret(config[key]);
  const left = keys.every(isPlain) ? keys : keys.filter((key) => isPlain(key) && !SOURCE.test(key));
  return settingsOf(Object.fromEntries(left.map((key) => [key, { value: asText(config[key]) }])));
}

const SOURCE = /:(snapshotSource|s3\w+)$/;

/** As Pulumi hands a value over. */
function asText(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
