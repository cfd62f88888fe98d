import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RancherFacts } from "../../cluster/rancher/facts.ts";
import { rancherProblems } from "../../cluster/rancher/problems.ts";
import { silenceNotice } from "../../cluster/rke/earlierRke.ts";
import { LogReader } from "../../cluster/rke/log.ts";
import { WANTED } from "../support/rancher.ts";

const PROJECT = join(import.meta.dirname, "../..");
const page = readFileSync(join(PROJECT, "docs/troubleshooting.md"), "utf8");
const messages = [...page.matchAll(/^### `(.*)`$/gm)].map(([, message = ""]) => message);
/** No message is made in a shell script: scripts tell codes (test/cluster/scriptProblems/). */
const sources = globSync("{cli,cluster,components,messages,plan,settings,steps}/**/*.ts", { cwd: PROJECT });
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

/** An RKE that has begun to wipe. */
function wiping(): LogReader {
  const reader = new LogReader("restore");
  reader.take('time="2026-11-23T14:00:00Z" level=info msg="Cleaning old kubernetes cluster"');
  return reader;
}

const ANOTHER_IMAGE: RancherFacts = {
  runs: { image: "rancher/rancher:v2.6.3", rolledOut: true, state: "", pods: [] },
  answers: [],
  settings: [],
  lock: [],
};

/** What the program puts together from sentences that do not stand in this order in its source. */
const COMPOSED: Record<string, () => string[]> = {
  "RKE has printed nothing for …; it changes the nodes, so it is left running": () => [
    silenceNotice(90, wiping(), 4711),
  ],
  "Deployment … asks for …, not …": () =>
    rancherProblems(ANOTHER_IMAGE, WANTED, undefined).map(({ message }) => message),
};

/** What matches a message, where each … stands for something that matches `value`. */
function messageWith(value: string, message: string): RegExp {
  const parts = message.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  return new RegExp(parts.filter((part) => part.trim() !== "").join(value));
}

test.each(Object.entries(COMPOSED))("the message %s is one that the program puts together", (message, said) => {
  expect(said()).toContainEqual(expect.stringMatching(messageWith(".+", message)));
});

/** Within one line of one text, an expression of the source, maybe with words around it. */
const VALUE = "[^\\n`]{0,100}?\\$\\{[^\\n`]{0,100}?";

test.each(messages.filter((message) => !PULUMIS.includes(message) && !(message in COMPOSED)))(
  "the message %s is one that the program says",
  (message) => {
    const said = messageWith(VALUE, message);
    expect(texts.filter((text) => said.test(text))).not.toEqual([]);
  },
);

test.each([
  ["the … is …", `the \${name} is \${state}`, true],
  ["the … is …", `the \${name} is gone`, true],
  ["the … is …", `the \${name}\`, \`it is \${gone}`, false],
  ["the … is …", `the name is \${gone}`, false],
])("a message %s is found in %s: %s", (message, source, isFound) => {
  expect(messageWith(VALUE, message).test(source)).toBe(isFound);
});
