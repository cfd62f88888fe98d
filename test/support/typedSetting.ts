import { execFileSync } from "node:child_process";
import { KEYS, type Key } from "../../settings/keys.ts";

/** A `config set` or `config rm` as Pulumi takes it: flags anywhere, and behind the key one value at most. */
export interface TypedSetting {
  verb: string;
  key: Key;
  /** Asked for on the terminal where it is not given. */
  value?: string | undefined;
}

/**
 * What Pulumi would make of the command of a remedy, such as `config set run 2`.
 * @throws Error where Pulumi, or this program's rule of the setting, would refuse it.
 */
export function typedSetting(command: string): TypedSetting {
  const [group, verb = "", ...rest] = wordsOf(command);
  const flags = rest.filter((word) => word.startsWith("--"));
  const [at = "", value, ...more] = rest.filter((word) => !word.startsWith("--"));
  const [key = ""] = at.split("[");
  const isPath = flags.includes("--path");
  const wrong = [
    ...(group === "config" && ["set", "rm"].includes(verb) ? [] : ["is no command that changes a setting"]),
    ...flags.filter((flag) => !["--path", "--secret"].includes(flag)).map((flag) => `has the unknown flag ${flag}`),
    ...(more.length > 0 || (verb === "rm" && value !== undefined) ? ["has too many arguments"] : []),
    ...(isKey(key) && (key === at || isPath) ? [] : [`names ${at}, which is not a setting`]),
    ...(verb === "set" && value === undefined && !flags.includes("--secret") ? ["has no value"] : []),
    ...(isKey(key) && value !== undefined && !isPath && !KEYS[key].rule.safeParse(value).success
      ? [`has a value that is refused: ${value}`]
      : []),
  ];
  if (wrong.length > 0 || !isKey(key)) throw new Error(`pulumi ${command}: ${wrong.join(", ")}`);
  return { verb, key, value };
}

function isKey(text: string): text is Key {
  return Object.hasOwn(KEYS, text);
}

/** As a shell makes them of what is typed, for a file whose hash is of 64 digits. */
function wordsOf(command: string): string[] {
  const hash = `sha256sum() { echo "${"a1".repeat(32)}  $1"; }`;
  const printed = execFileSync("sh", ["-c", `${hash}; printf '%s\\0' ${command}`], { encoding: "utf8" });
  return printed.split("\0").slice(0, -1);
}
