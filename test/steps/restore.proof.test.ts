import { describe, expect, test } from "vitest";
import { copy, proof, restoreStep, SNAPSHOT, WHOLE } from "../support/restoreStep.ts";
import { remember, rememberedBy, restoreRecord } from "../support/restores.ts";
import { rkeZip, sha256, snapshotBytes } from "../support/snapshot.ts";
import { failureOf } from "../support/steps.ts";
import { ago } from "../support/time.ts";

describe("proof and safety copy", () => {
  test("of less than two minutes ago are taken as they are", async () => {
    const { nodes, tools, run } = restoreStep(WHOLE, { proven: proof(100), saved: copy(100) });
    expect((await run()).safetyCopy?.name).toBe("safety-1");
    for (const node of nodes) {
      expect(node.names()).toEqual(["base"]);
      expect(node.argv.join("\n")).not.toContain("snapshot save");
    }
    expect(tools.said.join("\n")).not.toContain("checking again");
  });

  test.each([
    ["of more than two minutes ago", 130],
    ["of a time to come, by a clock that is ahead,", -3600],
  ])("%s are made again, and the report names the new copy", async (_, age) => {
    const { nodes, tools, run } = restoreStep(WHOLE, { proven: proof(age), saved: copy(age) });
    const { safetyCopy } = await run();
    expect(safetyCopy?.name).toMatch(/^safety-\d{8}T\d{6}Z$/);
    expect(tools.copies).toEqual([safetyCopy?.name]);
    expect(tools.said).toContainEqual(expect.stringMatching(/^checking snapshot base on every etcd node/));
    for (const node of nodes) {
      expect(node.names()).toEqual(["base", safetyCopy?.name]);
      expect(rememberedBy(node)).toMatchObject([
        { content: sha256(SNAPSHOT), safetyCopy: { name: safetyCopy?.name, rancherImage: safetyCopy?.rancherImage } },
      ]);
    }
  });

  test("are not made where the settings say to go without a copy", async () => {
    const { nodes, run } = restoreStep(WHOLE, { safetyCopy: undefined, saved: undefined });
    expect(await run()).not.toHaveProperty("safetyCopy");
    for (const node of nodes) {
      expect(node.names()).toEqual(["base"]);
      expect(rememberedBy(node)[0]).not.toHaveProperty("safetyCopy");
    }
  });

  test("finds what an RKE that failed had fetched beside each host's own zip, and removes it", async () => {
    const own = [0, 1, 2].map((number) => snapshotBytes(100 + number));
    const proven = proof(130);
    const nodes = proven.nodes.map((one, at) => ({ ...one, file: "base.zip", sha256: sha256(own[at] ?? SNAPSHOT) }));
    const step = restoreStep(WHOLE, { proven: { ...proven, nodes } });
    step.nodes.forEach((node, at) => {
      node.put("base.zip", rkeZip("base", own[at] ?? SNAPSHOT));
      // RKE compares what all of them have fetched from the first.
      node.put("base", own[0] ?? SNAPSHOT);
    });
    expect(await failureOf(step.run())).toMatchObject({
      happened: [expect.stringContaining("holds two different snapshots"), expect.anything()],
    });
    remember(step.nodes, restoreRecord({ snapshot: "base", run: 1, startedAt: ago(60) }));
    await step.run();
    for (const node of step.nodes) expect(node.names()).not.toContain("base");
    expect(step.tools.said.filter((line) => line.includes("removed"))).toHaveLength(3);
  });

  test("leave another snapshot of that name alone, which RKE has not fetched, and refuse it", async () => {
    const proven = proof(130);
    const nodes = proven.nodes.map((one) => ({ ...one, file: "base.zip" }));
    const step = restoreStep(WHOLE, { proven: { ...proven, nodes } });
    const another = snapshotBytes(101, "somebody's own");
    for (const node of step.nodes) {
      node.put("base.zip", rkeZip("base", SNAPSHOT));
      node.put("base", another);
    }
    remember(step.nodes, restoreRecord({ snapshot: "base", run: 1, startedAt: ago(60) }));
    expect((await failureOf(step.run())).happened).toContainEqual(
      expect.stringContaining("holds two different snapshots"),
    );
    expect(step.ran()).toBe(false);
    for (const node of step.nodes) expect(node.files().base).toEqual(another);
  });

  test("must be of the same snapshot: one that was exchanged since is refused", async () => {
    const { nodes, ran, run } = restoreStep(WHOLE, { proven: proof(130, snapshotBytes(100, "before")) });
    expect(await failureOf(run())).toMatchObject({
      kind: "check",
      happened: [
        expect.stringMatching(/^the snapshot has changed since it was checked at .*, on node1, node2, node3$/),
      ],
      pointOfNoReturn: { state: "not-reached" },
    });
    expect(ran()).toBe(false);
    for (const node of nodes) expect(rememberedBy(node)).toEqual([]);
  });

  test("that cannot be made again end the restore before RKE is started", async () => {
    const { nodes, ran, run } = restoreStep(WHOLE, { proven: proof(130) });
    nodes[1]?.put("base", SNAPSHOT.subarray(0, 1000));
    expect(await failureOf(run())).toMatchObject({
      kind: "check",
      step: "preflight",
      snapshot: "base",
      pointOfNoReturn: { state: "not-reached" },
    });
    expect(ran()).toBe(false);
  });
});
