import { parse, parseDocument } from "yaml";

/** Where a stack's settings come from. */
export interface StackConfig {
  stack: string;
  /** The folder of `Pulumi.STACK.yaml` where it is not the project's. */
  configFolder?: string;
  /** Above those of the file, for this run alone. */
  config: Record<string, string>;
}

/** The text of a stack's config file with these settings in it; comments and order survive. */
export function withSettings(text: string, settings: Record<string, string>): string {
  return Object.entries(settings).reduce((written, [key, value]) => {
    const document = parseDocument(written);
    document.setIn(["config", key.includes(":") ? key : `rancher-rollback:${key}`], fromWord(value));
    return String(document);
  }, text);
}

/** Lists, such as replacements, are written as YAML or JSON; all else is text. */
function fromWord(text: string): unknown {
  return /^\s*\[/.test(text) ? parse(text) : text;
}
