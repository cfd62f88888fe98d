import { describe, expect, test } from "vitest";
import { lossOf, lossQuestions } from "../../../cluster/opened/loss.ts";
import { answers, holding } from "../../support/openedHost.ts";
import { stored } from "../../support/protobuf.ts";

const P = "/registry/management.cattle.io";
const ROLE = "/registry/clusterroles/rt-x";

/** A role with a label, as Kubernetes stores it. */
const role = (label: string) => stored("ClusterRole", { 1: { 1: "rt-x", 11: { 1: label, 2: "hunter2" } } });

/** What a restore loses where these objects are in the snapshot and now, as the etcd host tells of them. */
async function loss(key: string, before?: object | string, now?: object | string) {
  const index = (revision: number, object?: object | string) => ({
    revision,
    keys: new Map(object ? [[key, { created: before ? 1 : 11, modified: object === before ? 1 : 11 }]] : []),
  });
  const opening = { opened: index(10, before), live: { ...index(20, now), quorum: true } };
  const sides = [before, now].map((object) => (object ? [holding(key, object)] : []));
  const asked = await answers(sides[0] ?? [], sides[1] ?? [], lossQuestions(opening));
  expect(asked.stdout).not.toContain("hunter");
  const found = lossOf({ ...opening, answers: asked.answers }, "node1");
  return found?.kinds.map(({ kind, created, changed, deleted }) => ({
    [kind]: [created, changed, deleted].map(({ names }) => names),
  }));
}

// As Rancher v2.5 to v2.9 stores them (rancher/rancher pkg/apis/management.cattle.io/v3).
const github = (changes: object = {}) => ({
  ...{ apiVersion: "management.cattle.io/v3", kind: "AuthConfig", metadata: { name: "github", uid: "1" } },
  ...{ type: "githubConfig", enabled: false, accessMode: "unrestricted", clientSecret: "hunter2" },
  ...{ status: { conditions: [] }, ...changes },
});
const template = (changes: object = {}) => ({
  ...{ apiVersion: "management.cattle.io/v3", kind: "NodeTemplate", metadata: { name: "nt-1", uid: "1" } },
  ...{ amazonec2Config: { instanceType: "t3.large", secretKey: "hunter2" } },
  ...{ spec: { displayName: "big", driver: "amazonec2" }, status: { conditions: [] }, ...changes },
});
const nodeDriver = (spec: object, name = "amazonec2") => ({
  ...{ apiVersion: "management.cattle.io/v3", kind: "NodeDriver", metadata: { name, uid: "1" } },
  ...{ spec: { displayName: name, builtin: true, active: true, url: "local://", ...spec }, status: {} },
});
const setting = (name: string, value: string, source?: string) => ({
  ...{ apiVersion: "management.cattle.io/v3", kind: "Setting", metadata: { name, uid: "1" } },
  ...{ value, default: "", customized: false, ...(source && { source }) },
});

const [GITHUB, OFF, ON] = [`${P}/authconfigs/github`, github(), github({ enabled: true })];
const SIGN_IN = { "sign-in providers": [[], ["github"], []] };

describe.concurrent("of Rancher's own objects, a restore loses", () => {
  test.each<[string, string, object | string | undefined, object | string | undefined, object]>([
    ["a sign-in provider that was enabled", GITHUB, OFF, ON, SIGN_IN],
    ["a sign-in provider that was disabled", GITHUB, ON, OFF, SIGN_IN],
    ["who may sign in", GITHUB, ON, github({ enabled: true, accessMode: "restricted" }), SIGN_IN],
    [
      "what is of the cloud in a node template",
      `${P}/nodetemplates/cattle-global-nt/nt-1`,
      template(),
      template({ amazonec2Config: { instanceType: "t3.large", secretKey: "hunter3" } }),
      { "node templates": [[], ["big"], []] },
    ],
    [
      "a driver of Rancher's that was switched off",
      `${P}/nodedrivers/amazonec2`,
      nodeDriver({}),
      nodeDriver({ active: false }),
      { "node drivers": [[], ["amazonec2"], []] },
    ],
    [
      "a driver of somebody's own",
      `${P}/nodedrivers/nd-1`,
      undefined,
      nodeDriver({ builtin: false }, "own"),
      { "node drivers": [["own"], [], []] },
    ],
    [
      "a banner",
      `${P}/settings/ui-banners`,
      setting("ui-banners", ""),
      setting("ui-banners", '{"text":"hunter2"}'),
      { settings: [[], ["ui-banners"], []] },
    ],
    [
      "the oldest TLS that is taken",
      `${P}/settings/tls-min-version`,
      undefined,
      setting("tls-min-version", "1.3"),
      { settings: [["tls-min-version"], [], []] },
    ],
    [
      "what repositories of fleet may do",
      "/registry/fleet.cattle.io/gitreporestrictions/fleet-default/r",
      { kind: "GitRepoRestriction", metadata: { name: "r" }, allowedRepoPatterns: ["a"] },
      { kind: "GitRepoRestriction", metadata: { name: "r" }, allowedRepoPatterns: ["b"] },
      { "restrictions of fleet": [[], ["r"], []] },
    ],
    ["a role of somebody's own", ROLE, undefined, role("app"), { permissions: [["rt-x"], [], []] }],
    [
      "an object of a kind without words",
      `${P}/rancherusernotifications/n-1`,
      undefined,
      { kind: "RancherUserNotification", metadata: { name: "n-1" } },
      { rancherusernotifications: [["n-1"], [], []] },
    ],
  ])("%s", async (_, key, before, now, expected) => {
    expect(await loss(key, before, now)).toEqual([expected]);
  });

  test.each<[string, string, object | string | undefined, object | string | undefined]>([
    ["a sign-in provider that a release brings", `${P}/authconfigs/cognito`, undefined, OFF],
    [
      "the status of a sign-in provider",
      GITHUB,
      ON,
      github({ enabled: true, status: { conditions: [{ type: "SecretsMigrated", status: "True" }] } }),
    ],
    [
      "the download of a driver of Rancher's",
      `${P}/nodedrivers/amazonec2`,
      nodeDriver({}),
      nodeDriver({ url: "https://example.com/driver-2", checksum: "2" }),
    ],
    ["a driver that a release brings", `${P}/nodedrivers/harvester`, undefined, nodeDriver({})],
    [
      "the address of the command line, before Rancher told that it was set by the environment",
      `${P}/settings/cli-url-linux`,
      setting("cli-url-linux", "https://example.com/1"),
      setting("cli-url-linux", "https://example.com/2"),
    ],
    [
      "the branch of the charts",
      `${P}/settings/chart-default-branch`,
      setting("chart-default-branch", "release-v2.5"),
      setting("chart-default-branch", "release-v2.6"),
    ],
    ["a role that is made for one of Rancher's", ROLE, undefined, role("authz.cluster.cattle.io/prtb-owner")],
  ])("nothing by %s", async (_, key, before, now) => {
    expect(await loss(key, before, now)).toEqual([]);
  });
});
