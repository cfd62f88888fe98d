import { existingEtcdNodes } from "../../cluster/clusterFile/replacement.ts";
import { type Inspection, inspectSnapshot } from "../../cluster/opened/inspection.ts";
import { rememberProof } from "../../cluster/opened/provenSnapshots.ts";
import { proveForRestore } from "../../steps/preflight.ts";
import type { Saving } from "../../steps/saveEverywhere.ts";
import { proofByOpening } from "../snapshotList.ts";
import type { PrepareSettings } from "./checkFirst.ts";
import { NotPrepared } from "./notPrepared.ts";

/** Proves it as a rollback would, and opens it. @throws NotPrepared */
export async function proveSaved(
  settings: PrepareSettings,
  saving: Pick<Saving, "clusterFile" | "hostKeys" | "say" | "warn">,
): Promise<Inspection> {
  const { say } = saving;
  const { cluster, hostKeys, rancher, rke, snapshot: name, waitSeconds } = settings;
  const asked = { snapshot: name, rkeVersion: rke.version, timeoutSeconds: waitSeconds };
  const proven = await proveForRestore(asked, saving, "prepare");
  if ("failed" in proven) throw new NotPrepared(proven.failed);
  const copies = existingEtcdNodes(settings).flatMap((node) => {
    const copy = proven.nodes.find((one) => one.node === node.name);
    return copy ? [{ node, file: copy.file, bytes: copy.unpacked ?? copy.bytes }] : [];
  });
  say(`opening ${name}`);
  const inspection = await inspectSnapshot(copies, { name, hostKeys, rancher });
  if ("failed" in inspection) throw new NotPrepared([inspection.failed]);
  const { lineage, problems } = inspection;
  const restored = {
    message: `etcd was restored after ${name} was saved; ${name} does not belong to it any longer`,
    remedy: "find out who restored it, then run prepare again",
  };
  const found = [...problems, ...(lineage === "other" ? [restored] : [])];
  if (found.length > 0) throw new NotPrepared(found);
  // RKE saves on each host by itself: other hosts may have another snapshot than the one that was opened.
  const opened = proven.nodes.find(({ node }) => node === inspection.on);
  const alike = proven.nodes.filter(({ sha256 }) => sha256 === opened?.sha256);
  const proof = proofByOpening("prepare", name, inspection, copies);
  rememberProof(cluster.path, { ...proof, nodes: alike.map(({ node }) => node) });
  return inspection;
}
