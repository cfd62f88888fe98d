import { describe, expect, test } from "vitest";
import type { KeyIndex, Revisions } from "../../../cluster/opened/keyIndex.ts";
import { meaningOf } from "../../../cluster/opened/kinds.ts";
import { CORE } from "../../../cluster/opened/kubernetesKinds.ts";
import { lossOf, lossQuestions, lossSchema } from "../../../cluster/opened/loss.ts";
import type { Answer } from "../../../cluster/opened/open.ts";
import { GROUPS, MANAGEMENT } from "../../../cluster/opened/rancherKinds.ts";

const P = "/registry/management.cattle.io";

/** What was done to keys, and what is known of them; nothing else is in etcd. */
function loss(done: Record<string, ["created" | "changed" | "deleted", Partial<Answer>?]>) {
  const opened: KeyIndex = { revision: 10, keys: new Map() };
  const live = { revision: 20, keys: new Map<string, Revisions>(), quorum: true };
  const answers = new Map<string, Answer>();
  for (const [key, [what, answer]] of Object.entries(done)) {
    if (what !== "created") opened.keys.set(key, { created: 1, modified: 1 });
    if (what !== "deleted") live.keys.set(key, { created: what === "created" ? 11 : 1, modified: 11 });
    if (answer) answers.set(key, { opened: {}, live: {}, alike: {}, ...answer });
  }
  const found = lossOf({ opened, live, answers }, "node1");
  const questions = lossQuestions({ opened, live });
  return { found, lines: found?.kinds.map(words), questions, opening: { opened, live } };
}

function words({
  kind,
  created,
  changed,
  deleted,
  namespaces,
}: NonNullable<ReturnType<typeof lossOf>>["kinds"][number]) {
  const parts = Object.entries({ created, changed, deleted }).filter(([, { count }]) => count > 0);
  const text = parts.map(([what, { count, names }]) => `${count} ${what} (${names.join(", ")})`).join(", ");
  return `${kind}: ${text}${namespaces > 0 ? ` in ${namespaces}` : ""}`;
}

