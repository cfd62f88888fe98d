import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const PROJECT = join(import.meta.dirname, "../..");
const page = readFileSync(join(PROJECT, "docs/troubleshooting.md"), "utf8");
const messages = [...page.matchAll(/^### `(.*)`$/gm)].map(([, message = ""]) => message);
const sources = globSync("{cli,cluster,components,messages,plan,settings,steps}/**/*.{ts,sh}", { cwd: PROJECT });
const texts = sources.map((file) => readFileSync(join(PROJECT, file), "utf8").replaceAll('\\"', '"'));

test("the page has many messages, each once", () => {
  expect(messages.length).toBeGreaterThan(30);
  expect(new Set(messages).size).toBe(messages.length);
});

/** What Pulumi says, and this program passes on. */
const PULUMIS = [
  "Could not automatically download and install resource plugin …",
  "passphrase must be set with PULUMI_CONFIG_PASSPHRASE",
];

/** What the program puts together from sentences that do not stand in this order in its source. */
const COMPOSED = [
  "RKE has printed nothing for …; it changes the nodes, so it is left running",
  "Deployment … asks for …, not …",
];

test.each(COMPOSED)("the message %s is one that the program puts together", (message) => {
  expect(texts.some((text) => message.split("…").every((part) => text.includes(part.trim())))).toBe(true);
});

test.each(messages.filter((message) => !PULUMIS.includes(message) && !COMPOSED.includes(message)))(
  "the message %s is one that the program says",
  (message) => {
    const parts = message.split("…").filter((part) => part.trim() !== "");
    expect(parts.length).toBeGreaterThan(0);
    // What varies is an expression in the source, or a value of a script.
    const said = new RegExp(parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&")).join("[^]{1,200}?"));
    expect(texts.some((text) => said.test(text))).toBe(true);
  },
);
