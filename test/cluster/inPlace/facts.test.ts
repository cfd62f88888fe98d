import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseRestores } from "../../../cluster/history/restores.ts";
import {
  etcdArgument,
  exchangeState,
  factsScript,
  type InPlaceFacts,
  parseFacts,
} from "../../../cluster/inPlace/facts.ts";
import { textFile } from "../../support/folder.ts";
import { rkeZip, snapshotBytes } from "../../support/snapshot.ts";
import { SnapshotNode } from "../../support/snapshotNode.ts";
import { someFacts } from "./someFacts.ts";

const TOOLS = "sh dd wc tr od tail head tee cat sha256sum date ls df du gzip sed stat base64 id".split(" ");
const STATE = JSON.stringify({
  desiredState: {
    rkeConfig: {
      kubernetesVersion: "v1.20.15-rancher2-2",
      systemImages: { kubernetes: "rancher/hyperkube:v1.20.15-rancher2" },
    },
    certificatesBundle: {
      "kube-ca": { certificatePEM: "a CA", keyPEM: "secret-1" },
      "kube-service-account-token": { keyPEM: "secret-2" },
    },
    encryptionConfig: "secret-3",
  },
  currentState: {},
});

interface World {
  /** What Docker says instead of every answer. */
  silent?: string;
  /** Docker's word for etcd's container; none where it is gone. */
  status?: string | undefined;
  /** The help of `snapshot restore`, by program; a program that is not named is not in the image. */
  help?: Record<string, string>;
  /** Lines of /proc/self/mountinfo; ROOT is the data directory. */
  mounts?: string;
  prepare?: (data: string) => void;
  zip?: Buffer;
}

/** Runs the script on a "node" and parses what it printed. */
async function factsOf({ prepare, zip, mounts = "", ...world }: World = {}): Promise<{
  facts: InPlaceFacts;
  data: string;
  argv: string[];
  printed: string;
}> {
  const status = "status" in world ? world.status : "running";
  const help = world.help ?? { etcdctl: "--data-dir=''" };
  const node = new SnapshotNode(TOOLS);
  const data = join(node.root, "etcd");
  if (prepare) prepare(data);
  else mkdirSync(join(data, "member/snap"), { recursive: true });
  const helps = Object.entries(help).map(([tool, text]) => `*"${tool} snapshot restore"*) echo "${text}" ;;`);
  const versions = Object.keys(help).map(
    (tool) => `*"${tool} version"*) echo "${tool} version: 3.4.15"; echo "API version: 3.4" ;;`,
  );
  // docker run names the program as its entry point.
  node.program(
    "docker",
    `words=$(echo "$*" | sed 's/--entrypoint \\([a-z]*\\) sha256:1234/\\1/')
${world.silent ? `echo "${world.silent}" >&2; exit 1` : ""}
case $words in
  "version "*) echo 20.10.24 ;;
  *Mounts*) ${status ? `echo "/var/lib/rancher/etcd $here/etcd"` : "exit 1"} ;;
  *State.Status*Image*) ${status ? `echo "etcd ${status} sha256:1234 rancher/etcd:v3.4.15"` : "exit 1"} ;;
  *State.Status*) echo ${status} ;;
  *'{{.Image}}'*) echo sha256:1234 ;;
  *Args*) echo "arg --name=etcd-node1"; echo "arg --data-dir=/var/lib/rancher/etcd/" ;;
  *kubelet*) echo "kubernetes rancher/hyperkube:v1.20.15-rancher2" ;;
  ${helps.join("\n  ")}
  ${versions.join("\n  ")}
  *) exit 126 ;;
esac`,
  );
  if (zip) node.put("base.zip", zip);
  const mountinfo = textFile(join(node.root, "mountinfo"), mounts.replaceAll("ROOT", data));
  const script = factsScript({}, "base").replaceAll("/proc/self/mountinfo", mountinfo);
  const { code, stdout, stderr } = await node.run(script);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return { facts: parseFacts(stdout), data, argv: node.argv, printed: stdout };
}

