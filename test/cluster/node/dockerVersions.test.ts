import { describe, expect, test } from "vitest";
import { dockerLine, supportedDocker } from "../../../cluster/node/dockerVersions.ts";

describe("the Docker versions that RKE supports", () => {
  test.each([
    ["v1.9.7-rancher2-2", "1.11", "20.10"],
    ["v1.14.6-rancher1-1", "1.13", "20.10"],
    ["v1.20.15-rancher2-2", "1.13", "20.10"],
    ["v1.23.16-rancher2-1", "1.13", "24.0"],
    ["v1.27.16-rancher1-1", "1.13", "27.4"],
    ["v1.32.2-rancher1-1", "1.13", "27.5"],
    ["1.20", "1.13", "20.10"],
  ])("for Kubernetes %s begin with %s and end with %s", (kubernetes, first, last) => {
    expect([supportedDocker(kubernetes).at(0), supportedDocker(kubernetes).at(-1)]).toEqual([first, last]);
  });

  test.each(["", "v1.8.11", "v1.33.0", "2.1", "latest", "v1.2x"])("are not known for %j", (kubernetes) => {
    expect(() => supportedDocker(kubernetes)).toThrow("is not a Kubernetes version of RKE");
  });
});

test.each([
  ["20.10.24", "20.10"],
  ["20.10.24+dfsg1", "20.10"],
  ["5:19.03.15~3-0~debian-buster", "19.03"],
  ["27.5.1-rd", "27.5"],
  ["17.03.2-ce", "17.03"],
  ["library-import", undefined],
  ["", undefined],
])("the release line of Docker %j is %j", (version, line) => {
  expect(dockerLine(version)).toBe(line);
});
