import { describe, expect, test } from "vitest";
import type { Role } from "../../../cluster/clusterFile/clusterFile.ts";
import {
  parseRestart,
  parseRestartFacts,
  type RestartFacts,
  rancherStopScript,
  restartFactsScript,
  restartScript,
  restoredSince,
  startedBefore,
} from "../../../cluster/containers/restarts.ts";
import { type FakeDockerArgs, onNode } from "../../support/fakeDocker.ts";
import { CATTLE } from "../../support/rancher.ts";

const WORKER = ["nginx-proxy", "kubelet", "kube-proxy"];
const FLANNEL = "k8s_kube-flannel_canal-abcde_kube-system_1";
const RANCHER = "k8s_cattle-server_cattle-7c9d8-abcde_cattle-system_uid_0";
const BYSTANDERS = ["share-mnt", "k8s_POD_canal-abcde_kube-system_0", "k8s_web_shop-1_default_0"];

describe("what a node says before a restart", () => {
  const look = (roles: Role[], args: FakeDockerArgs) => onNode(restartFactsScript({ roles }, CATTLE), args);

  test("is its clock, its etcd, its components, its network and Rancher, each with its start, and no bystander", () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const { stdout } = look(["etcd", "worker"], {
      containers: [...BYSTANDERS, ...WORKER, "etcd", FLANNEL, RANCHER],
      starts: { kubelet: "2026-11-23T14:05:00.5Z" },
      exited: ["kube-proxy"],
    });
    const startedAt = Date.parse("2026-11-23T14:00:00.123Z");
    const { clock, ...facts } = parseRestartFacts(stdout, { roles: ["etcd", "worker"] });
    expect(facts).toEqual({
      etcd: { name: "etcd", running: true, startedAt },
      components: [
        { name: "nginx-proxy", running: true, startedAt },
        { name: "kubelet", running: true, startedAt: Date.parse("2026-11-23T14:05:00.5Z") },
        { name: "kube-proxy", running: false, startedAt },
      ],
      network: [{ name: FLANNEL, running: true, startedAt }],
      rancher: [{ name: RANCHER, running: true, startedAt }],
    });
    expect(clock).toBeGreaterThanOrEqual(before);
    expect(clock).toBeLessThanOrEqual(Date.now());
  });

  test("names a component that is missing, and no etcd where there is none", () => {
    const facts = parseRestartFacts(look(["worker"], { containers: ["kubelet", "nginx-proxy"] }).stdout, {
      roles: ["worker"],
    });
    expect(facts.components).toContainEqual({ name: "kube-proxy", running: false });
    expect(facts).not.toHaveProperty("etcd");
  });

  test("is a failure where Docker does not answer, and no missing container", () => {
    const { status, stdout, stderr } = look(["worker"], { containers: WORKER, down: true });
    expect(status).toBe(1);
    expect(stdout).not.toContain("absent");
    expect(stderr).toContain("Cannot connect to the Docker daemon");
  });

  test("is read without a clock where there is none", () => {
    expect(parseRestartFacts("", { roles: ["worker"] })).toEqual({
      ...{ clock: Number.NaN, components: [], network: [], rancher: [] },
    });
  });
});

const at = (time: string) => Date.parse(`2026-11-23T${time}Z`);

/** A node that was asked when both clocks said 15:00:00. */
function facts(etcd?: { startedAt?: number; running?: boolean }, clock = at("15:00:00")): RestartFacts {
  const running = { name: "etcd", running: true, startedAt: at("14:50:00"), ...etcd };
  return { clock, ...(etcd && { etcd: running }), components: [], network: [], rancher: [] };
}
const ASKED = { from: at("15:00:00.200"), to: at("15:00:00.700") };
const ETCD = { roles: ["etcd"] as Role[] };
const WORKS = { roles: ["worker"] as Role[] };

describe("since when a node has the restored data", () => {
  const WIPED = at("14:49:30");

  test("is the start of its own etcd", () => {
    expect(restoredSince(facts({}), ASKED, ETCD, WIPED)).toBe(at("14:50:00"));
  });

  test("is the wipe where it has no etcd, by the latest that its clock can be ahead", () => {
    expect(restoredSince(facts(), ASKED, WORKS, WIPED)).toBe(WIPED + 800);
    // Its clock is an hour ahead, so its containers start an hour later, too.
    expect(restoredSince(facts(undefined, at("16:00:00")), ASKED, WORKS, WIPED)).toBe(WIPED + 3_600_800);
  });

  test("is the start of its etcd also by a clock that is an hour behind", () => {
    const behind = facts({ startedAt: at("13:50:00") }, at("14:00:00"));
    expect(restoredSince(behind, ASKED, ETCD, WIPED)).toBe(at("13:50:00"));
  });

  test.each<[string, RestartFacts, typeof ETCD, number | undefined]>([
    ["when the wipe was is not known", facts({}), ETCD, undefined],
    ["when the wipe was is no time", facts({}), ETCD, Number.NaN],
    ["its clock is not known", facts({}, Number.NaN), ETCD, WIPED],
    ["its etcd is older than the wipe", facts({ startedAt: at("14:49:28") }), ETCD, WIPED],
    ["its etcd is stopped", facts({ running: false }), ETCD, WIPED],
    ["it lacks its etcd", facts(), ETCD, WIPED],
  ])("is not known where %s", (_, read, node, wipedAt) => {
    expect(restoredSince(read, ASKED, node, wipedAt)).toBeUndefined();
  });
});

