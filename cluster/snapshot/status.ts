import { asRoot } from "../node/privilege.ts";
import type { Problem } from "../problem.ts";
import { PROOF, proofVariables } from "./proof.ts";

/** What etcd itself reads in a snapshot; undefined where the node has no etcd to ask. */
export type StatusReport = { revision: number; keys: number } | { failed: Problem } | undefined;

/** Lets the node's own etcd read its snapshot (`etcdctl snapshot status`); what is unpacked for it is taken away again. */
export function snapshotStatusScript(name: string): string {
  return asRoot(`${proofVariables(name)}${PROOF}
image=$(docker inspect --format '{{.Config.Image}}' etcd 2>/dev/null) || exit 0
look
[ -n "$right" ] && prove "$folder/$right" || exit 0
work=$folder/.status-$$
trap 'rm -rf "$work"' EXIT
mkdir "$work" && unpack "$folder/$right" >"$work/snapshot" || fail "$folder has no room to read $right" "df -h $folder"
said=$(docker run --rm --network none --security-opt label=disable --entrypoint etcdctl --env ETCDCTL_API=3 --volume "$work:/status:ro" "$image" snapshot status /status/snapshot -w json 2>&1) ||
  fail "etcd cannot read $right: $(printf '%s' "$said" | tail -n 1)" "name another snapshot"
printf 'status %s\\n' "$said"
`);
}

/** The script's lines → what etcd read. */
export function parseStatus(printed: string): StatusReport {
  const word = (kind: string) => new RegExp(`^${kind} (.*)$`, "m").exec(printed)?.[1];
  const failed = word("failed");
  if (failed !== undefined) return { failed: { message: failed, remedy: word("next") ?? "" } };
  const status = word("status");
  if (status === undefined) return undefined;
  const [, revision] = /"revision":\s*(\d+)/.exec(status) ?? [];
  const [, keys] = /"totalKey":\s*(\d+)/.exec(status) ?? [];
  if (revision === undefined)
    return { failed: { message: `etcd cannot read it: ${status}`, remedy: "name another snapshot" } };
  return { revision: Number(revision), keys: Number(keys ?? 0) };
}
