import { expect, test } from "vitest";
import { removals } from "../../../lab/machine/firewall.ts";

test("takes away docker's rules and chains and leaves everyone else's", () => {
  const listing = `-P INPUT ACCEPT
-P FORWARD DROP
-N DOCKER
-N DOCKER-USER
-N MINE
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A FORWARD -j DOCKER-USER
-A FORWARD -o rrlab0 -j DOCKER
-A FORWARD -j MINE
-A DOCKER-USER -i rrlab0 ! -o rrlab0 -m comment --comment "rancher-rollback-lab" -j REJECT --reject-with icmp-port-unreachable
-A MINE -s 10.0.0.0/8 -j DROP`;
  expect(removals(listing, false).map((words) => words.join(" "))).toEqual([
    "-D FORWARD -j DOCKER-USER",
    "-D FORWARD -o rrlab0 -j DOCKER",
    "-D DOCKER-USER -i rrlab0 ! -o rrlab0 -m comment --comment rancher-rollback-lab -j REJECT --reject-with icmp-port-unreachable",
    "-X DOCKER",
    "-X DOCKER-USER",
  ]);
});

test("takes away the address translation of the nodes' network", () => {
  const listing = `-P POSTROUTING ACCEPT
-A POSTROUTING -s 198.18.0.0/24 ! -o rrlab0 -j MASQUERADE
-A POSTROUTING -s 192.168.1.0/24 -j MASQUERADE`;
  expect(removals(listing, false)).toEqual([
    ["-D", "POSTROUTING", "-s", "198.18.0.0/24", "!", "-o", "rrlab0", "-j", "MASQUERADE"],
  ]);
});

test("leaves docker's chains to another engine that uses them", () => {
  const listing = `-N DOCKER
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -o rrlab0 -j DOCKER`;
  expect(removals(listing, true)).toEqual([["-D", "FORWARD", "-o", "rrlab0", "-j", "DOCKER"]]);
});
