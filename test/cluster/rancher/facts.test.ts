import { describe, expect, test } from "vitest";
import { readRancherFacts, readServerVersion } from "../../../cluster/rancher/facts.ts";
import { readLock } from "../../../cluster/rancher/leader.ts";
import { apiReader, kubernetesAnswers } from "../../support/kubernetes.ts";
import { rancherAnswers, WANTED } from "../../support/rancher.ts";
import { serve } from "../../support/server.ts";

describe.concurrent("what is known of Rancher", () => {
  test("is what runs, what answers, the setting and the lock, the last two read twice", async () => {
    const reader = await apiReader(kubernetesAnswers());
    const url = await serve(rancherAnswers("v2.5.8", "2.5.8"));
    const facts = await readRancherFacts(() => reader, { ...WANTED, url });
    expect(facts).toMatchObject({
      runs: { image: WANTED.image, rolledOut: true, pods: [{ name: "cattle-1", node: "node1" }] },
      answers: [{ ui: "2.5.8" }, { ui: "2.5.8" }, { ui: "2.5.8" }],
      settings: ["v2.5.8", "v2.5.8"],
      lock: [
        { holder: "cattle-1", renewedAt: Date.parse("2026-11-23T15:30:02Z") },
        { holder: "cattle-1", renewedAt: Date.parse("2026-11-23T15:30:04Z") },
      ],
    });
  });

  test("is why, where nothing can be read", async () => {
    const reader = await apiReader();
    const facts = await readRancherFacts(() => reader, { ...WANTED, url: reader.server });
    const unreadable = { error: expect.stringContaining("the connection was refused") };
    expect(facts).toMatchObject({ runs: unreadable, settings: unreadable, lock: unreadable });
    expect(facts.answers[0]?.trouble).toMatchObject({ kind: "no-answer" });
  });

  test("holds no version where no Rancher has ever started, and no lock where nobody has led", async () => {
    const reader = await apiReader(kubernetesAnswers({ serverVersion: "", leader: "" }));
    expect(await readServerVersion(reader)).toBe("");
    expect(await readLock(reader, "v2.5.8")).toBeUndefined();
  });

  test("is the setting's default where its value is empty", async () => {
    const setting = { "/apis/management.cattle.io/v3/settings/server-version": '{"value":"","default":"dev"}' };
    expect(await readServerVersion(await apiReader(setting))).toBe("dev");
  });
});
