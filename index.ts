import { tmpdir } from "node:os";
import * as pulumi from "@pulumi/pulumi";
import { kubeconfigCopies } from "./cluster/kubernetes/kubeconfigCopies.ts";
import { markRun } from "./cluster/stateFolder/runMark.ts";
import { program } from "./program.ts";

export const { rollback } = program(undefined, ({ cluster }) => {
  // This process lives as long as the preview or update does.
  if (!pulumi.runtime.isDryRun()) markRun(cluster.path, pulumi.getStack());
  // Unlike `rancher-rollback`, it cannot give the engine, which has started it, a temporary folder of its own.
  process.once("exit", kubeconfigCopies(cluster.kubeconfig, tmpdir(), Date.now() - process.uptime() * 1000));
});
