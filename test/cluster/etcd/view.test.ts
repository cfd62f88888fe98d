import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type EtcdView, etcdProblems, parseEtcdAnswers, parseEtcdView } from "../../../cluster/etcd/view.ts";
import { CLUSTER, endpointStatusJson, MEMBERS, type Member, memberListJson } from "../../support/etcd.ts";

const [first, second, third] = MEMBERS as [Member, Member, Member];

function view(over: { members?: Member[]; answering?: Member[]; leader?: string; cluster?: string } = {}): EtcdView {
  const { members = MEMBERS, answering = members, leader = first.id, cluster = CLUSTER } = over;
  const parsed = parseEtcdView(
    memberListJson(members, cluster),
    endpointStatusJson(answering, leader === "0" ? "" : leader, cluster),
  );
  if ("error" in parsed) throw new Error(parsed.error);
  return parsed;
}

const messages = (...asked: Parameters<typeof etcdProblems>) => etcdProblems(...asked).map(({ message }) => message);

describe("what etcdctl prints", () => {
  test("is read with its 64-bit ids digit for digit", () => {
    expect(parseEtcdView(memberListJson(), endpointStatusJson())).toEqual({
      clusterId: "14841639068965178418",
      members: {
        "10276657743932975437": "etcd-node1",
        "18249187646912138824": "etcd-node2",
        "9372538179322589801": "etcd-node3",
      },
      statuses: MEMBERS.map(({ id }) => ({
        memberId: id,
        clusterId: "14841639068965178418",
        leader: "10276657743932975437",
      })),
    });
  });

  test("keeps ids apart that differ in their last digit alone, whatever they are", () => {
    const id = fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 2n });
    fc.assert(
      fc.property(id, (large) => {
        const members = [large, large + 1n].map((one) => ({ id: String(one), name: `etcd-${one}` }));
        const parsed = parseEtcdView(memberListJson(members), endpointStatusJson(members, String(large + 1n)));
        expect(parsed).toMatchObject({
          members: { [String(large)]: `etcd-${large}`, [String(large + 1n)]: `etcd-${large + 1n}` },
          statuses: [{ leader: String(large + 1n) }, { memberId: String(large + 1n) }],
        });
      }),
    );
  });

  test("of a member without a leader is leader 0, as etcd leaves the field out then", () => {
    expect(parseEtcdView(memberListJson(), endpointStatusJson(MEMBERS, ""))).toMatchObject({
      statuses: [{ leader: "0" }, { leader: "0" }, { leader: "0" }],
    });
  });

  test("of a member that has not told its name yet goes by its peer address", () => {
    const list = '{"header":{"cluster_id":1,"member_id":2},"members":[{"ID":2,"peerURLs":["https://10.0.0.1:2380"]}]}';
    expect(parseEtcdView(list, "[]")).toMatchObject({ members: { "2": "https://10.0.0.1:2380" } });
  });

  test.each([
    ["", ""],
    ["Error: context deadline exceeded", "[]"],
    [memberListJson(), "null"],
    ["{}", "[]"],
    [memberListJson().slice(0, 40), endpointStatusJson()],
  ])("and is no answer is an error with the beginning of it: %j", (members, status) => {
    expect(parseEtcdView(members, status)).toEqual({ error: expect.stringContaining(members.slice(0, 40)) });
  });
});

describe("etcd", () => {
  const three = (over: Record<string, EtcdView | { error: string }> = {}) => ({
    ...{ node1: view(), node2: view(), node3: view(), ...over },
  });

  test("is well when every member sees the same cluster, all members, and one leader", () => {
    expect(messages(three(), 3)).toEqual([]);
    expect(messages({ node1: view({ members: [first] }) }, 1)).toEqual([]);
  });

  const two = view({ members: [first, second] });
  const four = view({ members: [...MEMBERS, { id: "4", name: "etcd-old" }] });
  test.each<[string, Record<string, EtcdView | { error: string }>, string[]]>([
    [
      "that does not answer on a node is named with the reason",
      three({ node2: { error: "No such container: etcd" } }),
      ["node2: etcd does not answer: No such container: etcd"],
    ],
    [
      "that lost a member is named with those that are left",
      { node1: two, node2: two },
      ["etcd could be asked on 2 of 3 nodes only", "node1, node2: etcd has 2 of 3 members (etcd-node1, etcd-node2)"],
    ],
    [
      "that has a member too many is named as well",
      three({ node1: four }),
      ["node1: etcd has 4 of 3 members (etcd-node1, etcd-node2, etcd-node3, etcd-old)"],
    ],
    [
      "with members that are listed but silent is named with them",
      three({ node1: view({ answering: [first] }) }),
      ["node1: etcd members that do not answer: etcd-node2, etcd-node3"],
    ],
    [
      "that is split is seen when the parts have as many members as expected and the same ids",
      three({ node3: view({ cluster: "17237436991929493444" }) }),
      ["etcd is split: 2 cluster ids (14841639068965178418, 17237436991929493444)"],
    ],
    ["without a leader is named", three({ node2: view({ leader: "0" }) }), ["etcd has no leader"]],
    ["with two leaders is named", three({ node2: view({ leader: second.id }) }), ["etcd members follow 2 leaders"]],
    ["of which nothing was asked is not well", {}, ["etcd could be asked on 0 of 3 nodes only"]],
  ])("%s", (_, views, expected) => {
    expect(messages(views, 3)).toEqual(expected);
  });

  test("with a host that is known not to be reachable has that member as silent, and nothing else", () => {
    const two = view({ answering: [first, second] });
    expect(etcdProblems({ node1: two, node2: two }, 3, 2).map(({ message }) => message)).toEqual([
      "node1, node2: etcd members that do not answer: etcd-node3",
    ]);
  });

  test("that is split is seen by its cluster ids, though each part is well in itself", () => {
    const old = view({ members: [third], leader: third.id, cluster: "17237436991929493444" });
    const restored = view({ members: [first, second] });
    const problems = messages({ node1: restored, node2: restored, node3: old }, 3);
    expect(problems).toContain("etcd is split: 2 cluster ids (14841639068965178418, 17237436991929493444)");
    expect(problems).toContain("node3: etcd has 1 of 3 members (etcd-node3)");
  });

  test("that is split is seen when a member's status alone tells of the other cluster", () => {
    const torn = view();
    const status = torn.statuses[2];
    if (status) status.clusterId = "17237436991929493444";
    expect(messages(three({ node1: torn }), 3)).toEqual([expect.stringContaining("etcd is split: 2 cluster ids")]);
  });
});

test("Docker's error about a stopped container does not show the container's long id", () => {
  const printed = `etcd-error Error response from daemon: Container ${"5a".repeat(32)} is not running\n`;
  expect(parseEtcdAnswers(printed)).toEqual({ error: "its container is not running" });
});