describe("what has to be restarted", () => {
  const since = at("14:50:00");
  const old = (container: { startedAt?: number; running?: boolean }) =>
    startedBefore([{ name: "kubelet", running: true, ...container }], since, facts(), ASKED).length > 0;

  test("is what started before the restored data, and not what started on them", () => {
    expect(old({ startedAt: since - 1 })).toBe(true);
    expect(old({ startedAt: since })).toBe(false);
    // While the node was being asked.
    expect(old({ startedAt: at("15:00:01.400") })).toBe(false);
  });

  test("is also what is stopped, what is missing, and what claims to have started in the future", () => {
    expect(old({ startedAt: since + 1, running: false })).toBe(true);
    expect(old({})).toBe(true);
    expect(old({ startedAt: at("15:01:00") })).toBe(true);
  });
});

describe("a restart on a node", () => {
  test("restarts what it is given and nothing else, and names it", () => {
    const { status, stdout, stderr, restarted } = onNode(restartScript(["kubelet", FLANNEL]), {
      containers: [...WORKER, FLANNEL, RANCHER],
    });
    expect(status).toBe(0);
    expect(restarted).toEqual([FLANNEL, "kubelet"]);
    expect(parseRestart(stdout)).toEqual(["kubelet", FLANNEL]);
    expect(stderr).toBe(`restarting kubelet ${FLANNEL}\n`);
  });

  test("that one container refuses fails once the others have restarted", () => {
    const { status, stderr, restarted } = onNode(restartScript(WORKER), { containers: WORKER, stuck: ["nginx-proxy"] });
    expect(status).toBe(1);
    expect(stderr).toContain("nginx-proxy is stuck");
    expect(restarted).toEqual(["kube-proxy", "kubelet"]);
  });

  test("is no failure where kubelet replaces a container that may vanish, and one where a component is gone", () => {
    const args = { containers: [...WORKER, FLANNEL], vanish: [FLANNEL] };
    const free = onNode(restartScript(["kubelet", FLANNEL], { mayVanish: true }), args);
    expect(free.status).toBe(0);
    expect(parseRestart(free.stdout)).toEqual(["kubelet"]);
    expect(onNode(restartScript(["kubelet", FLANNEL]), args).status).toBe(1);
  });

  test("fails where Docker does not answer: what it does not list has not vanished", () => {
    const args = { containers: [FLANNEL, RANCHER], down: true };
    expect(onNode(restartScript([FLANNEL], { mayVanish: true }), args).status).toBe(1);
    expect(onNode(rancherStopScript([RANCHER]), args).status).toBe(1);
  });

  test("fails where a container that may vanish is still there", () => {
    const script = restartScript([FLANNEL], { mayVanish: true });
    expect(onNode(script, { containers: [FLANNEL], stuck: [FLANNEL] }).status).toBe(1);
  });
});

describe("Rancher's own containers", () => {
  const second = RANCHER.replace("abcde", "fghij");

  test("are stopped and not restarted, so that kubelet starts those whose pod is still wanted", () => {
    const { status, stdout, restarted, stopped } = onNode(rancherStopScript([RANCHER, second]), {
      containers: [...WORKER, RANCHER, second],
    });
    expect(status).toBe(0);
    expect(restarted).toEqual([]);
    expect(stopped.sort()).toEqual([RANCHER, second]);
    expect(parseRestart(stdout)).toEqual([RANCHER, second]);
  });

  test("that kubelet takes away meanwhile are no failure; that cannot be stopped are one", () => {
    const script = rancherStopScript([RANCHER, second]);
    const gone = onNode(script, { containers: [RANCHER, second], vanish: [RANCHER] });
    expect(gone.status).toBe(0);
    expect(parseRestart(gone.stdout)).toEqual([second]);
    expect(onNode(script, { containers: [RANCHER, second], stuck: [RANCHER] }).status).toBe(1);
  });
});

test("what a restart printed is read without what it does not know", () => {
  expect(parseRestart("noise\nrestarted /kubelet\nstopped rancher\n")).toEqual(["kubelet", "rancher"]);
  expect(parseRestart("")).toEqual([]);
});
