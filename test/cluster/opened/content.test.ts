import { expect, test } from "vitest";
import { CONTENT_RULES, contentOf, contentQuestions, liveClusterUid } from "../../../cluster/opened/content.ts";
import type { KeyIndex } from "../../../cluster/opened/keyIndex.ts";
import type { Answer } from "../../../cluster/opened/open.ts";

const RANCHER = { namespace: "cattle-system", deployment: "rancher", container: "rancher" };
const LEASES = "/registry/leases/kube-node-lease";
const answer = (opened: Answer["opened"]): Answer => ({ opened, live: {}, alike: {} });

test("a snapshot tells when it was taken, of which cluster, and which Kubernetes and Rancher it holds", () => {
  const answers = new Map([
    [`${LEASES}/node1`, answer({ "2.4.1": [1_795_771_800] })],
    [`${LEASES}/node2`, answer({ "2.4.1": [1_795_771_807] })],
    ["/registry/minions/node1", answer({ "3.7.7": ["v1.9.15"], "3.4.3.1": [1_795_779_999] })],
    ["/registry/minions/node2", answer({ "3.7.7": ["v1.20.15"] })],
    ["/registry/namespaces/kube-system", answer({ "1.5": ["0b1c2d3e"] })],
    ["/registry/management.cattle.io/settings/server-version", answer({ value: ["v2.5.8"], default: [""] })],
    [
      "/registry/deployments/cattle-system/rancher",
      answer({ "2.3.2.2.1": ["audit", "rancher"], "2.3.2.2.2": ["busybox", "rancher/rancher:v2.5.8"] }),
    ],
  ]);
  expect(contentOf(answers, RANCHER)).toEqual({
    takenAt: "2026-11-27T09:30:07.000Z",
    clusterUid: "0b1c2d3e",
    kubernetes: "v1.20.15",
    rancher: "v2.5.8",
    rancherImage: "rancher/rancher:v2.5.8",
  });
});

test("without leases a snapshot is as old as the last that was heard of a node", () => {
  const answers = new Map([["/registry/minions/node1", answer({ "3.4.3.1": [1_795_771_800, 1_795_771_805] })]]);
  expect(contentOf(answers, RANCHER)).toEqual({ takenAt: "2026-11-27T09:30:05.000Z" });
  expect(contentOf(new Map(), RANCHER)).toEqual({});
});

function takenAt(read: Parameters<typeof contentOf>[2], beats: number[]): string | undefined {
  const leases = beats.map((seconds, number) => [`${LEASES}/node${number}`, answer({ "2.4.1": [seconds] })] as const);
  return contentOf(new Map(leases), RANCHER, read).takenAt;
}

test("a heartbeat long after a snapshot was saved by its name or file is none, whenever it is read", () => {
  const savedAt = Date.parse("2026-11-27T02:00:00Z");
  const [saved, hours] = [savedAt / 1000, 3600];
  for (const now of [savedAt + 3_600_000, savedAt + 86_400_000]) {
    expect(takenAt({ savedAt, now }, [saved - 4, saved + 3, saved + 8 * hours])).toBe("2026-11-27T02:00:03.000Z");
  }
  const now = savedAt + 86_400_000;
  expect(takenAt({ now }, [saved, saved + 8 * hours])).toBe("2026-11-27T10:00:00.000Z");
  // The host that saved it is the one whose clock is wrong; the last node was dead by then.
  expect(takenAt({ savedAt, now }, [saved + 8 * hours, saved + 8 * hours, saved - 48 * hours])).toBe(
    "2026-11-27T10:00:00.000Z",
  );
  expect(takenAt({ savedAt, now }, [saved + 8 * hours])).toBe("2026-11-27T10:00:00.000Z");
});

test("a heartbeat from the future is none: a node's clock may be ahead", () => {
  const now = Date.parse("2026-11-27T10:00:00Z");
  const at = (...beats: number[]) => takenAt({ now }, beats);
  const seconds = now / 1000;
  expect(at(seconds - 3600, seconds + 86_400 * 30)).toBe("2026-11-27T09:00:00.000Z");
  expect(at(seconds - 3600, seconds + 60)).toBe("2026-11-27T10:01:00.000Z");
  expect(at(seconds + 86_400)).toBeUndefined();
});

test("the cluster's uid is read where Kubernetes stores JSON, too", () => {
  const json = { "metadata.uid": ["0b1c2d3e"] };
  const answers = new Map([["/registry/namespaces/kube-system", { opened: json, live: json, alike: {} }]]);
  expect([contentOf(answers, RANCHER).clusterUid, liveClusterUid(answers)]).toEqual(["0b1c2d3e", "0b1c2d3e"]);
});

test("only some leases are asked, the last written first, and each rule is known", () => {
  const keys = new Map(
    Array.from({ length: 300 }, (_, at) => [`${LEASES}/node${at}`, { created: 1, modified: at }] as const),
  );
  const opened: KeyIndex = { revision: 300, keys };
  const questions = contentQuestions({ opened, live: { unknown: "no answer" } }, RANCHER);
  expect(questions[0]?.key).toBe(`${LEASES}/node299`);
  expect(questions.length).toBeLessThan(150);
  for (const { rule } of questions) expect(CONTENT_RULES).toContain(rule);
});
