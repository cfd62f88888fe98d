import { expect, test } from "vitest";
import { etcdEndpoint } from "../../../cluster/etcd/endpoint.ts";

test.each([
  ["on every address where a host has one only", "10.0.0.1", "10.0.0.1", "https://127.0.0.1:2379"],
  ["on the internal address alone where it has another", "3.3.3.3", "10.0.0.1", "https://10.0.0.1:2379"],
  ["on an internal name", "3.3.3.3", "etcd-1.internal", "https://etcd-1.internal:2379"],
  ["on an internal IPv6 address", "3.3.3.3", "fd00::1", "https://[fd00::1]:2379"],
])("etcd answers %s", (_what, address, internalAddress, endpoint) => {
  expect(etcdEndpoint({ address, internalAddress })).toBe(endpoint);
});
