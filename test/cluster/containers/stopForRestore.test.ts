import { describe, expect, test } from "vitest";
import {
  RESUME_AND_RESTART_SCRIPT,
  RESUME_SCRIPT,
  startAgainScript,
  stopForRestoreScript,
} from "../../../cluster/containers/stopForRestore.ts";
import { START_ETCD_SCRIPT } from "../../../cluster/inPlace/exchange.ts";
import { REMOVE_HELPERS_SCRIPT } from "../../../cluster/rke/helpers.ts";
import { type FakeDockerArgs, onNode } from "../../support/fakeDocker.ts";
import { CATTLE } from "../../support/rancher.ts";
import { ALL, BYSTANDERS, NETWORK, RANCHER } from "./someContainers.ts";

describe("a node before its etcd is restored", () => {
  const stop = (args: FakeDockerArgs) => onNode(stopForRestoreScript(CATTLE), args);

  test("has kubelet stopped before Rancher's own containers, which it would start again, and nothing else", () => {
    const { status, stopped } = stop({ containers: [...BYSTANDERS, ...RANCHER, ...NETWORK, ...ALL] });
    expect(status).toBe(0);
    expect(stopped).toEqual(["kubelet", ...RANCHER]);
  });

  test("may have no kubelet, as after a wipe that was cut off", () => {
    const { status, stopped } = stop({ containers: [...BYSTANDERS, ...RANCHER] });
    expect(status).toBe(0);
    expect(stopped).toEqual(RANCHER);
  });

  test("has not stopped writing while kubelet or Rancher cannot be stopped", () => {
    for (const stuck of ["kubelet", RANCHER[1] as string]) {
      const { status, stderr } = stop({ containers: [...ALL, ...RANCHER], stuck: [stuck] });
      expect(status).not.toBe(0);
      expect(stderr).toContain(`${stuck} is stuck`);
    }
  });

  test("has its kubelet started again where it is stopped, and only there", () => {
    expect(onNode(RESUME_SCRIPT, { containers: ALL, exited: ["kubelet"] }).stderr).toBe("starting kubelet\n");
    expect(onNode(RESUME_SCRIPT, { containers: ALL })).toMatchObject({ status: 0, stderr: "" });
    expect(onNode(RESUME_SCRIPT, { containers: BYSTANDERS })).toMatchObject({ status: 0, stderr: "" });
  });

  test("has nothing started again where Docker does not answer, which is no success", () => {
    for (const script of [RESUME_SCRIPT, RESUME_AND_RESTART_SCRIPT, startAgainScript(["etcd"]), START_ETCD_SCRIPT]) {
      const { status, stderr } = onNode(script, { containers: ALL, exited: ["kubelet", "etcd"], down: true });
      expect([status, stderr]).toEqual([1, "Cannot connect to the Docker daemon\n"]);
    }
    expect(onNode(REMOVE_HELPERS_SCRIPT, { containers: ALL, down: true }).status).toBe(1);
  });
});
