import * as pulumi from "@pulumi/pulumi";
import { checkSettings } from "./checkSettings.ts";
import { KEYS, type Key } from "./keys.ts";
import type { ClusterSettings, Settings } from "./settings.ts";

type Config = Record<string, { value: string; secret?: boolean }>;

const PREFIX = "rancher-rollback:";

/**
 * The stack's config as settings, inside the Pulumi program.
 * @throws SettingsError with every mistake: of form, in the cluster file, and on this machine.
 */
export function readSettings(): Settings {
  // The SDK has it but leaves it out of its types.
  const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };
  const whole = Object.entries(pulumi.runtime.allConfig());
  return settingsOf(Object.fromEntries(whole.map(([key, value]) => [key, { value, secret: isConfigSecret(key) }])));
}

/**
 * Config as Pulumi has it, by full name such as `rancher-rollback:snapshot`, as settings.
 * @throws SettingsError with every mistake.
 */
export function settingsOf(config: Config): Settings {
  const { values, about } = valuesOf(config);
  return checkSettings(values, about);
}

/**
 * Config as the settings of a command that rolls nothing back: snapshot and Rancher version are optional.
 * @throws SettingsError with every mistake.
 */
export function clusterSettingsOf(config: Config): ClusterSettings {
  const { values, about } = valuesOf(config);
  return checkSettings(values, { ...about, clusterOnly: true });
}

function valuesOf(config: Config) {
  const ours = Object.entries(config).flatMap(([key, value]) =>
    key.startsWith(PREFIX) ? [[key.slice(PREFIX.length), value] as const] : [],
  );
  // Pulumi asks for a value of every key without a default; empty is how Pulumi.yaml says "none".
  const given = ours.flatMap(([key, { value }]) => (isKey(key) ? [[key, fromText(key, value || undefined)]] : []));
  const about = {
    unknown: ours.flatMap(([key]) => (isKey(key) ? [] : [key])),
    plain: ours.flatMap(([key, { secret }]) => (secret ? [] : [key])),
  };
  return { values: Object.fromEntries(given), about };
}

function isKey(key: string): key is Key {
  return Object.hasOwn(KEYS, key);
}

/** Pulumi hands lists over as JSON. */
function fromText(key: Key, text: string | undefined): unknown {
  if (!Array.isArray(KEYS[key].rule.safeParse(undefined).data) || text === undefined) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
