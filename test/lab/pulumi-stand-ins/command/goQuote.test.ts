import { expect, test } from "vitest";
import { quoted } from "../../../../lab/pulumi-stand-ins/command/goQuote.ts";

test("text is quoted as Go does", () => {
  expect(quoted('a "b"\\\n\t\x00\x7fé\u00a0\u200b😀')).toBe('"a \\"b\\"\\\\\\n\\t\\x00\\x7fé\\u00a0\\u200b😀"');
});
