import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { clusterFileIn, THREE_NODES } from "../support/clusterFile.ts";
import { tempFolder, textFile } from "../support/folder.ts";
import { checked, mistakesWith } from "../support/givenSettings.ts";

const EXISTING = { kind: "existing", unresponsive: "10.0.0.3", address: "10.0.0.4", hostnameOverride: "node4" };
const EC2 = {
  kind: "ec2",
  unresponsive: "node3",
  hostnameOverride: "node4",
  ami: "ami-0123456789abcdef0",
  instanceType: "t3.xlarge",
  subnetId: "subnet-0ab1",
  securityGroupIds: ["sg-0ab1"],
  keyName: "ops",
};

describe("replacements", () => {
  test("make the nodes what they will be, with the login of the node that is gone", () => {
    const { cluster, replacements, kubernetesVersion, clusterFileDiff } = checked(replacing(EXISTING));
    expect(cluster.nodes.map(({ name, address }) => `${name} ${address}`)).toEqual([
      "node1 10.0.0.1",
      "node2 10.0.0.2",
      "node4 10.0.0.4",
    ]);
    expect(replacements).toMatchObject([
      { unresponsive: "10.0.0.3", machine: { kind: "existing", address: "10.0.0.4" }, node: { user: "rancher" } },
    ]);
    expect(kubernetesVersion).toBe("v1.20.15-rancher2-2");
    expect(clusterFileDiff).toContain("UNRESPONSIVE NODE");
  });

  test("that were made by an earlier run change nothing more", () => {
    const edited = THREE_NODES.replaceAll("10.0.0.3", "10.0.0.4").replaceAll("node3", "node4");
    for (const one of [EXISTING, EC2]) {
      const settings = checked(replacing(one, edited));
      expect(settings.clusterFileDiff).toBe("");
      expect(settings.cluster.nodes.map(({ name }) => name)).toEqual(["node1", "node2", "node4"]);
      expect(settings.replacements[0]?.node.address).toBe("10.0.0.4");
    }
  });

  test("on EC2 have words in the place of addresses that nobody knows yet", () => {
    const { cluster, replacements, clusterFileDiff } = checked(replacing({ ...EC2, reachedBy: "public" }));
    expect(cluster.nodes.at(-1)).toMatchObject({ name: "node4", address: "address-of-node4" });
    expect(replacements[0]?.machine).toMatchObject({ kind: "ec2", ami: { id: EC2.ami }, rootVolume: 50, tags: {} });
    expect(clusterFileDiff).toContain("internal_address: internal-address-of-node4");
  });

  test("have all their mistakes reported at once, each with the place where it stands", () => {
    const replacements = [
      { ...EXISTING, address: "a b", typo: "x" },
      { kind: "ec2", unresponsive: "10.0.0.2", amiOwner: "self", reachedBy: "pigeon" },
      { kind: "azure", unresponsive: "10.0.0.1" },
    ];
    const mistakes = mistakesWith({ ...replacing(EXISTING), replacements });
    for (const part of [
      "replacements[0].address is not an address",
      "replacements[1].hostnameOverride is missing",
      "replacements[1].instanceType is missing",
      "replacements[1].reachedBy is neither private nor public",
      "replacements[2].kind must say its kind: existing or ec2",
    ]) {
      expect(mistakes.join("\n")).toContain(part);
    }
    expect(mistakes.join("\n")).toMatch(/replacements\[0\].*typo/);
  });

  test("on EC2 name an image by its id or by owner and name, not by half of that", () => {
    const { ami: _, ...without } = EC2;
    for (const ami of [{}, { amiOwner: "self" }, { ami: EC2.ami, amiOwner: "self", amiName: "debian" }]) {
      expect(mistakesWith(replacing({ ...without, ...ami })).join()).toContain("replacements[0].ami must be given, or");
    }
    expect(checked(replacing({ ...without, amiOwner: "self", amiName: "d-*" })).replacements[0]?.machine).toMatchObject(
      { ami: { owner: "self", name: "d-*" } },
    );
  });

  test("on EC2 may take the name of the node that is gone, which is then named by its address", () => {
    const named = { ...EC2, unresponsive: "10.0.0.3", hostnameOverride: "node3", user: "admin" };
    const before = checked(replacing(named));
    expect(before.replacements[0]?.node).toMatchObject({ address: "address-of-node3", user: "admin" });
    expect(before.clusterFileDiff).toContain("address-of-node3");
    const after = checked(replacing(named, THREE_NODES.replace("10.0.0.3", "10.0.0.9")));
    expect(after.replacements[0]?.node).toMatchObject({ name: "node3", address: "10.0.0.9" });
    expect(after.clusterFileDiff).toBe("");
    expect(mistakesWith(replacing({ ...named, unresponsive: "node3" })).join()).toContain(
      "the new node gets the name node3 of the one that is gone: give that one's address as unresponsive",
    );
  });

  test("of a machine that keeps its address know it by that, whatever the cluster file calls it", () => {
    const rebuilt = { kind: "existing", unresponsive: "10.0.0.3", address: "10.0.0.3" };
    for (const one of [rebuilt, { ...rebuilt, unresponsive: "node3", user: "rancher" }]) {
      const { replacements, clusterFileDiff, notes } = checked(replacing(one));
      expect(replacements[0]?.node).toMatchObject({ name: "node3", address: "10.0.0.3" });
      expect(clusterFileDiff).toBe("");
      expect(notes).toContainEqual({
        message: "10.0.0.3 keeps its address: the cluster file is not edited for it",
      });
    }
  });

  test("of a machine that keeps its address say nothing that the cluster file says otherwise", () => {
    const rebuilt = { kind: "existing", unresponsive: "node3", address: "10.0.0.3" };
    const other = {
      ...{ user: "admin", port: 2222, sshKeyPath: "/keys/new", internalAddress: "10.1.0.3", hostnameOverride: "node9" },
      roles: ["etcd"],
    };
    const [mistake] = mistakesWith(replacing({ ...rebuilt, ...other }));
    expect(mistake).toContain("10.0.0.3 keeps its address, and the cluster file is not edited for it: ");
    for (const [key, value] of Object.entries({ ...other, roles: "etcd" })) {
      expect(mistake).toMatch(new RegExp(`${key} is .*, not ${value}`));
    }
    expect(checked(replacing({ ...rebuilt, roles: ["worker", "etcd", "controlplane"] })).clusterFileDiff).toBe("");
  });

  test("of a node that is not there say which there are", () => {
    expect(mistakesWith(replacing({ ...EXISTING, unresponsive: "10.9.9.9" })).join()).toContain(
      "no node has the address, internal_address or hostname_override 10.9.9.9; there are 10.0.0.1 = node1",
    );
  });

  test("need the state file, in which the new node's certificates are", () => {
    const folder = tempFolder();
    const clusterFile = clusterFileIn(folder);
    expect(mistakesWith({ clusterFile, replacements: [EXISTING] })).toEqual([
      expect.stringContaining(
        `clusterFile ${join(folder, "rancher-cluster.rkestate")} cannot be read: there is no such file or folder`,
      ),
    ]);
    textFile(join(folder, "rancher-cluster.rkestate"), '{"secret": "hunter2"');
    expect(mistakesWith({ clusterFile, replacements: [EXISTING] }).join()).not.toContain("hunter2");
  });
});

