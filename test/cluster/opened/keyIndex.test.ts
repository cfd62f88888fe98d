import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type KeyIndex, keyDifference, parseIndex } from "../../../cluster/opened/keyIndex.ts";

/** An etcd that is no more than its keys and its revision. */
class Etcd {
  private revision: number;
  private readonly keys: KeyIndex["keys"];

  constructor(revision = 1, keys: KeyIndex["keys"] = new Map()) {
    this.revision = revision;
    this.keys = keys;
  }

  put(key: string): void {
    this.revision += 1;
    const created = this.keys.get(key)?.created ?? this.revision;
    this.keys.set(key, { created, modified: this.revision });
  }

  remove(key: string): void {
    if (this.keys.delete(key)) this.revision += 1;
  }

  /** What it has now; also what a restore of a snapshot goes on from, by default at the same revision. */
  restored(bump = 0): Etcd {
    return new Etcd(this.revision + bump, new Map([...this.keys].map(([key, value]) => [key, { ...value }])));
  }

  get index(): KeyIndex {
    return { revision: this.revision, keys: new Map(this.keys) };
  }

  has(key: string): boolean {
    return this.keys.has(key);
  }
}

/** The same numbers for the same seed, from 0 to below `below`. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

const key = (at: number) => `/registry/configmaps/default/${at}`;

function seeded(): Etcd {
  const etcd = new Etcd();
  for (let at = 0; at < 500; at++) etcd.put(key(at));
  return etcd;
}

function mix(etcd: Etcd, next: (below: number) => number, count: number, touch = (_: string) => {}): void {
  for (let at = 0; at < count; at++) {
    const one = key(next(900));
    touch(one);
    if (next(3) === 0) etcd.remove(one);
    else etcd.put(one);
  }
}

describe("the difference of two indexes", () => {
  test.each([1, 2, 3, 4, 5])("misses none of 1000 changes and invents none (seed %i)", (seed) => {
    const live = seeded();
    const snapshot = live.restored();
    const touched = new Map<string, boolean>();
    mix(live, numbers(seed), 1000, (one) => {
      if (!touched.has(one)) touched.set(one, snapshot.has(one));
    });
    const { changes, lineage } = keyDifference(snapshot.index, live.index);
    expect(lineage).toBe("same");
    const expected = [...touched].flatMap(([one, before]) => {
      const now = live.has(one);
      if (!before) return now ? [[one, "created"]] : [];
      return [[one, now ? "there" : "deleted"]];
    });
    const found = changes.map(({ key: one, change }) => [one, /changed|remade/.test(change) ? "there" : change]);
    expect(found.sort()).toEqual(expected.sort());
  });

  test("tells what was deleted and made again from what was changed", () => {
    const live = seeded();
    const snapshot = live.restored();
    live.put(key(1));
    live.remove(key(2));
    live.put(key(2));
    expect(keyDifference(snapshot.index, live.index).changes).toEqual([
      { key: key(1), change: "changed" },
      { key: key(2), change: "remade" },
    ]);
  });

  test("is empty for what was not touched, also behind a raised revision", () => {
    const etcd = seeded();
    expect(keyDifference(etcd.index, etcd.restored(1_000_000_000).index)).toEqual({ changes: [], lineage: "same" });
  });

  test.each([0, 1_000_000_000])(
    "of an etcd that was restored to an earlier snapshot is known as such (raised by %i)",
    (bump) => {
      const first = seeded();
      const earlier = first.restored();
      for (let at = 100; at < 200; at++) first.put(key(at));
      first.put(key(700));
      const snapshot = first.restored();
      const live = earlier.restored(bump);
      for (let at = 0; at < 300; at++) live.put(key(800));
      const { changes, lineage } = keyDifference(snapshot.index, live.index);
      expect(lineage).toBe("other");
      expect(changes).toHaveLength(102);
      expect(changes.filter(({ change }) => change !== "changed")).toEqual([
        { key: key(700), change: "deleted" },
        { key: key(800), change: "created" },
      ]);
    },
  );

  test("of another cluster's snapshot is known as such", () => {
    const other = new Etcd();
    for (let at = 0; at < 400; at++) other.put(`/registry/secrets/default/${at}`);
    expect(keyDifference(seeded().index, other.index).lineage).toBe("other");
  });
});

test("an index is read back as it was written, packed or not", () => {
  const lines = `${Buffer.from("/registry/ünï code").toString("base64")} 1099511627776 1099511627777\n`;
  const expected = {
    revision: 7,
    keys: new Map([["/registry/ünï code", { created: 2 ** 40, modified: 2 ** 40 + 1 }]]),
  };
  expect(parseIndex(7, "plain", lines)).toEqual(expected);
  const packed = gzipSync(lines).toString("base64").replaceAll(/.{76}/g, "$&\n");
  expect(parseIndex(7, "gzip", packed)).toEqual(expected);
});
