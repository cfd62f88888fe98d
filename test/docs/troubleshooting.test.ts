import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const PROJECT = join(import.meta.dirname, "../..");
const page = readFileSync(join(PROJECT, "docs/troubleshooting.md"), "utf8");
const messages = [...page.matchAll(/^### `(.*)`$/gm)].map(([, message = ""]) => message);
const sources = globSync("{cli,cluster,components,messages,plan,settings,steps}/**/*.{ts,sh}", { cwd: PROJECT });
const texts = sources.map((file) => readFileSync(join(PROJECT, file), "utf8"));

test("the page has many messages, each once", () => {
  expect(messages.length).toBeGreaterThan(30);
  expect(new Set(messages).size).toBe(messages.length);
});

/** What Pulumi says, and this program passes on. */
const PULUMIS = [
  "Could not automatically download and install resource plugin …",
  "passphrase must be set with PULUMI_CONFIG_PASSPHRASE",
];

test.each(messages.filter((message) => !PULUMIS.includes(message)))(
  "the message %s is one that the program says",
  (message) => {
    const parts = message.split("…").filter((part) => part.trim() !== "");
    expect(parts.length).toBeGreaterThan(0);
    const said = texts.some((text) => parts.every((part) => text.replaceAll('\\"', '"').includes(part)));
    expect(said).toBe(true);
  },
);
