import { expect, test } from "vitest";
import { takesAnyDocker } from "../../../cluster/rke/anyDocker.ts";
import { parseRkeVersion, type RkeVersion } from "../../../cluster/rke/version.ts";

test.each([
  ["v0.1.7", "ignore_docker_version: true", true],
  ["v1.1.2", "ignore_docker_version: true", true],
  ["v1.1.2", "ignore_docker_version: false", false],
  ["v1.1.2", "nodes: []", false],
  ["v1.1.3", "ignore_docker_version: true", false],
  ["v1.8.0", "ignore_docker_version: true", false],
])("RKE %s with %s takes any Docker: %s", (version, clusterFile, takes) => {
  const rke = parseRkeVersion(`rke version ${version}`) as RkeVersion;
  expect(takesAnyDocker(`${clusterFile}\n`, rke)).toBe(takes);
});