describe("the snapshot's source", () => {
  test("is a bucket with or without a folder", () => {
    expect(checked({ snapshotSource: "s3://backups" }).source).toEqual({ kind: "s3", bucket: "backups" });
    expect(
      checked({
        snapshotSource: "s3://backups/prod/etcd",
        s3Endpoint: "https://minio.example.com:9000",
        s3Region: "eu-central-1",
        s3AccessKey: "AKIA",
        s3SecretKey: "hunter2",
      }).source,
    ).toEqual({
      kind: "s3",
      bucket: "backups",
      folder: "prod/etcd",
      endpoint: "https://minio.example.com:9000",
      region: "eu-central-1",
      keys: { access: "AKIA", secret: "hunter2" },
    });
  });

  test("has the endpoint and keys of the cluster file where it is that one's bucket and folder, and none are set", () => {
    const bucket =
      "{bucket_name: backups, folder: prod, endpoint: 'minio:9000', access_key: AK, secret_key: SK, custom_ca: PEM}";
    const s3 = `services: {etcd: {backup_config: {s3backupconfig: ${bucket}}}}\n`;
    const clusterFile = clusterFileIn(tempFolder(), THREE_NODES + s3);
    const own = {
      bucket: "backups",
      folder: "prod",
      endpoint: "minio:9000",
      keys: { access: "AK", secret: "SK" },
      keysOfRke: true,
      ca: "PEM",
    };
    expect(checked({ clusterFile, snapshotSource: "s3://backups/prod" }).source).toEqual({ kind: "s3", ...own });
    expect(checked({ clusterFile, snapshotSource: "s3://backups/dev" }).source).toEqual({
      ...{ kind: "s3", bucket: "backups", folder: "dev" },
    });
    expect(
      checked({ clusterFile, snapshotSource: "s3://backups/prod", s3Endpoint: "https://other:9000" }).source,
    ).toMatchObject({ endpoint: "https://other:9000" });
  });

  test("or an address, a file on this machine, another etcd node", () => {
    expect(checked({ snapshotSource: "https://example.com/base" }).source).toEqual({
      kind: "url",
      url: "https://example.com/base",
    });
    expect(checked({ snapshotSource: "file:/backup/base" }).source).toEqual({ kind: "file", path: "/backup/base" });
    expect(checked({ snapshotSource: "node:10.0.0.2" }).source).toMatchObject({
      kind: "node",
      node: { name: "node2" },
    });
  });

  test("is none that is gone, has no etcd, or is of no kind", () => {
    expect(mistakesWith({ ...replacing(EXISTING), snapshotSource: "node:node3" }).join()).toContain(
      "snapshotSource names no node of the cluster file: node3; there are node1, node2, node4",
    );
    const clusterFile = clusterFileIn(tempFolder(), THREE_NODES.replace(/(node3.*)controlplane, etcd, /, "$1"));
    expect(mistakesWith({ clusterFile, snapshotSource: "node:node3" }).join()).toContain(
      "without the role etcd: node3",
    );
    expect(mistakesWith({ snapshotSource: "ftp://example.com" }).join()).toContain("is none of s3://BUCKET/FOLDER");
    expect(mistakesWith({ snapshotSource: "s3://b?d/" }).join()).toContain("snapshotSource has no valid bucket: b?d");
  });

  test("has what is wrong reported under the setting where it stands", () => {
    const s3 = { snapshotSource: "s3://backups", s3Region: "a b", s3Endpoint: "ftp://x", s3AccessKey: "a b" };
    expect(mistakesWith({ ...s3, s3SecretKey: "hunter 2" })).toEqual([
      "s3Region is no valid region: a b",
      "s3Endpoint is not [http[s]://]host[:port]",
      "s3AccessKey is empty or has a space or a line's end in it",
      "s3SecretKey is empty or has a space or a line's end in it",
    ]);
  });

  test("has both keys or none, only for S3, and never in plain config", () => {
    const s3 = { snapshotSource: "s3://backups", s3AccessKey: "AKIA" };
    expect(mistakesWith(s3).join()).toContain("s3SecretKey is missing beside the other key");
    expect(mistakesWith({ ...s3, s3SecretKey: "hunter2" }, ["s3SecretKey"]).join()).toContain(
      "s3SecretKey is in the config in plain text",
    );
    expect(mistakesWith({ ...s3, snapshotSource: "file:/a", s3SecretKey: "hunter2" }).join()).toContain(
      "s3AccessKey is for a snapshotSource in S3 only",
    );
    const presigned = { snapshotSource: "https://s3.example.com/b/base?X-Amz-Signature=hunter2" };
    expect(mistakesWith(presigned, ["snapshotSource"]).join()).toContain("has a password or signature in it");
    expect(mistakesWith(presigned, ["snapshotSource"]).join()).not.toContain("hunter2");
    expect(checked(presigned).source).toMatchObject({ kind: "url" });
  });
});

function replacing(replacement: object, source = THREE_NODES): Record<string, unknown> {
  const folder = tempFolder();
  const state = { currentState: { rkeConfig: { kubernetesVersion: "v1.20.15-rancher2-2" } } };
  textFile(join(folder, "rancher-cluster.rkestate"), JSON.stringify(state));
  return { clusterFile: clusterFileIn(folder, source), replacements: [replacement] };
}
