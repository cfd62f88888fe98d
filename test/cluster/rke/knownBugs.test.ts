import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { knownBugs } from "../../../cluster/rke/knownBugs.ts";
import { parseRkeVersion, type RkeVersion } from "../../../cluster/rke/version.ts";
import { tempFolder, textFile } from "../../support/folder.ts";

const folder = tempFolder();

function troubleOf(clusterFile: string, release: string) {
  const path = textFile(join(folder, "cluster.yml"), clusterFile);
  return knownBugs({ path, stateFile: join(folder, "none") }, parseRkeVersion(`rke version ${release}`) as RkeVersion);
}

function trouble(release: string, etcdImage = "") {
  return troubleOf(`system_images: {etcd: "${etcdImage}"}`, release);
}

const MIRRORED = "rancher/mirrored-coreos-etcd";

describe("an image of etcd without a shell", () => {
  test.each([
    ["v1.3.20", `${MIRRORED}:v3.5.7`],
    ["v1.4.13", `${MIRRORED}:v3.5.9`],
    ["v1.4.14-rc1", `${MIRRORED}:v3.5.9`],
    ["v1.5.0-rc1", `${MIRRORED}:v3.5.9`],
    ["v1.4.13", `registry.example:5000/${MIRRORED}:v3.5.10-rancher1`],
    ["v1.4.13", "registry.example/etcd:3.6.0"],
  ])("is refused with RKE %s: %s", (release, image) => {
    expect(trouble(release, image)).toEqual([
      {
        severity: "refuse",
        message: `${image} has no shell, so RKE ${release} cannot start etcd-restore in it: the restore would fail after the wipe`,
        remedy: {
          text: "use RKE v1.4.14 or later, but no pre-release of v1.5.0",
          pulumi: "config set rkePath ./rke_linux-amd64",
        },
      },
    ]);
  });

  test.each(["v1.4.14", "v1.5.0", "v1.6.2", "v1.8.0"])("is refused with RKE %s only under another name", (release) => {
    expect(trouble(release, "registry.example/etcd:v3.5.9")).toEqual([
      {
        severity: "refuse",
        message: expect.stringContaining(`it takes another image only for one with ${MIRRORED} in its name`),
        remedy: expect.stringContaining(`REGISTRY/${MIRRORED}:v3.5.9`),
      },
    ]);
    expect(trouble(release, `registry.example/${MIRRORED}:v3.5.9`)).toEqual([]);
  });

  test.each([
    ["v1.4.13", `${MIRRORED}:v3.5.6`],
    ["v1.4.14-rc2", `${MIRRORED}:v3.5.9`],
    ["v1.0.0", "rancher/coreos-etcd:v3.3.15-rancher1"],
    ["v1.8.0", "registry.example/etcd:v3.5.4"],
    ["v1.4.13", undefined],
    ["v1.4.13", "registry.example/etcd@sha256:0123"],
  ])("is not seen with RKE %s in %s", (release, image) => {
    expect(trouble(release, image)).toEqual([]);
  });
});

describe("a cluster file that asks RKE to rotate", () => {
  const of = (source: string) => troubleOf(source, "v1.8.0");

  test.each([
    ["rotate_certificates", "rotate_certificates: {ca_certificates: true}"],
    ["rotate_certificates", "rotate_certificates: {}"],
    ["rotate_encryption_key", "rotate_encryption_key: yes"],
  ])("by %s is refused: it would not be built after the wipe", (key, source) => {
    expect(of(source)).toEqual([
      {
        severity: "refuse",
        message: `the cluster file has ${key}: RKE would rotate instead of building the cluster after the wipe`,
        remedy: `take ${key} out of the cluster file`,
      },
    ]);
  });

  test("is taken where the keys are empty, as rke config writes them", () => {
    expect(of("rotate_certificates: null\nrotate_encryption_key: false\nnodes: []")).toEqual([]);
    expect(of("")).toEqual([]);
  });
});

test.each(["v0.1.7", "v0.1.20"])("RKE %s wipes without a warning, and the operator is warned", (release) => {
  expect(trouble(release, "rancher/coreos-etcd:v3.2.24-rancher1")).toEqual([
    {
      severity: "warn",
      message: expect.stringContaining(`RKE ${release} checks nothing before it wipes`),
      remedy: expect.stringContaining("answers over SSH"),
    },
  ]);
});
