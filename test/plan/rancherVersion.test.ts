import { describe, expect, test } from "vitest";
import type { SnapshotContent } from "../../cluster/opened/content.ts";
import { remedyText } from "../../messages/commands.ts";
import { notAsHeld } from "../../plan/rancherVersion.ts";
import { readPlan } from "../../plan/readPlan.ts";
import { someSettings } from "../support/settings.ts";
import { snapshotBytes } from "../support/snapshot.ts";
import { putOnAll, snapshotHosts } from "../support/snapshotHosts.ts";

/** What is refused of a rollback to v2.5.8. */
const refused = (content: SnapshotContent | undefined, acceptRancherVersion?: string) =>
  notAsHeld(content, someSettings(acceptRancherVersion === undefined ? {} : { acceptRancherVersion }));

describe("a Rancher version other than the one that the snapshot holds", () => {
  const OTHER = { rancher: "v2.5.7", rancherImage: "rancher/rancher:v2.5.7" };

  test("is a failed check, with the version to set and the command that accepts it all the same", () => {
    const [check, ...more] = refused(OTHER);
    expect(more).toEqual([]);
    expect(check?.message).toBe("base holds Rancher v2.5.7, but rancherVersion is v2.5.8");
    expect(remedyText(check?.remedy ?? "", { stack: "prod" })).toBe(
      "set rancherVersion to v2.5.7; only where v2.5.8 is meant to start on these data: pulumi config set acceptRancherVersion v2.5.8 --stack prod",
    );
  });

  test("is none of a registry: without rancherImage, the image of another one is a failed check", () => {
    const own = { rancher: "v2.5.8", rancherImage: "registry.local:5000/rancher/rancher:v2.5.8" };
    const [check, ...more] = refused(own);
    expect(more).toEqual([]);
    expect(check?.message).toBe(
      "the Deployment in base has the image registry.local:5000/rancher/rancher:v2.5.8, but rancher/rancher:v2.5.8 would be set",
    );
    expect(remedyText(check?.remedy ?? "", { stack: "prod" })).toBe(
      "only where every node may pull it from Docker Hub, docker.io/rancher/rancher; else: pulumi config set rancherImage registry.local:5000/rancher/rancher --stack prod",
    );
    for (const image of ["docker.io/rancher/rancher:v2.5.8", "rancher/rancher:v2.5.8", "rancher/rancher@sha256:12"]) {
      expect(refused({ ...own, rancherImage: image }), image).toEqual([]);
    }
  });

  test("is none of a registry where rancherImage says which", () => {
    const { rancher } = someSettings();
    const asked = someSettings({ rancher: { ...rancher, repository: "docker.io/rancher/rancher" } });
    expect(notAsHeld({ rancherImage: "registry.local/rancher/rancher:v2.5.8" }, asked)).toEqual([]);
  });

  test("is none once it is set twice, and another acceptance accepts nothing", () => {
    expect(refused(OTHER, "v2.5.8")).toEqual([]);
    expect(refused(OTHER, "v2.5.9")).toHaveLength(1);
  });

  test("is refused with both versions of a snapshot from the middle of an upgrade", () => {
    const [check] = refused({ rancher: "v2.5.7", rancherImage: "rancher/rancher:v2.6.0" });
    expect(check?.message).toContain("base holds Rancher v2.5.7, and its Deployment asks for v2.6.0, but");
  });
});

test.each<[string, SnapshotContent | undefined]>([
  ["it is the version that wrote the data", { rancher: "v2.5.8", rancherImage: "rancher/rancher:v2.6.0" }],
  [
    "its Deployment asks for it, as in a safety copy from a failed upgrade",
    { rancher: "v2.5.7", rancherImage: "rancher/rancher:v2.5.8" },
  ],
  [
    "its Deployment asks for a build of one's own",
    { rancher: "v2.5.7-1", rancherImage: "docker.io/rancher/rancher:v2.5.8@sha256:12" },
  ],
  ["the snapshot does not say which it holds", { kubernetes: "v1.20.15" }],
  ["the snapshot was not opened", undefined],
])("the version is right where %s", (_, content) => {
  expect(refused(content)).toEqual([]);
});

test("a preview that opens the snapshot refuses another version", async () => {
  const { settings, hosts } = snapshotHosts();
  putOnAll(hosts, "base", snapshotBytes());
  const rancher = { ...settings.rancher, version: "v2.6.0", image: "rancher/rancher:v2.6.0" };
  const { failedChecks } = await readPlan({ ...settings, readCluster: true, rancher });
  expect(failedChecks.map(({ message }) => message)).toContain(
    "base holds Rancher v2.5.8, but rancherVersion is v2.6.0",
  );
});
