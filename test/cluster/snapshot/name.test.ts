import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRkeVersion, type RkeVersion } from "../../../cluster/rke/version.ts";
import { prunedNameMistake, snapshotNameForRke, snapshotNameMistake } from "../../../cluster/snapshot/name.ts";

const NAME_CHARACTERS = "abcXYZ019._:+@-";
const goodName = fc
  .tuple(fc.constantFrom(..."aZ09"), fc.string({ unit: fc.constantFrom(...NAME_CHARACTERS), maxLength: 60 }))
  .map(([first, rest]) => first + rest)
  .filter((name) => !name.includes("..") && !/\.(tar|tgz|gz|bz2|xz|7z|zst)$/i.test(name));

function release(text: string): RkeVersion {
  const version = parseRkeVersion(`rke version ${text}\n`);
  if (!version) throw new Error(`${text} is no release`);
  return version;
}

describe("a snapshot's name", () => {
  test.each([
    "before-upgrade-v2.5.9",
    "2026-11-20T02:00:00Z_etcd",
    "c-x7k2p-rs-9tv4q_2020-05-01T00:00:00Z",
    "rke_etcd_snapshot_2020-05-01T00:00:00+02:00",
    "a",
    "0",
    "snapshot.db",
    "before.zip",
    "a".repeat(200),
  ])("is accepted: %s", (name) => {
    expect(snapshotNameMistake(name)).toBeUndefined();
  });

  test.each([
    ["", "is empty"],
    ["/opt/rke/etcd-snapshots/base", "is a path"],
    ["base/", "is a path"],
    ["../base", "is a path"],
    ["..", '".."'],
    ["a..b", '".."'],
    ["a".repeat(201), "is longer than 200"],
    ["base.tar.gz", "is an archive"],
    ["base.TGZ", "is an archive"],
    ["-rf", "starts with a letter or a digit"],
    [".hidden", "starts with a letter or a digit"],
    ["a b", "may hold letters"],
    ["a\n", "may hold letters"],
    ["a;b", "may hold letters"],
    ["a'b", "may hold letters"],
    ['a"b', "may hold letters"],
    ["$(id)", "may hold letters"],
    ["a$b", "may hold letters"],
    ["a`b", "may hold letters"],
    ["a\\b", "may hold letters"],
    ["a\0", "may hold letters"],
    ["ümlaut", "may hold letters"],
    [".zip", "starts with a letter or a digit"],
    ["zip", "an extension without a name"],
  ])("is refused with a reason: %j", (name, reason) => {
    expect(snapshotNameMistake(name)).toContain(reason);
  });

  test("is never accepted with anything in it that a path, a shell or an option parser could read", () => {
    const dangerous = fc.constantFrom(
      ..."/'\";$()`&|<>*?[]{}!#~=,%^\\ \t\n\r\0\u00a0\u2028",
      "..",
      "$(id)",
      "&&",
      "ä",
      "🙂",
    );
    fc.assert(
      fc.property(goodName, dangerous, fc.nat(61), (name, piece, at) => {
        expect(snapshotNameMistake(name.slice(0, at) + piece + name.slice(at))).toBeDefined();
      }),
    );
  });

  test("is never accepted with a dash at its start", () => {
    fc.assert(fc.property(goodName, (name) => snapshotNameMistake(`-${name}`) !== undefined));
  });

  test("is, when it is accepted, one plain word to a shell, a path and an option parser, whatever was typed", () => {
    fc.assert(
      fc.property(fc.oneof(goodName, fc.string({ maxLength: 3 })), (typed) => {
        if (snapshotNameMistake(typed) !== undefined) return;
        expect(typed).toMatch(/^[\w][\w.:+@-]*$/);
        expect(typed).not.toContain("..");
      }),
    );
  });

  test("of letters, digits and what RKE's own names carry is accepted", () => {
    fc.assert(
      fc.property(
        goodName.filter((name) => !/^zip$/i.test(name)),
        (name) => {
          expect(snapshotNameMistake(name)).toBeUndefined();
        },
      ),
    );
  });
});

describe("a name by which a snapshot would be removed after a while", () => {
  test.each([
    ["2026-11-28T01:00:00Z_before", "RKE's recurring snapshots"],
    ["2026-11-28T01:00:00+02:00_etcd", "RKE's recurring snapshots"],
    ["2026-11-28T01:00:00.5Z_before_2.6", "RKE's recurring snapshots"],
    ["2026-11-28T01:00:00Z", "RKE's recurring snapshots"],
    ["c-x7k2p-rs-9tv4q_2020-05-01T00:00:00Z", "Rancher's own"],
    ["c-x7k2p-rl-9tv4q", "Rancher's own"],
  ])("is told with the reason: %s", (name, reason) => {
    expect(prunedNameMistake(name)).toContain(reason);
  });

  test.each([
    "prepared-20261128T010000Z",
    "before-upgrade-v2.5.9",
    "before_2026-11-28T01:00:00Z",
    "2026-11-28_before",
    "c-prod",
  ])("is not one that RKE and Rancher leave alone: %s", (name) => {
    expect(prunedNameMistake(name)).toBeUndefined();
  });
});

describe("the name that RKE is given", () => {
  test("loses .zip for releases that zip, with a word about it", () => {
    expect(snapshotNameForRke("base.zip", release("v1.8.0"))).toEqual({
      name: "base",
      note: { message: 'RKE v1.8.0 wants snapshot names without ".zip": "base.zip" is used as "base"' },
    });
  });

  test("keeps .zip for releases before v0.2.5, which take the file's name as it is", () => {
    expect(snapshotNameForRke("base.zip", release("v0.2.4"))).toEqual({ name: "base.zip" });
    expect(snapshotNameForRke("base.zip", release("v0.2.5")).name).toBe("base");
  });

  test("is the typed one, without a word, where nothing needs to change", () => {
    fc.assert(
      fc.property(
        goodName.filter((name) => !/\.zip$/i.test(name)),
        (name) => {
          expect(snapshotNameForRke(name, release("v1.8.0"))).toEqual({ name });
        },
      ),
    );
  });

  test("never ends in .zip for a release that would wipe the nodes over it, however often .zip was typed", () => {
    fc.assert(
      fc.property(goodName, fc.array(fc.constantFrom(".zip", ".ZIP"), { minLength: 1, maxLength: 3 }), (name, ends) => {
        expect(snapshotNameForRke(name + ends.join(""), release("v1.8.0")).name).not.toMatch(/\.zip$/i);
      }),
    );
  });
});
