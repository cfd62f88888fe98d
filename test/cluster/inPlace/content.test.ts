import { describe, expect, test } from "vitest";
import { type Content, contentProblems, parseContent, restoredClusterId } from "../../../cluster/inPlace/content.ts";

describe("the content of etcd's members", () => {
  const content = (over: Partial<Content> = {}): Content => ({
    ...{ clusterId: "9", revision: 7n, hash: "42", members: 3 },
    ...over,
  });
  const expected = { clusterId: "9", revision: 7n, members: 3 };
  const found = (...contents: Content[]) => contents.map((one, at) => ({ node: `node${at + 1}`, content: one }));

  test("is right where it is the expected cluster's, not older, and the same on all", () => {
    expect(contentProblems(found(content(), content(), content()), expected)).toEqual([]);
    expect(contentProblems(found(content({ revision: 8n })), expected)).toEqual([]);
    expect(contentProblems(found(content({ clusterId: "8" })), { revision: 0n, members: 3 })).toEqual([]);
  });

  test("is wrong where a member has the old data, though it is healthy", () => {
    expect(contentProblems(found(content(), content({ clusterId: "8" })), expected)).toEqual([
      "etcd on node2 is of the cluster 8, not of 9",
    ]);
  });

  test("is wrong where it is older, differs, or a member is missing", () => {
    expect(contentProblems(found(content({ revision: 6n })), expected)).toEqual([
      "etcd on node1 has revision 6, before 7",
    ]);
    expect(contentProblems(found(content({ members: 2 })), expected)).toEqual(["etcd on node1 has 2 of 3 members"]);
    expect(contentProblems(found(content(), content({ hash: "43" })), expected)).toEqual([
      "the members of etcd have different data: node1 revision 7, hash 42; node2 revision 7, hash 43",
    ]);
  });

  test("is read from what etcdctl 3.4 prints, with ids that are larger than JavaScript's numbers", () => {
    const header = `{"cluster_id":2211565139784006024,"member_id":9091290142418785342,"revision":1531,"raft_term":2}`;
    const printed = `status [{"Endpoint":"https://127.0.0.1:2379","Status":{"header":${header},"version":"3.4.23","dbSize":20480,"leader":1}}]
hash [{"Endpoint":"https://127.0.0.1:2379","HashKV":{"header":${header},"hash":1530963895,"compact_revision":700}}]
members {"header":${header},"members":[{"ID":1,"name":"etcd-node1","peerURLs":["https://10.0.0.1:2380"],"clientURLs":["https://10.0.0.1:2379"]},{"ID":2,"name":"etcd-node2","peerURLs":["https://10.0.0.2:2380"]}]}
`;
    expect(parseContent(printed)).toEqual({
      ...{ clusterId: "2211565139784006024", revision: 1531n, hash: "1530963895", members: 2 },
    });
  });

  test.each([
    "",
    "status \nhash \nmembers \n",
    'status [{"Status":{"header":{"cluster_id":1,"revision":2}}}]\nhash \n',
  ])("is not known where etcd does not say all of it: %j", (printed) => expect(parseContent(printed)).toBeUndefined());
});

test("the id of a restored cluster is the one that etcdctl 3.4.23 and 3.5.21 give it", () => {
  const peers = ["11", "12", "13"].map((last) => `https://198.18.0.${last}:2380`);
  expect(BigInt(restoredClusterId(peers, "rollback-x")).toString(16)).toBe("c99f286b46c46807");
  expect(restoredClusterId(peers.toReversed(), "rollback-x")).toBe(restoredClusterId(peers, "rollback-x"));
  expect(restoredClusterId(peers, "rollback-y")).not.toBe(restoredClusterId(peers, "rollback-x"));
});