describe("what a restore loses", () => {
  test("says of which kinds people make all objects: of others they come and go by themselves", () => {
    const { found } = loss({
      [`${P}/projects/c-1/p-1`]: ["created"],
      "/registry/namespaces/shop": ["created"],
      "/registry/deployments/shop/web": ["created"],
      "/registry/persistentvolumeclaims/shop/data": ["created"],
      "/registry/configmaps/shop/web": ["created"],
      "/registry/example.com/widgets/shop/w": ["created"],
    });
    const byHand = Map.groupBy(found?.kinds ?? [], (line) => line.byHand);
    expect(byHand.get(true)?.map(({ kind }) => kind)).toEqual(["projects", "workloads", "namespaces", "volume claims"]);
    expect(byHand.get(false)).toHaveLength(2);
  });

  test("names by an id why a change is nobody's work", () => {
    const { found } = loss({
      "/registry/pods/shop/web-1": ["created"],
      "/registry/deployments/shop/web": ["changed", { same: true }],
    });
    expect(found?.ignored).toEqual([
      { id: "written-again", keys: 1 },
      { id: "follows", keys: 1 },
    ]);
  });

  test("is in an operator's words, Rancher's first, and by the names that people gave", () => {
    const { found, lines } = loss({
      [`${P}/users/u-1`]: ["created", { live: { username: ["anna"] } }],
      [`${P}/users/u-2`]: ["created", { live: { displayName: ["Berta"], "principalIds[]": ["local://u-2"] } }],
      [`${P}/projects/c-1/p-1`]: ["deleted", { opened: { "spec.displayName": ["Shop"] } }],
      [`${P}/clusters/c-9`]: ["created", { live: { "spec.displayName": ["edge"] } }],
      [`${P}/settings/server-url`]: ["changed", { same: false }],
      [`${P}/settings/telemetry-opt`]: ["created", { live: { "metadata.name": ["telemetry-opt"], value: [true] } }],
      [`${P}/settings/back-to-default`]: [
        "changed",
        { opened: { "metadata.name": ["back-to-default"], value: [true] }, same: false },
      ],
      [`${P}/features/legacy`]: ["created", { live: { "metadata.name": ["legacy"], "spec.value": [false] } }],
      [`${P}/features/unasked`]: ["created"],
      "/registry/deployments/a/one": ["changed", { same: false }],
      "/registry/statefulsets/b/two": ["changed", { same: false }],
      "/registry/deployments/b/three": ["created"],
      "/registry/namespaces/a": ["created"],
      "/registry/services/specs/a/web": ["deleted"],
      "/registry/secrets/cattle-system/sh.helm.release.v1.rancher.v7": ["created"],
      "/registry/secrets/cattle-global-data/cc-abcde": ["created"],
      "/registry/example.com/widgets/a/w": ["created"],
    });
    expect(lossSchema.parse(found)).toEqual(found);
    expect(lines?.toSorted()).toEqual(
      [
        "users: 2 created (anna, Berta)",
        "projects: 1 deleted (Shop)",
        "clusters: 1 created (edge)",
        "settings: 1 created (telemetry-opt), 2 changed (back-to-default, server-url)",
        "feature flags: 2 created (legacy, unasked)",
        "cloud credentials: 1 created (cc-abcde)",
        "workloads: 1 created (b/three), 2 changed (a/one, b/two) in 2",
        "namespaces: 1 created (a)",
        "services: 1 deleted (a/web) in 1",
        "Helm releases: 1 created (cattle-system/rancher, revision 7) in 1",
        "widgets.example.com: 1 created (a/w) in 1",
      ].sort(),
    );
    const kinds = found?.kinds.map(({ of }) => of) ?? [];
    expect(kinds).toEqual(kinds.toSorted((one, other) => other.localeCompare(one)));
  });

  test.each<[string, string, Partial<Answer>?]>([
    ["a cluster's system account", `${P}/users/u-x`, { live: { "principalIds[]": ["system://c-1"] } }],
    [
      "a session",
      `${P}/tokens/token-1`,
      { live: { "metadata.labels.authn.management.cattle.io/kind": ["session"], isDerived: [false] } },
    ],
    [
      "a cluster's own project",
      `${P}/projects/c-1/p-2`,
      { live: { "metadata.labels.authz.management.cattle.io/system-project": ["true"] } },
    ],
    ["a built-in role", `${P}/roletemplates/admin`, { live: { builtin: [true] } }],
    [
      "a feature flag that nobody set",
      `${P}/features/fleet`,
      { live: { "metadata.name": ["fleet"], "spec.value": [null] } },
    ],
    ["one without the field", `${P}/features/old`, { live: { "metadata.name": ["old"] } }],
    ["a setting that has its default", `${P}/settings/new`, { live: { "metadata.name": ["new"] } }],
    ["Rancher's own setting", `${P}/settings/server-version`],
    ["a login", `${P}/userattributes/u-1`],
    ["a lease", "/registry/leases/kube-node-lease/node1"],
    ["a pod", "/registry/pods/a/one-abc"],
    ["endpoints", "/registry/services/endpoints/a/web"],
    ["an event", "/registry/events/a/e.1"],
    ["etcd's own", "compact_rev_key"],
    ["a token of a service account", "/registry/secrets/a/default-token-x2b4d"],
    ["a membership's binding", "/registry/rolebindings/p-4cgnh/rb-ynvk2h6bkm"],
    ["one of an older Rancher", "/registry/clusterrolebindings/clusterrolebinding-7xk2q"],
    ["a membership's role", "/registry/roles/fleet-default/crt-web-c-m-4c7d-cluster-owner"],
    ["a project's role", "/registry/clusterroles/p-4cgnh-namespaces-edit"],
    ["a cluster's role", "/registry/clusterroles/c-m-0a1b2c3d-clustermember"],
    ["a user's role", "/registry/clusterroles/u-b4qkhsnliz-view"],
    ["a role that stands for a role of Rancher's", "/registry/clusterroles/project-owner"],
    [
      "a role with a label of Rancher's",
      "/registry/clusterroles/rt-x7k2q",
      { live: { "1.11.1": ["authz.cluster.cattle.io/roletemplate"] } },
    ],
    ["a cluster's namespace", "/registry/namespaces/c-4cgnh"],
    ["a namespace of one that Rancher provisions", "/registry/namespaces/c-m-0a1b2c3d"],
    ["a project's namespace", "/registry/namespaces/p-4cgnh"],
    ["a project's namespace since v2.9", "/registry/namespaces/c-m-0a1b2c3d-p-4cgnh"],
    ["a user's namespace", "/registry/namespaces/u-b4qkhsnliz"],
    ["an administrator's namespace", "/registry/namespaces/user-7xk2q"],
    ["a namespace of Rancher's parts", "/registry/namespaces/cattle-fleet-system"],
    ["a namespace of fleet's", "/registry/namespaces/cluster-fleet-default-c-m-0a1b2c3d-1a2b"],
    ["a certificate of Rancher's", "/registry/secrets/kube-system/serving-cert"],
    ["a kubeconfig of a cluster", "/registry/secrets/fleet-default/farm-kubeconfig"],
  ])("is not %s", (_, key, answer) => {
    const { found } = loss({ [key]: answer ? ["created", answer] : ["created"] });
    expect(found).toMatchObject({ kinds: [], ignored: [{ id: expect.any(String), keys: 1 }] });
  });

  test.each([
    ["/registry/namespaces/user-service", "namespaces"],
    ["/registry/namespaces/p-payments", "namespaces"],
    ["/registry/namespaces/c-level", "namespaces"],
    ["/registry/namespaces/fleet-management", "namespaces"],
    ["/registry/rolebindings/shop/project-admins", "permissions"],
    ["/registry/clusterroles/r-and-d", "permissions"],
    ["/registry/clusterroles/user-management", "permissions"],
    ["/registry/secrets/ci/gitlab-token-admin", "secrets"],
    ["/registry/secrets/ci/deploy-kubeconfig", "secrets"],
    ["/registry/secrets/shop/serving-cert", "secrets"],
  ])("is %s, which only begins or ends as what Rancher makes", (key, kind) => {
    expect(loss({ [key]: ["created"] }).found?.kinds).toMatchObject([{ kind, created: { count: 1 } }]);
  });

  test("is no object that was only written again, with the same in what counts", () => {
    const { found } = loss({ "/registry/deployments/a/one": ["changed", { same: true }] });
    expect(found).toMatchObject({ kinds: [], ignored: [{ keys: 1 }] });
  });

  test("includes what could not be compared", () => {
    expect(loss({ "/registry/secrets/a/s": ["changed", {}], "/registry/configmaps/a/c": ["changed"] }).lines).toEqual([
      "config maps: 1 changed (a/c) in 1",
      "secrets: 1 changed (a/s) in 1",
    ]);
  });

  test("asks for names and for what changed, and never shows what is in a Secret", () => {
    const { questions } = loss({
      [`${P}/users/u-1`]: ["created"],
      "/registry/secrets/a/s": ["changed"],
      "/registry/secrets/a/new": ["created"],
      "/registry/pods/a/p": ["changed"],
    });
    expect(questions).toEqual([
      { key: `${P}/users/u-1`, side: "live", rule: expect.objectContaining({ show: expect.any(Array) }) },
      { key: "/registry/secrets/a/s", side: "both", rule: {} },
    ]);
  });

  test("asks nothing about what is known by its name to be nobody's work: thousands of roles leave no room for others", () => {
    const { questions } = loss({
      "/registry/clusterrolebindings/crb-ynvk2h6bkm": ["created"],
      "/registry/clusterroles/p-4cgnh-namespaces-edit": ["changed"],
      [`${P}/settings/cli-url-linux`]: ["changed"],
    });
    expect(questions).toEqual([]);
  });

  test("names the first of many and counts all", () => {
    const many = Object.fromEntries(
      Array.from({ length: 250 }, (_, at): [string, ["created"]] => [`/registry/configmaps/a/c${at}`, ["created"]]),
    );
    const [line] = loss(many).found?.kinds ?? [];
    expect([line?.created.count, line?.created.names.length]).toEqual([250, 100]);
  });
});

