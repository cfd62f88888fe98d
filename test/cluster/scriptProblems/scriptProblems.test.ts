import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SETUP_FAILURES } from "../../../cluster/machine/userData.ts";
import { UNREAD } from "../../../cluster/opened/open.ts";
import type { Sentence } from "../../../cluster/script.ts";
import { DEFECTS, defectsText } from "../../../cluster/scriptProblems/defects.ts";
import { failureOf, SCRIPT_PROBLEMS } from "../../../cluster/scriptProblems/scriptProblems.ts";

/** By which words scripts tell a code, and where its sentence is. */
const CATALOGUES: [words: string, catalogue: Record<string, Sentence<unknown>>][] = [
  ["fail|fail_of_host|give_up", SCRIPT_PROBLEMS],
  ["because", DEFECTS],
  ["setup_failed", SETUP_FAILURES],
  ["tell unread|tell unanswered", UNREAD],
];

interface Call {
  code: string;
  names: string[];
}

/** Every call of these words in a script, which may go on in the next line; a call without a code of its own is refused. */
function callsIn(script: string, words: string): Call[] {
  const lines = script.replaceAll("\\\n", " ").split("\n");
  const code = lines
    .filter((line) => !/^\s*#/.test(line))
    .filter((line) => !new RegExp(`^(?:${words})\\(\\)`).test(line));
  return code.flatMap((line) =>
    [...line.matchAll(new RegExp(`(?<=^|[\\s;{(])(?:${words}) (.*)`, "g"))].flatMap(([, rest = ""]) => {
      const [, own = "", given = ""] = /^([a-z0-9-]+)(?![\w"$])(.*)/.exec(rest) ?? [];
      if (own === "") throw new Error(`no code: ${line}`);
      return { code: own, names: [...given.matchAll(/ (\w+)="/g)].map(([, name = ""]) => name) };
    }),
  );
}

/** What of calls and a catalogue does not fit, in both directions. */
function misfits(calls: Call[], catalogue: Record<string, Sentence<unknown>>): string[] {
  const unknown = calls
    .filter(({ code }) => !Object.hasOwn(catalogue, code))
    .map(({ code }) => `${code} has no sentence`);
  const unused = Object.keys(catalogue).filter((code) => calls.every((call) => call.code !== code));
  const other = calls.flatMap(({ code, names }) => {
    const needs = catalogue[code]?.needs.toSorted().join(" ");
    return needs === undefined || needs === names.toSorted().join(" ")
      ? []
      : `${code} needs ${needs}, not ${names.join(" ")}`;
  });
  return [...unknown, ...unused.map((code) => `${code} is told by no script`), ...other];
}

const FOLDER = join(import.meta.dirname, "../../../cluster");
const scripts = globSync("**/*.sh", { cwd: FOLDER }).map((file) => readFileSync(join(FOLDER, file), "utf8"));

describe("the codes of scripts", () => {
  test.each(CATALOGUES)(
    "that are told by %s have a sentence each, of the values that are given, and no sentence is left over",
    (words, catalogue) => {
      const calls = scripts.flatMap((script) => callsIn(script, words));
      expect(calls.length).toBeGreaterThanOrEqual(Object.keys(catalogue).length);
      expect(misfits(calls, catalogue)).toEqual([]);
    },
  );

  test("are missed where a sentence is missing, left over, or of other values", () => {
    const script = `fail() { :; } # CODE\n# fail not-read\nrun || fail one a="$a" b="$(last "$b")"\n{ x; fail two \\\n  c="$c"; }\n`;
    const calls = callsIn(script, "fail");
    expect(calls).toEqual([
      { code: "one", names: ["a", "b"] },
      { code: "two", names: ["c"] },
    ]);
    const needs = (...names: string[]) => ({ needs: names, say: () => "" });
    expect(misfits(calls, { one: needs("b", "a"), two: needs("c") })).toEqual([]);
    expect(misfits(calls, { one: needs("a"), three: needs() })).toEqual([
      "two has no sentence",
      "three is told by no script",
      "one needs a, not a b",
    ]);
    expect(() => callsIn('fail "there is no room"', "fail")).toThrow("no code");
  });

  test("are all that scripts print of a failure: no sentence is written in shell", () => {
    const printing = scripts.flatMap((script) =>
      script.split("\n").filter((line) => /(?:echo|printf) .*\bfailed\b/.test(line)),
    );
    expect(printing).toEqual([]);
  });
});

/** What a value may be that is more than a word. */
const TEXTS: Record<string, [given: string, shown: string]> = {
  why: ["value length 31\nwhy cut-short", "its length is 31"],
  wrong: [
    "value file base\nwhy no-zip\nvalue file x\nvalue method 7\nwhy zip-method",
    "base is not a zip; x is a zip packed in a way that RKE does not use (method 7)",
  ],
  need: ["70254592", "67 MiB"],
  least: ["73400320", "70 MiB"],
  free: ["1024", "1 MiB"],
  spare: ["2048", "2 MiB"],
  credentials: ["profile", "IMDSv2"],
  denied: ["s3://a: 403\ns3://b: 403", "s3://a: 403; s3://b: 403"],
  tried: ["s3://c: 404\ns3://d: 404", "s3://c: 404; s3://d: 404"],
};

describe("the values that a script tells are in the sentence:", () => {
  const sentences = CATALOGUES.flatMap(([, catalogue]) =>
    Object.entries(catalogue).map(([code, { needs, say }]) => ({ code, needs, say })),
  );

  test.each(sentences)("$code", ({ code, needs, say }) => {
    const given = (name: string) => TEXTS[name]?.[0] ?? `<${name}>`;
    // Of what is needed in no-room one of the two is known; opening tells it in KiB.
    const texts = Object.fromEntries(
      needs.map((name) => [name, code === "no-room" && name === "least" ? "" : given(name)]),
    );
    if (code === "no-room-to-open") texts.need = "68608";
    const said = JSON.stringify(say(texts)).replaceAll('\\"', '"');
    for (const name of needs.filter((one) => texts[one] !== ""))
      expect(said).toContain(TEXTS[name]?.[1] ?? `<${name}>`);
    expect(said).not.toMatch(/undefined|NaN|\n/);
    if (needs.length > 0) expect(say({})).toBeUndefined();
  });
});

const told = (code: string, values: Record<string, string>) =>
  failureOf(
    `${Object.entries(values)
      .flatMap(([name, text]) => text.split("\n").map((line) => `value ${name} ${line}\n`))
      .join("")}failed ${code}\n`,
  );

describe("a failure of a script", () => {
  test("is a problem with its remedy", () => {
    expect(told("no-place", { path: "/opt/my rke/x", disk: "/opt/my rke" })).toEqual({
      message: "/opt/my rke/x cannot be written",
      remedy: "df -h '/opt/my rke'",
    });
    expect(failureOf("snapshot there base\nnode failed no-awk\n")).toBeUndefined();
  });

  test("for want of room names what is needed as far as it is known", () => {
    const room = { folder: "/opt/rke", free: "307200", spare: "262144" };
    const message = (need: string, least: string) => told("no-room", { ...room, need, least })?.message;
    const rest = "300 MiB are free, and 256 MiB of them stay free for etcd and Docker";
    expect(message("104857601", "")).toBe(`there is no room in /opt/rke: the snapshot needs 101 MiB, ${rest}`);
    expect(message("", "104857600")).toBe(
      `there is no room in /opt/rke: the snapshot needs more than 100 MiB, ${rest}`,
    );
    expect(message("", "")).toBe(`there is no room in /opt/rke: the snapshot needs more than is left, ${rest}`);
  });

  test.each([
    ["keys", "correct what s3cmd names: bucket, folder, endpoint, region, or the keys"],
    [
      "profile-instead",
      "set s3AccessKey and s3SecretKey to keys that may read the bucket, or give the node an instance profile that may",
    ],
    ["", "correct what is named, or choose another source"],
    ["of-later", "correct what is named, or choose another source"],
  ])("to fetch with the credentials %s says what to look at", (credentials, remedy) => {
    expect(told("fetch-failed", { from: "there", exit: "1", said: "no", credentials })?.remedy).toBe(remedy);
  });

  test("to find a snapshot says of the keys only where they were denied access", () => {
    const message = (denied: string) =>
      told("s3-absent", { denied, tried: "s3://b/x: 404", credentials: "keys" })?.message;
    expect(message("")).toBe("no snapshot was found: s3://b/x: 404");
    expect(message("s3://b/x: 403")).toBe(
      "the keys of s3backupconfig in the cluster file are denied access (s3://b/x: 403); without them, no snapshot was found: s3://b/x: 404",
    );
  });

  test("of which this release knows nothing says what was told, and stops nothing", () => {
    expect(told("of-later", { disk: "/dev/x" })).toEqual({
      message: "a script failed for a reason that this release does not know: of-later (disk /dev/x)",
      remedy: "look at the node",
    });
    expect(told("no-place", { path: "/x" })?.message).toMatch(/does not know: no-place \(path \/x\)$/);
    expect(defectsText("value file base\nwhy of-later")).toBe(
      "base is not usable, for a reason that this release does not know: of-later (file base)",
    );
  });
});
