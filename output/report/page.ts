import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dateAndTime } from "../../cluster/time.ts";
import { STATE_TEXT } from "../../messages/pointOfNoReturn.ts";
import type { RunRecord } from "../../run/record.ts";
import { Html, html } from "./html.ts";
import { type Section, sectionsOf } from "./sections.ts";
import { type Verdict, verdictOf } from "./verdict.ts";
import { sentence } from "./wayBack.ts";

// The style is the program's own text.
const style = new Html(
  // The later ones override the earlier ones.
  ["style.css", "timeline.css", "media.css"]
    .map((file) => readFileSync(join(import.meta.dirname, file), "utf8"))
    .join("\n"),
);
const styleHash = createHash("sha256").update(style.markup).digest("base64");
// Should a text ever get past the escaping, the browser still runs and loads nothing.
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`;

/** The report of a run as one self-contained page without scripts. */
export function reportPage(record: RunRecord): string {
  const verdict = verdictOf(record);
  const sections = sectionsOf(record, verdict);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${verdict.headline} · ${record.stack}</title>
<style>${style}</style>
</head>
<body>
${heading(record, verdict)}
<nav aria-label="Sections"><ul>
${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>\n`)}</ul></nav>
<main>
${sections.map(sectionElement)}</main>
<footer><p>Times are in UTC. This page is self-contained: it runs no scripts and loads nothing. report.json has the same data.</p></footer>
</body>
</html>
`.markup;
}

function heading({ stack, startedAt }: RunRecord, { tone, headline, pointOfNoReturn: { state, text } }: Verdict): Html {
  return html`<header>
<p class="program">rancher-rollback · stack ${stack} · ${dateAndTime(startedAt)}</p>
<div class="verdict ${tone}">
<h1>${headline}</h1>
<p><strong>Point of no return: ${STATE_TEXT[state]}.</strong> ${sentence(text)}</p>
</div>
</header>`;
}

function sectionElement({ id, title, body }: Section): Html {
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${body}
</section>
`;
}
