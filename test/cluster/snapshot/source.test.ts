import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  describeSource,
  type SnapshotSource,
  s3Place,
  sourceMistakes,
  sourceSecrets,
} from "../../../cluster/snapshot/source.ts";
import { clusterNode } from "../../support/clusterFile.ts";

const s3 = (over: Partial<Extract<SnapshotSource, { kind: "s3" }>> = {}) => ({
  kind: "s3" as const,
  bucket: "etcd",
  ...over,
});

describe("an S3 source", () => {
  test.each([
    [{}, { host: "s3.us-east-1.amazonaws.com", https: true, region: "us-east-1", folder: "s3://etcd/" }],
    [{ region: "eu-west-1" }, { host: "s3.eu-west-1.amazonaws.com", region: "eu-west-1" }],
    [{ endpoint: "minio.lan:9000" }, { host: "minio.lan:9000", https: true }],
    [{ endpoint: "http://10.0.0.9:9000/" }, { host: "10.0.0.9:9000", https: false }],
    [{ endpoint: "https://s3.example.com" }, { host: "s3.example.com", https: true }],
    [{ folder: "/prod/etcd/" }, { folder: "s3://etcd/prod/etcd/" }],
  ])("with %j is found there", (over, place) => {
    expect(sourceMistakes(s3(over))).toEqual([]);
    expect(s3Place(s3(over))).toMatchObject(place);
  });

  test.each([
    [{ bucket: "" }, "bucket"],
    [{ bucket: "a/b" }, "bucket"],
    [{ folder: "a*" }, "folder"],
    [{ endpoint: "ftp://x" }, "endpoint"],
    [{ endpoint: "http://user:pw@x" }, "endpoint"],
    [{ endpoint: "http://x/path" }, "endpoint"],
    [{ region: "EU West" }, "region"],
    [{ keys: { access: "A", secret: "" } }, "secret is empty"],
    [{ keys: { access: "ASIAEXAMPLE123456789", secret: "C" } }, "access is a temporary key"],
    [{ keys: { access: "A\nB", secret: "C" } }, "access is empty"],
  ])("with %j has a mistake", (over, word) => {
    expect(sourceMistakes(s3(over)).map(({ part, wrong }) => `${part} ${wrong}`)).toEqual([
      expect.stringContaining(word),
    ]);
  });
});

test("other sources have their mistakes too", () => {
  expect(sourceMistakes({ kind: "url", url: "https://x/base" })).toEqual([]);
  expect(sourceMistakes({ kind: "url", url: "file:///etc/passwd" })).not.toEqual([]);
  expect(sourceMistakes({ kind: "url", url: "base" })).not.toEqual([]);
  expect(sourceMistakes({ kind: "file", path: "" })).not.toEqual([]);
  expect(sourceMistakes({ kind: "file", path: "./base" })).toEqual([]);
  expect(sourceMistakes({ kind: "node", node: clusterNode() })).toEqual([]);
});

test("a source in words holds none of its secrets", () => {
  const word = fc.stringMatching(/^[a-z0-9]{8,12}$/);
  fc.assert(
    fc.property(word, word, word, (user, password, signature) => {
      const url: SnapshotSource = {
        kind: "url",
        url: `https://${user}:${password}@store.example.com/base?sig=${signature}`,
      };
      const bucket = s3({ keys: { access: user, secret: password } });
      for (const source of [url, bucket]) {
        expect(sourceSecrets(source).length).toBeGreaterThan(0);
        for (const secret of sourceSecrets(source)) expect(describeSource(source)).not.toContain(secret);
      }
      expect(describeSource(url)).toBe("https://store.example.com/base");
    }),
  );
  expect(sourceSecrets({ kind: "url", url: "https://store.example.com/base" })).toEqual([]);
  expect(describeSource(s3({ folder: "prod" }))).toBe("s3://etcd/prod/ at s3.us-east-1.amazonaws.com");
  expect(describeSource({ kind: "file", path: "./base" })).toBe("./base");
  expect(describeSource({ kind: "node", node: clusterNode() })).toBe("the node node1");
});
