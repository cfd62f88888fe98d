import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { remadeAddons } from "../../../cluster/rke/removedAddons.ts";
import { parseRkeVersion, type RkeVersion } from "../../../cluster/rke/version.ts";
import { tempFolder, textFile } from "../../support/folder.ts";

const folder = tempFolder();

function problemsOf(clusterFile: string, release: string) {
  const path = textFile(join(folder, "cluster.yml"), clusterFile);
  return remadeAddons(path, parseRkeVersion(`rke version ${release}`) as RkeVersion);
}

describe("add-ons in the cluster file", () => {
  const ADDONS = 'addons: "kind: Namespace"\n';
  const INCLUDED = "addons_include: [./addon.yml]\n";

  test.each([
    ["v1.3.10", ADDONS, "addons"],
    ["v1.3.12", INCLUDED, "addons_include"],
    ["v1.3.14", ADDONS + INCLUDED, "addons and addons_include"],
  ])("are refused with RKE %s, which deletes what they have made: %j", (release, source, keys) => {
    expect(problemsOf(source, release)).toEqual([
      {
        message: `RKE ${release} deletes what ${keys} in the cluster file has made, also namespaces with all in them, before it deploys it again: on the restored data too`,
        remedy: { text: "use RKE v1.3.15 or later of v1.3", pulumi: "config set rkePath ./rke_linux-amd64" },
      },
    ]);
  });

  test.each([
    ["v1.3.9", ADDONS],
    ["v1.3.15-rc1", ADDONS],
    ["v1.3.15", INCLUDED],
    ["v1.4.0", ADDONS],
    ["v1.3.12", "addons: ''\naddons_include: []\n"],
    ["v1.3.12", ""],
  ])("are left alone by RKE %s with %j", (release, source) => {
    expect(problemsOf(source, release)).toEqual([]);
  });
});