describe.concurrent("an etcd host", () => {
  test("says how its etcd runs, where its data are, and whose", async () => {
    const { facts, data, argv } = await factsOf({
      prepare: (folder) => {
        mkdirSync(join(folder, "member"), { recursive: true, mode: 0o700 });
        writeFileSync(join(folder, "member/db"), Buffer.alloc(300_000, 1));
      },
    });
    expect(facts).toMatchObject({
      container: {
        status: "running",
        imageId: "sha256:1234",
        image: "rancher/etcd:v3.4.15",
        args: ["--name=etcd-node1", "--data-dir=/var/lib/rancher/etcd/"],
      },
      dataDir: data,
      hasMember: true,
      owner: `${process.getuid?.()}:${process.getgid?.()}`,
      mode: "700",
      mounts: [],
      tool: { name: "etcdctl", version: "3.4.15", bumpsRevision: false },
      kubernetesImage: "rancher/hyperkube:v1.20.15-rancher2",
      exchanges: [],
    });
    expect(facts.freeKiB).toBeGreaterThan(0);
    expect(argv.some((line) => /docker (run|start|stop|kill|rm)\b/.test(line))).toBe(false);
  });

  test("names etcdutl before etcdctl, and whether it can raise the revision", async () => {
    const help = { etcdutl: "--bump-revision 0 --data-dir", etcdctl: "--data-dir" };
    expect((await factsOf({ help })).facts.tool).toEqual({ name: "etcdutl", version: "3.4.15", bumpsRevision: true });
  });

  test("names no program where etcdctl has no restore any more and etcdutl is not in the image", async () => {
    expect((await factsOf({ help: { etcdctl: "etcdctl snapshot save <filename>" } })).facts.tool).toBeUndefined();
  });

  test("asks the image in a container without a network where etcd does not run", async () => {
    const { facts, argv } = await factsOf({ status: "exited" });
    expect(facts).toMatchObject({ container: { status: "exited" }, tool: { name: "etcdctl" } });
    expect(argv.some((line) => line.startsWith("docker exec"))).toBe(false);
    const runs = argv.filter((line) => line.startsWith("docker run"));
    expect(runs.length).toBeGreaterThan(0);
    for (const line of runs) expect(line).toMatch(/--network none .*--rm/);
  });

  test("says that there is no container and no data", async () => {
    const { facts } = await factsOf({ status: undefined, prepare: () => {} });
    expect(facts).toMatchObject({ hasMember: false, freeKiB: expect.any(Number) });
    expect(facts.container).toBeUndefined();
    expect(facts.tool).toBeUndefined();
  });

  test("whose Docker does not answer says so, and what lies there all the same", async () => {
    const { facts } = await factsOf({ silent: "Cannot connect to the Docker daemon" });
    expect(facts).toMatchObject({ dockerSaid: "Cannot connect to the Docker daemon", freeKiB: expect.any(Number) });
    expect(facts.container).toBeUndefined();
    expect((await factsOf()).facts.dockerSaid).toBeUndefined();
  });

  test("names the mounts and links below its data, and no mount beside them", async () => {
    const mounts = ["22 1 0:21 / ROOT rw - ext4 /dev/sda rw", "23 1 0:22 / ROOT/member/wal rw - ext4 /dev/sdb rw", ""];
    const { facts, data } = await factsOf({
      mounts: mounts.join("\n"),
      prepare: (folder) => {
        mkdirSync(join(folder, "elsewhere"), { recursive: true });
        symlinkSync(join(folder, "elsewhere"), join(folder, "member"));
      },
    });
    expect(facts.mounts).toEqual([`${data}/member/wal`, `${data}/member`]);
  });

  test("reads how far each exchange is from what is there", async () => {
    const about = { snapshot: "base", run: 1, startedAt: "2026-11-23T03:00:00Z", way: "in-place" };
    const { facts } = await factsOf({
      prepare: (data) => {
        mkdirSync(join(data, "member"), { recursive: true });
        mkdirSync(join(data, ".rancher-rollback/rollback-1/old/member"), { recursive: true });
        mkdirSync(join(data, ".rancher-rollback/rollback-2/new/member"), { recursive: true });
        textFile(join(data, ".rancher-rollback/rollback-1/about.json"), JSON.stringify(about, undefined, 2));
        textFile(join(data, ".rancher-rollback/rollback-2/about.json"), "{");
      },
    });
    expect(facts.exchanges).toEqual([
      { id: "rollback-1", hasNew: false, hasOld: true, oldKiB: expect.any(Number), about },
      { id: "rollback-2", hasNew: true, hasOld: false, oldKiB: 0 },
    ]);
    expect(["rollback-1", "rollback-2", "rollback-3"].map((id) => exchangeState(facts, id))).toEqual([
      "exchanged",
      "prepared",
      "none",
    ]);
  });

  test("tells the owner of the old data where an exchange was cut off half way", async () => {
    const { facts } = await factsOf({
      prepare: (data) =>
        mkdirSync(join(data, ".rancher-rollback/rollback-1/old/member"), { recursive: true, mode: 0o750 }),
    });
    expect(facts).toMatchObject({ hasMember: false, mode: "750" });
    expect(exchangeState(facts, "rollback-1")).toBe("half");
  });

  test.each([
    ["as RKE writes it to a file", JSON.stringify(JSON.parse(STATE), undefined, 2)],
    ["as RKE writes it to the cluster", STATE],
  ])("tells of the state file in the snapshot, %s, no secret", async (_, state) => {
    const { facts } = await factsOf({ zip: rkeZip("base", snapshotBytes(), state) });
    expect(facts.snapshotState).toEqual({
      kubernetesVersion: "v1.20.15-rancher2-2",
      kubernetesImage: "rancher/hyperkube:v1.20.15-rancher2",
      ca: expect.stringMatching(/^[0-9a-f]{64}$/),
      serviceAccountKey: expect.stringMatching(/^[0-9a-f]{64}$/),
      encryption: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(JSON.stringify(facts)).not.toContain("secret");
  });

  test("says at the same time what it remembers of restores", async () => {
    const record = {
      ...{ snapshot: "base", run: 1, startedAt: "2026-11-23T03:00:00Z", stack: "prod", holder: "op@desk" },
      inPlace: { id: "rollback-1" },
    };
    const { printed } = await factsOf({
      prepare: (data) => textFile(join(data, "../rancher-rollback/restores/base.1.json"), JSON.stringify(record)),
    });
    expect(parseRestores(printed)).toEqual([record]);
  });

  test("says that a snapshot is not there, or has no state file", async () => {
    expect((await factsOf()).facts.snapshotState).toBeUndefined();
    expect((await factsOf({ zip: snapshotBytes() })).facts.snapshotState).toBe("none");
  });
});

test("an argument of etcd's is found by its whole name", () => {
  const { container } = someFacts();
  expect(container && etcdArgument(container, "name")).toBe("etcd-node1");
  expect(container && etcdArgument(container, "initial")).toBeUndefined();
});
