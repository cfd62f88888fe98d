/** A member of a made-up etcd cluster, with ids as large as etcd's are: beyond what a JavaScript number can hold. */
export interface Member {
  id: string;
  name: string;
}

export const CLUSTER = "14841639068965178418";
export const MEMBERS: Member[] = [
  { id: "10276657743932975437", name: "etcd-node1" },
  { id: "18249187646912138824", name: "etcd-node2" },
  { id: "9372538179322589801", name: "etcd-node3" },
];

/** What `etcdctl member list -w json` of etcd 3.4 prints. */
export function memberListJson(members = MEMBERS, cluster = CLUSTER): string {
  const list = members.map(
    ({ id, name }) =>
      `{"ID":${id},"name":"${name}","peerURLs":["https://${name}:2380"],"clientURLs":["https://${name}:2379"]}`,
  );
  return `{"header":{"cluster_id":${cluster},"member_id":${members[0]?.id},"raft_term":9},"members":[${list}]}`;
}

/** What `etcdctl endpoint status --cluster -w json` of etcd 3.4 prints. Without a leader the field is left out. */
export function endpointStatusJson(members = MEMBERS, leader: string | undefined = MEMBERS[0]?.id, cluster = CLUSTER) {
  const statuses = members.map(
    ({ id, name }) =>
      `{"Endpoint":"https://${name}:2379","Status":{"header":{"cluster_id":${cluster},"member_id":${id},` +
      `"revision":5120,"raft_term":9},"version":"3.4.15","dbSize":3158016,${leader ? `"leader":${leader},` : ""}` +
      `"raftIndex":8421,"raftTerm":9,"raftAppliedIndex":8421,"dbSizeInUse":1134592}}`,
  );
  return `[${statuses}]`;
}
