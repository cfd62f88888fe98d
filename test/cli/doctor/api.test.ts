import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { apiFinding, noAnswerFinding } from "../../../cli/doctor/api.ts";
import { kubeconfigFor } from "../../../lab/bench/scale/kubeconfig.ts";
import { selfSigned } from "../../support/certificate.ts";
import { program, tempFolder, textFile } from "../../support/folder.ts";
import { closedPort, serve } from "../../support/server.ts";
import { someSettings } from "../../support/settings.ts";

const asked = { error: "fetch failed", server: "https://10.0.0.1:6443", names: ["node2"], isReached: false };

test("an API that runs and is not reached is a failure: the rollback would stop after the wipe", () => {
  const { level, message, remedy } = noAnswerFinding(asked);
  expect(level).toBe("failure");
  expect(message).toBe(
    "this machine does not reach https://10.0.0.1:6443 (fetch failed), though an API server listens on node2; a rollback stops after the wipe until this machine reaches the API",
  );
  expect(remedy).toContain("on a machine that reaches it");
});

test.each([
  ["that is reached, and broken", { isReached: true }],
  ["that runs on no node, as after the loss of the quorum", { names: [] }],
])("an API %s is a warning: the restore brings it back", (_, changes) => {
  const { level, message } = noAnswerFinding({ ...asked, ...changes });
  expect([level, message]).toEqual(["warning", expect.stringContaining("a rollback stops after the wipe until")]);
});

test("what answers is well; what does not is asked for on the control-plane nodes", async () => {
  const folder = tempFolder();
  const tls = selfSigned();
  const server = await serve({ "/version": '{"gitVersion":"v1.20.15"}' }, tls);
  const kubeconfig = textFile(join(folder, "kube_config"), kubeconfigFor(server, tls.caFile));
  const settings = someSettings();
  const nodes = settings.cluster.nodes.map((node) => ({ ...node, address: `${node.name}.invalid` }));
  const find = () => apiFinding({ ...settings, cluster: { ...settings.cluster, nodes, kubeconfig } });
  expect(await find()).toEqual({ check: "kubernetes-api", level: "ok", message: "answers with v1.20.15" });
  program(join(folder, "bin/ssh"), 'cat >/dev/null; cat "$(dirname "$0")/../says"');
  textFile(join(folder, "says"), "");
  vi.stubEnv("PATH", `${join(folder, "bin")}:/usr/bin:/bin`);
  textFile(kubeconfig, kubeconfigFor(`https://127.0.0.1:${await closedPort()}`, tls.caFile));
  expect(await find()).toMatchObject({ level: "warning", message: expect.stringContaining("connection was refused") });
  textFile(join(folder, "says"), "listens\n");
  expect(await find()).toMatchObject({ level: "failure", message: expect.stringContaining("node1, node2, node3") });
});
