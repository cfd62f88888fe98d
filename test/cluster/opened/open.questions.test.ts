import { describe, expect, test } from "vitest";
import { questionLines, type Rule } from "../../../cluster/opened/open.ts";
import { answers, holding } from "../../support/openedHost.ts";
import { stored } from "../../support/protobuf.ts";

describe.concurrent("questions about keys", () => {
  const USER = "/registry/management.cattle.io/users/u-1";
  const user = (changes: object = {}) => ({
    ...{ apiVersion: "management.cattle.io/v3", kind: "User", username: 'a "quoted\\" name', password: "hunter2" },
    ...{ metadata: { name: "u-1", resourceVersion: "", annotations: { a: "1" }, labels: { "x.y/z": "l" } } },
    ...{ principalIds: ["local://u-1", "x"], enabled: true, spec: {} },
    ...{ status: { conditions: [{ lastUpdateTime: "1" }] }, ...changes },
  });
  const show: Rule = { show: ["username", "principalIds[]", "enabled", "metadata.labels.x.y/z"] };

  test("of JSON are answered with the fields of the rule and no other", async () => {
    const asked = await answers([], [holding(USER, user())], [{ key: USER, side: "live", rule: show }]);
    expect(asked.answers.get(USER)).toEqual({
      ...{ opened: {}, alike: {} },
      live: {
        ...{ username: ['a "quoted\\" name'], "principalIds[]": ["local://u-1", "x"], enabled: [true] },
        "metadata.labels.x.y/z": ["l"],
      },
    });
    expect(asked.stdout).not.toContain("hunter2");
  });

  test.each([
    ["a text", "hunter2", [true]],
    ["an empty text", "", undefined],
    ["null", null, undefined],
    ["nothing", undefined, undefined],
  ])("say whether a field is set, and not to what: %s", async (_, value, expected) => {
    const key = "/registry/management.cattle.io/settings/telemetry-opt";
    const rule: Rule = { show: ["metadata.name"], has: ["value"] };
    const setting = { metadata: { name: "telemetry-opt" }, value, default: "hunter2" };
    const asked = await answers([], [holding(key, setting)], [{ key, side: "live", rule }]);
    expect(asked.answers.get(key)?.live).toEqual({
      "metadata.name": ["telemetry-opt"],
      ...(expected && { value: expected }),
    });
    expect(asked.stdout).not.toContain("hunter2");
  });

  test.each<[string, object, Rule, boolean]>([
    ["status alone", { status: { conditions: [{ lastUpdateTime: "2" }, 7] } }, {}, true],
    [
      "annotations and resourceVersion alone",
      { metadata: { ...user().metadata, annotations: {}, resourceVersion: "9" } },
      {},
      true,
    ],
    ["a label", { metadata: { ...user().metadata, labels: {} } }, {}, false],
    ["a field", { enabled: false }, {}, false],
    ["a field that is secret", { password: "hunter3" }, { same: ["password"] }, false],
    ["a field that does not count", { enabled: false }, { same: ["username", "spec"] }, true],
    ["an item of a list", { principalIds: ["local://u-1", "y"] }, { same: ["principalIds"] }, false],
  ])("say whether both are the same: with %s changed", async (_, changes, rule, same) => {
    const both = await answers(
      [holding(USER, user())],
      [holding(USER, user(changes))],
      [{ key: USER, side: "both", rule }],
    );
    expect(both.answers.get(USER)?.same).toBe(same);
    expect(both.stdout).not.toContain("hunter");
  });

  const DEPLOYMENT = "/registry/deployments/cattle-system/rancher";
  const deployment = ({
    generation = 1,
    image = "rancher/rancher:v2.5.8",
    status = "a",
    revision = "1",
    label = "x",
  } = {}) =>
    stored("Deployment", {
      1: {
        ...{ 1: "rancher", 5: "uid-1", 7: generation, 11: { 1: "app", 2: label } },
        12: { 1: "deployment.kubernetes.io/revision", 2: revision },
      },
      2: {
        1: 3,
        3: {
          2: {
            2: [
              { 1: "rancher", 2: image },
              { 1: "audit", 2: "busybox" },
            ],
          },
        },
      },
      3: { 1: 300, 6: { 1: status.repeat(300) } },
    });
  const paths: Rule = { show: ["1.5", "2.1", "2.3.2.2.1", "2.3.2.2.2"], same: ["2"] };

  test("of protobuf are answered by field numbers", async () => {
    const { answers: found } = await answers(
      [holding(DEPLOYMENT, deployment())],
      [],
      [{ key: DEPLOYMENT, side: "opened", rule: paths }],
    );
    expect(found.get(DEPLOYMENT)?.opened).toEqual({
      ...{ "1.5": ["uid-1"], "2.1": [3] },
      ...{ "2.3.2.2.1": ["rancher", "audit"], "2.3.2.2.2": ["rancher/rancher:v2.5.8", "busybox"] },
    });
  });

  test.each<[string, Parameters<typeof deployment>[0], Rule, boolean]>([
    [
      "status, generation and the revision's annotation alone",
      { status: "b", generation: 2, revision: "2" },
      paths,
      true,
    ],
    ["the image", { image: "rancher/rancher:v2.5.9" }, paths, false],
    ["a label", { label: "y" }, paths, false],
    ["the status, where all counts", { status: "b" }, {}, false],
  ])("say whether both are the same in protobuf: with %s changed", async (_, changes, rule, same) => {
    const both = [{ key: DEPLOYMENT, side: "both" as const, rule }];
    const { answers: found } = await answers(
      [holding(DEPLOYMENT, deployment())],
      [holding(DEPLOYMENT, deployment(changes))],
      both,
    );
    expect(found.get(DEPLOYMENT)?.same).toBe(same);
  });

  test("compare secrets one by one on the node, where their values stay", async () => {
    const both = await answers(
      [holding(USER, user({ status: { caCert: "aaa", token: "before1", tokenName: "same1" }, spec: { s: [1, 2] } }))],
      [holding(USER, user({ status: { caCert: "aaa", token: "after1", tokenName: "same1" }, spec: { s: [1, 3] } }))],
      [{ key: USER, side: "both", rule: { each: "status.caCert status.token status.tokenName spec none".split(" ") } }],
    );
    expect(both.answers.get(USER)?.alike).toEqual({
      ...{ "status.caCert": true, "status.token": false, "status.tokenName": true, spec: false, none: true },
    });
    expect(both.stdout).not.toMatch(/aaa|before1|after1|same1|hunter2/);
  });

  test("compare the data of a Secret of Kubernetes in the same way", async () => {
    const SECRET = "/registry/secrets/cattle-system/c-abcde";
    const secret = (data: string, label: string) =>
      holding(SECRET, stored("Secret", { 1: { 5: label }, 2: { 1: "cluster", 2: data }, 3: "Opaque" }));
    const rule: Rule = { each: ["2"] };
    const ask = async (data: string, label: string) => {
      const asked = await answers(
        [secret("statefile1", "x")],
        [secret(data, label)],
        [{ key: SECRET, side: "both", rule }],
      );
      expect(asked.stdout).not.toContain("statefile");
      return asked.answers.get(SECRET);
    };
    expect(await ask("statefile1", "y")).toMatchObject({ same: false, alike: { "2": true } });
    expect(await ask("statefile2", "x")).toMatchObject({ same: false, alike: { "2": false } });
  });

  test("of what is encrypted, or gone, tell nothing", async () => {
    const secret = "/registry/secrets/default/s";
    const both = [secret, "/registry/secrets/default/gone"].map((key) => ({ key, side: "both" as const, rule: {} }));
    const { answers: found, stdout } = await answers(
      [holding(secret, "k8s:enc:aescbc:v1:k:zzz")],
      [holding(secret, "k8s:enc:aescbc:v1:k:yyy")],
      both,
    );
    expect([...found]).toEqual([[secret, { opened: {}, live: {}, alike: {} }]]);
    expect(stdout).not.toMatch(/zzz|yyy/);
  });

  test("are answered for many keys at once, each for itself", async () => {
    const keys = Array.from({ length: 250 }, (_, at) => `/registry/management.cattle.io/users/u-${at}`);
    const named = (key: string, at: number) => holding(key, { username: `user ${at}`, kind: 'x"@ live' });
    const rule: Rule = { show: ["username"] };
    const { answers: found } = await answers(
      keys.map(named),
      keys.map((key, at) => named(key, at % 2)),
      keys.map((key) => ({ key, side: "both", rule })),
    );
    for (const [at, key] of keys.entries())
      expect(found.get(key)).toEqual({
        opened: { username: [`user ${at}`] },
        live: { username: [`user ${at % 2}`] },
        same: at < 2,
        alike: {},
      });
  });

  test("are answered beside what is cut off in the middle, which is distinguished", async () => {
    const users = ["a", "b", "c", "d", "e"].map((name) => `/registry/management.cattle.io/users/u-${name}`);
    const [whole, inString, again, inObject, last] = users as [string, string, string, string, string];
    const encrypted = "/registry/secrets/default/s";
    const named = (key: string) => holding(key, { username: `of ${key}` });
    const all = [
      ...[named(whole), holding(inString, '{"username":"cut'), named(again)],
      ...[holding(inObject, '{"username":"cut","spec":{'), named(last)],
      holding(encrypted, "k8s:enc:aescbc:v1:k:zzz"),
    ];
    const rule: Rule = { show: ["username"] };
    const asked = [...users, encrypted].map((key) => ({ key, side: "both" as const, rule }));
    const { answers: found } = await answers(all, all, asked);
    for (const key of [whole, again, last]) {
      const fields = { username: [`of ${key}`] };
      expect(found.get(key)).toEqual({ opened: fields, live: fields, same: true, alike: {} });
    }
    for (const key of [inString, inObject, encrypted]) expect(found.get(key)?.same).toBeUndefined();
  });

  test("about keys that a shell or etcdctl would read otherwise are not asked", () => {
    const odd = ["/registry/a b", '/registry/"', "/registry/\n", "/registry/$(x)"];
    expect(
      questionLines(
        odd.map((key) => ({ key, side: "live", rule: show })),
        [show],
      ),
    ).toBe("");
  });
});
