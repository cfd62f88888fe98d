import { appendFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { serve } from "../../support/server.ts";
import { snapshotBytes } from "../../support/snapshot.ts";
import { cluster } from "./preparedCluster.ts";

describe("with a way back in the config already", () => {
  const EARLIER = { snapshot: "before-2.5", rancherVersion: "v2.5.7" };

  /** A cluster on which the snapshot of that way is on every host. */
  async function prepared(over: Parameters<typeof cluster>[0] = {}) {
    const made = await cluster(over);
    for (const host of made.hosts) host.put(EARLIER.snapshot, snapshotBytes());
    return made;
  }

  /** A Rancher at this address that answers, or says that none of its pods is ready. */
  async function rancherAt(made: Awaited<ReturnType<typeof cluster>>, ping: string | [number, string]) {
    const url = await serve({ "/ping": ping, "/v3/settings/cacerts": '{"value":"pem"}' });
    return { rancher: { ...made.settings.rancher, url } };
  }

  test("another is prepared where the upgrade since has worked: Rancher is rolled out and serves", async () => {
    const made = await prepared();
    const { way } = await made.prepare(await rancherAt(made, "pong"), EARLIER);
    expect(way).toEqual({ snapshot: "before", rancherVersion: "v2.5.8" });
  });

  test("none is prepared while Rancher does not serve, though its pods count as available", async () => {
    const made = await prepared();
    const { way, messages, answered, text } = await made.prepare(await rancherAt(made, [503, ""]), EARLIER);
    expect([way, answered.saved]).toEqual([undefined, undefined]);
    expect(messages).toEqual([expect.stringMatching(/^the way back to before-2.5 is not replaced, .* HTTP 503/)]);
    expect(answered.problems[0]?.remedy).toEqual([
      expect.stringMatching(/^look at its pods: /),
      expect.stringMatching(/^where it serves/),
      "during an upgrade, wait until it has ended, then run prepare again",
      { text: "if it failed, roll back to before-2.5", command: "apply" },
    ]);
    expect(text.join()).toContain("if it failed, roll back to before-2.5: rancher-rollback apply --stack prod");
    for (const host of made.hosts) expect(host.names()).toEqual(["before-2.5"]);
  });

  test("that snapshot is none to keep where it is nowhere, as the example's after init", async () => {
    const made = await cluster();
    const { way } = await made.prepare(await rancherAt(made, [503, ""]), EARLIER);
    expect(way).toMatchObject({ snapshot: "before" });
  });

  test.each([
    ["a source gives it", { ...EARLIER, snapshotSource: "node:198.18.0.13" }, undefined],
    ["no host can list the cluster's bucket", EARLIER, "{bucket_name: etcd, endpoint: minio.example.com:9000}"],
  ])("that snapshot is one to keep where %s", async (_, written, s3) => {
    const made = await cluster();
    if (s3) appendFileSync(made.clusterFile, `services: {etcd: {backup_config: {s3backupconfig: ${s3}}}}\n`);
    const { messages } = await made.prepare(await rancherAt(made, [503, ""]), written);
    expect(messages).toEqual([expect.stringMatching(/^the way back to before-2.5 is not replaced/)]);
  });

  test("another is prepared with a warning while Rancher serves and pods of it are missing, as where a node is down", async () => {
    const made = await prepared({ replicas: [3, 2] });
    const { way } = await made.prepare(await rancherAt(made, "pong"), EARLIER);
    expect(way).toMatchObject({ snapshot: "before" });
    expect(made.said.join("\n")).toContain(
      "rancher/rancher:v2.5.8 is not rolled out: 3 of 3 replicas updated, 2 available; Rancher serves\n  → look at its pods",
    );
  });

  test("none is prepared while pods are missing and Rancher does not serve, also where that way is nowhere", async () => {
    const made = await cluster({ replicas: [3, 2] });
    const { way, messages } = await made.prepare(await rancherAt(made, [503, ""]));
    expect([way, messages]).toEqual([
      undefined,
      [expect.stringMatching(/2 available, and Rancher does not serve: .* HTTP 503/)],
    ]);
  });
});
