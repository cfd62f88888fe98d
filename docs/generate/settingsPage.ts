import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { exampleText } from "../../settings/examples.ts";
import { KEYS, type Key } from "../../settings/keys.ts";

interface Described {
  type: string;
  default: unknown;
  description: string;
}

/** The page of all settings: their descriptions in Pulumi.yaml, with the examples of settings/keys.ts. */
export function settingsPage(): string {
  const { config } = parse(readFileSync(join(import.meta.dirname, "../../Pulumi.yaml"), "utf8"));
  const entries = Object.entries(config as Record<string, Described>);
  return [
    "# Settings",
    "",
    "In a stack's file, each setting has the prefix `rancher-rollback:`. `pulumi config set KEY VALUE` writes it there; `rancher-rollback` also",
    "takes `--config KEY=VALUE` for one run. Paths are relative to the folder of Pulumi.yaml.",
    ...entries.flatMap(([key, described]) => ["", ...section(key, described)]),
    "",
  ].join("\n");
}

function section(key: string, { type, default: usual, description }: Described): string[] {
  const { example, rule } = KEYS[key as Key];
  const isRequired = !rule.safeParse(undefined).success;
  const empty = usual === "" || (Array.isArray(usual) && usual.length === 0);
  return [
    `## ${key}`,
    "",
    description,
    "",
    `- type: ${type}`,
    ...allowed(rule),
    isRequired ? "- required" : `- default: ${empty ? "none" : `\`${String(usual)}\``}`,
    `- example: \`${exampleText(example)}\``,
  ];
}

function allowed(rule: z.ZodType): string[] {
  const known = z.toJSONSchema(rule, { io: "input", unrepresentable: "any" }).enum;
  return known ? [`- one of: ${known.map((value) => `\`${value}\``).join(", ")}`] : [];
}
