import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseProof, snapshotProofScript } from "../../../cluster/snapshot/proof.ts";
import { pullScript } from "../../../cluster/snapshot/pull.ts";
import { sourceMistakes } from "../../../cluster/snapshot/source.ts";
import { fakeDownloader, fakeS3cmd } from "../../support/fetching.ts";
import { snapshotBytes } from "../../support/snapshot.ts";
import { SnapshotNode } from "../../support/snapshotNode.ts";

const SNAPSHOT = snapshotBytes();
const nasty = fc.stringMatching(/^[A-Za-z '"`$();&|<>~#!\\={}@:%+,^-]{1,16}$/);
const runs = { numRuns: 12 };

// The settings refuse most of these; quoting is what holds where a check is forgotten.
describe("whatever stands in a setting is no syntax on the node:", { timeout: 120_000 }, () => {
  test("a snapshot's name", async () => {
    const node = new SnapshotNode();
    await fc.assert(
      fc.asyncProperty(nasty, async (name) => {
        node.put(name, SNAPSHOT);
        const { code, stdout, stderr } = await node.run(snapshotProofScript({ name }));
        expect([code, stderr]).toEqual([0, `proving ${node.snapshots}/${name}\n`]);
        expect("failed" in parseProof(stdout)).toBe(false);
      }),
      { ...runs, examples: [["\\\\+"]] },
    );
  });

  test("a bucket, a folder and a region", async () => {
    await fc.assert(
      fc.asyncProperty(nasty, nasty, nasty, async (bucket, folder, region) => {
        const node = new SnapshotNode();
        fakeS3cmd(node, {});
        const keys = { access: "A", secret: "S" };
        const { script, input } = pullScript({
          name: "base",
          source: { kind: "s3", bucket, folder, region, endpoint: "minio", keys },
        });
        await node.run(script, input);
        expect(node.argv[0]).toBe(
          `s3cmd --config=/dev/null --host=minio --host-bucket=minio --region=${region} --ssl --no-progress info s3://${bucket}/${folder}/base.zip`,
        );
        expect(node.names()).toEqual([]);
      }),
      runs,
    );
  });

  test("the keys, which reach s3cmd byte for byte", async () => {
    const key = fc.stringMatching(/^[\x21-\x7e]{1,40}$/);
    await fc.assert(
      fc.asyncProperty(key, key, async (access, secret) => {
        const node = new SnapshotNode();
        fakeS3cmd(node, { "etcd/base": SNAPSHOT });
        const source = { kind: "s3" as const, bucket: "etcd", keys: { access, secret } };
        expect(sourceMistakes(source)).toEqual([]);
        const { script, input } = pullScript({ name: "base", source });
        expect((await node.run(script, input)).stdout).toMatch(/^value file base\n(?:value .*\n)*snapshot fetched$/m);
        expect(readFileSync(join(node.root, "keys"), "utf8")).toBe(`${access} ${secret}\n`);
      }),
      runs,
    );
  });

  test("a url, which reaches curl and wget as it is", async () => {
    await fc.assert(
      fc.asyncProperty(
        nasty,
        nasty,
        fc.constantFrom("curl" as const, "wget" as const),
        async (path, query, program) => {
          const url = new URL(`https://store.example.com/${path.replaceAll("#", "")}?${query.replaceAll("#", "")}`)
            .href;
          const node = new SnapshotNode();
          fakeDownloader(node, program, { url: "", content: SNAPSHOT });
          const { script, input } = pullScript({ name: "base", source: { kind: "url", url } });
          await node.run(script, input);
          expect(readFileSync(join(node.root, "asked"), "utf8")).toBe(url.replaceAll("\\", "%5C"));
          expect(node.argv.join("\n")).not.toContain("store.example.com");
        },
      ),
      runs,
    );
  });
});
