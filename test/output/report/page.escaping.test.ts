import fc from "fast-check";
import { marked } from "marked";
import { describe, expect, test } from "vitest";
import { printable } from "../../../cluster/text.ts";
import { reportPage } from "../../../output/report/page.ts";
import { reportTicket } from "../../../output/report/ticket.ts";
import { filledWith, skeleton, textOutside } from "./skeleton.ts";
import { EVERY_KIND } from "./someRecord.ts";

const MARKUP = [
  ..."<>&\"'`|\\/!#*_-+=~$[](){}:@ \t\n\r\0\u001b\u202e\u2028",
  ...[
    "<script>alert(1)</script>",
    "</pre>",
    "</code>",
    "</style>",
    "<!--",
    "-->",
    "]]>",
    "&lt;",
    "&#60;",
    "<img src=x onerror=alert(1)>",
  ],
  ...[
    "```",
    "\n```\n",
    "\n````\n",
    "~~~",
    "\n/close\n",
    "\n\n# a heading\n\n",
    "\n- ",
    "@everyone",
    "https://evil.example/",
    "[a](javascript:1)",
    "![x](//evil)",
  ],
  ...["\u001b[31m", "a", "word"],
];

const text = fc
  .oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.array(fc.constantFrom(...MARKUP), { maxLength: 12 }).map((parts) => parts.join("")),
  )
  .filter((one) => printable(one).trim() !== "");
const kind = fc.constantFrom(...Object.values(EVERY_KIND));

describe("no text of a record", () => {
  test("can break out of its place in the page", () => {
    fc.assert(
      fc.property(kind, text, (record, anything) => {
        const [page, harmless] = [anything, "x"].map((one) => reportPage(filledWith(record(), one)));
        expect(skeleton(page ?? "")).toEqual(skeleton(harmless ?? ""));
      }),
    );
  });

  test("can break out of its place in the ticket, or be anything there but code", () => {
    fc.assert(
      fc.property(kind, text, (record, anything) => {
        const [page, harmless] = [anything, "x"].map(
          (one) => marked.parse(reportTicket(filledWith(record(), one)), { async: false }) as string,
        );
        expect(skeleton(page ?? "")).toEqual(skeleton(harmless ?? ""));
        expect(textOutside(page ?? "", ["code"])).toBe(textOutside(harmless ?? "", ["code"]));
      }),
    );
  });

  test("can hide something from the reader or turn it around", () => {
    fc.assert(
      fc.property(kind, text, (record, anything) => {
        const filled = filledWith(record(), anything);
        for (const said of [reportPage(filled), reportTicket(filled)]) {
          expect(said).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}]/u);
        }
      }),
    );
  });
});

test("a text is shown as it is, its colours left out", () => {
  const page = reportPage(filledWith(EVERY_KIND.failed(), '\u001b[31m<b>&amp; "it\'s"\u001b[0m\u202e\u0007'));
  expect(textOutside(page, ["style"])).toContain('<b>&amp; "it\'s"');
});
