import { stripVTControlCharacters } from "node:util";

/**
 * A text without what a reader does not see: colours are left out; other control characters and those that hide text
 * or turn it around become �, as a log must not be able to show something that it does not say.
 */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(/(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "\ufffd");
}