test.each([
  ["/registry/minions/node1", "Kubernetes nodes", undefined, "node1"],
  ["/registry/ingress/a/web", "ingresses", "a", "web"],
  ["/registry/networkpolicies/a/deny", "network policies", "a", "deny"],
  ["/registry/priorityclasses/high", "priority classes", undefined, "high"],
  ["/registry/fleet.cattle.io/gitrepos/fleet-default/app", "Git repositories of fleet", "fleet-default", "app"],
  ["/registry/unheardof/a/x", "unheardof", "a", "x"],
])("%s is known in words", (key, many, namespace, name) => {
  expect(meaningOf(key)).toMatchObject({ kind: { many }, name, ...(namespace && { namespace }) });
});

describe("an object that was not asked about", () => {
  const kinds = Object.entries({ ...MANAGEMENT, ...GROUPS, ...CORE }).flatMap(([plural, kind]) =>
    typeof kind !== "string" && kind.noise ? [[plural, kind] as const] : [],
  );

  test.each(kinds)("of %s is lost as far as anybody knows", (_, { noise }) => {
    const none = () => [];
    expect(noise?.({ name: "somebody-s", namespace: "shop", field: none, before: none, now: none })).toBeUndefined();
  });

  const many = Object.fromEntries(
    Array.from({ length: 2500 }, (_, at) => [`${P}/nodes/c-1/m-${at}`, ["changed"] as ["changed"]]),
  );
  const keys = { ...many, [`${P}/tokens/token-ci`]: ["created"] as ["created"] };

  test("is named, and what was not compared is counted by its kind", () => {
    const { found, lines } = loss(keys);
    expect(lines).toContain("API keys: 1 created (token-ci)");
    expect(lossSchema.parse(found).notCompared).toEqual([
      { kind: "nodes of clusters", count: 500 },
      { kind: "API keys", count: 1 },
    ]);
  });

  test("is none where the others were asked about already: those take no places", () => {
    const { opening } = loss(keys);
    const asked = new Set(Object.keys(many));
    expect(lossQuestions(opening, asked).map(({ key }) => key)).toEqual([`${P}/tokens/token-ci`]);
    expect(lossOf({ ...opening, answers: new Map() }, "node1", asked)).not.toHaveProperty("notCompared");
  });
});
