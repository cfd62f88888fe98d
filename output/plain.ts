import { stripVTControlCharacters } from "node:util";

/**
 * A text without invisible parts: colours are removed, and other control characters and those that hide or reverse text
 * become �. A log must not be able to look like something else.
 */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(/(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "\ufffd");
}
