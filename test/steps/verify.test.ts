import { beforeAll, describe, expect, test } from "vitest";
import { verify } from "../../steps/verify.ts";
import { clusterFileIn, THREE_NODES } from "../support/clusterFile.ts";
import { endpointStatusJson, MEMBERS, memberListJson } from "../support/etcd.ts";
import { fakeDocker } from "../support/fakeDocker.ts";
import { tempFolder } from "../support/folder.ts";
import { apiServer, type FakeCluster, kubernetesAnswers } from "../support/kubernetes.ts";
import { CATTLE, rancherAnswers } from "../support/rancher.ts";
import { type Answers, closedPort, serve } from "../support/server.ts";
import { failureOf, fakeSsh, stepTools } from "../support/steps.ts";

const [member] = MEMBERS;
const etcd = member ? [member] : [];

/** Every node is this machine, with an etcd of one member; one address refuses. */
beforeAll(() => {
  const folder = tempFolder();
  fakeSsh(folder, [REFUSING]);
  fakeDocker(folder, {
    containers: ["kube-apiserver", "kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy", "etcd"],
    exec: `case "$*" in *member*) echo '${memberListJson(etcd)}' ;; *) echo '${endpointStatusJson(etcd)}' ;; esac`,
  });
  // For all tests of the file, which run at the same time.
  process.env.PATH = `${folder}:/usr/bin:/bin`;
});

const REFUSING = "10.0.0.9";

const ONE_NODE = `${THREE_NODES.split("\n").slice(0, 2).join("\n")}\n`;

const LEADER = "control-plane.alpha.kubernetes.io/leader";
const LOCK = "/api/v1/namespaces/kube-system/configmaps/cattle-controllers";

describe.concurrent("the verification", () => {
  /** A cluster of one node that is this machine, with a Kubernetes API and a Rancher. */
  async function verifying(
    cluster: FakeCluster,
    { timeoutSeconds = 60, rancher = {} as Answers, api = {} as Answers, lock = (own: () => string) => own() } = {},
  ) {
    const answers = kubernetesAnswers(cluster);
    const own = answers[LOCK] as () => string;
    const { kubeconfig } = await apiServer({ ...answers, ...api, [LOCK]: () => lock(own) });
    const url = await serve({ ...rancherAnswers("v2.5.8", "2.5.8"), ...rancher });
    const expected = { image: "rancher/rancher:v2.5.8", version: "v2.5.8", url };
    const input = {
      rancher: { ...CATTLE, ...expected },
      // The containers of the fake have been started an hour after this.
      restarts: { node1: { clock: "2026-11-23T13:00:00Z", since: "2026-11-23T13:00:00Z" } },
      timeoutSeconds,
    };
    const used = stepTools(clusterFileIn(tempFolder(), ONE_NODE, kubeconfig));
    return { ...{ said: used.said, rancher: used.rancher }, run: verify(input, used) };
  }

  test("reads everything from a cluster that is as it must be, and tells what was verified", async () => {
    const { said, rancher, run } = await verifying({});
    expect(await run).toEqual({
      verified: true,
      nodesReady: 1,
      etcdMembers: 1,
      rancherVersion: "v2.5.8",
      rancherEvidence: {
        runs: "rancher/rancher:v2.5.8",
        answers: { versions: ["v2.5.8"], sources: ["version-txt", "server-version"] },
        leads: "cattle-1",
      },
      image: "rancher/rancher:v2.5.8",
      downstream: [],
    });
    expect(said).toEqual([]);
    expect(rancher).toEqual(["serving"]);
  });

  test("says once when Rancher first serves, though a node is not as it must be", async () => {
    const { rancher, run } = await verifying({ nodes: { node1: false } }, { timeoutSeconds: 2 });
    await failureOf(run);
    expect(rancher).toEqual(["serving"]);
  });

  test("tells which downstream clusters are not ready, and fails for none of them", async () => {
    const items = [
      { metadata: { name: "c-1" }, status: { conditions: [{ type: "Ready", status: "False" }] } },
      { metadata: { name: "local" }, status: {} },
    ];
    const { said, run } = await verifying(
      {},
      { api: { "/apis/management.cattle.io/v3/clusters": JSON.stringify({ items }) } },
    );
    expect(await run).toMatchObject({ verified: true, downstream: [{ id: "c-1", name: "c-1", ready: false }] });
    expect(said).toEqual(["downstream clusters: 0 of 1 ready; not: c-1 (not ready)"]);
  });

  test("waits for what is not yet as it must be, and tells it once", async () => {
    let asked = 0;
    const { said, run } = await verifying(
      {},
      { rancher: { "/ping": () => (++asked > 4 ? "pong" : [503, "starting"]) } },
    );
    expect(await run).toMatchObject({ verified: true });
    expect(said).toEqual([
      expect.stringMatching(
        /^waiting for: Rancher: .*\/ping answers with HTTP 503: no Rancher pod behind it is ready$/,
      ),
    ]);
  });

  test("waits beyond its time for a Rancher that serves and does not lead yet, as after every restore", async () => {
    const stranger = { metadata: { annotations: { [LEADER]: '{"holderIdentity":"cattle-9","renewTime":""}' } } };
    let shown: string[] = [];
    const { said, run } = await verifying(
      {},
      { timeoutSeconds: 0, lock: (own) => (shown.length > 0 ? own() : JSON.stringify(stranger)) },
    );
    shown = said;
    expect(await run).toMatchObject({ verified: true, rancherEvidence: { leads: "cattle-1" } });
    expect(said).toEqual([
      "waiting for: Rancher v2.5.8 does not lead yet: the lock kube-system/cattle-controllers is held by cattle-9, which is not one of its pods. After a restore this takes up to a minute",
    ]);
  });

  test("gives up in time, with everything that is not as it must be", async () => {
    const { rancher, run } = await verifying(
      { nodes: { node1: false }, image: "rancher/rancher:v2.5.9" },
      { timeoutSeconds: 0, rancher: { "/rancherversion": '{"Version":"v2.7.9"}' } },
    );
    expect(await failureOf(run)).toMatchObject({
      kind: "timeout",
      step: "verify",
      waitedSeconds: 0,
      happened: [
        "node1: not Ready",
        "Deployment cattle-system/cattle asks for rancher/rancher:v2.5.9, not rancher/rancher:v2.5.8",
        "Rancher answers with v2.7.9, not v2.5.8",
      ],
      pointOfNoReturn: { state: "passed-earlier" },
    });
    expect(rancher).toEqual([]);
  });

  test("of a cluster of which nothing can be read still ends with a failure in words", async () => {
    const { kubeconfig } = await apiServer();
    const clusterFile = clusterFileIn(tempFolder(), ONE_NODE.replace("10.0.0.1", REFUSING), kubeconfig);
    const url = `http://127.0.0.1:${await closedPort()}`;
    const rancher = { namespace: "n", deployment: "d", container: "c", image: "i:v1", version: "v1", url };
    const run = verify({ rancher, restarts: {}, timeoutSeconds: 0 }, stepTools(clusterFile));
    const { happened, remedies } = await failureOf(run);
    expect(remedies).toContain("look at the control plane: docker logs --tail 50 kube-apiserver");
    expect(remedies).toContain("look at etcd on every etcd host: docker logs --tail 50 etcd");
    expect(happened).toContain(`node1 (${REFUSING}): cannot be reached over SSH: connect to host ${REFUSING}: refused`);
    expect(happened.join("\n")).toMatch(
      /the Kubernetes API does not answer: .+\nDeployment n\/d cannot be read: .+\nRancher: /,
    );
  });
});
