import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { ssh } from "../../cluster/node/ssh.ts";
import { readAndOpen, readNodes } from "../../plan/onNodes.ts";
import { fakeDf } from "../support/fetching.ts";
import { program, tempFolder } from "../support/folder.ts";
import { snapshotBytes } from "../support/snapshot.ts";
import { putOnAll, snapshotHosts } from "../support/snapshotHosts.ts";
import type { SnapshotNode } from "../support/snapshotNode.ts";

vi.mock("../../cluster/node/ssh.ts", async (original) => {
  const real = await original<typeof import("../../cluster/node/ssh.ts")>();
  return { ...real, ssh: vi.fn(real.ssh) };
});

describe("a preview of a cluster with a node that does not answer", () => {
  test("opens the snapshot on another host while it waits for that node", async () => {
    const { settings, hosts } = snapshotHosts({ reachable: [0, 1] });
    putOnAll(hosts, "base", snapshotBytes());
    const [folder, path] = [tempFolder(), process.env.PATH];
    const opened = hosts.map(({ root }) => join(root, "restored")).slice(0, 2);
    const isOpened = opened.map((file) => `[ -e '${file}' ]`).join(" || ");
    program(
      join(folder, "ssh"),
      `case "$*" in *@198.18.0.13*)
  for _ in $(seq 200); do if ${isOpened}; then echo "Connection timed out" >&2; exit 255; fi; sleep 0.1; done
  touch '${folder}/waited-in-vain'
  exit 255 ;;
esac
PATH='${path}' exec ssh "$@"`,
    );
    vi.stubEnv("PATH", `${folder}:${path}`);
    const read = await readAndOpen(settings);
    expect(existsSync(join(folder, "waited-in-vain"))).toBe(false);
    expect(read.opened.content).toMatchObject({ rancher: "v2.5.8" });
    expect(read.nodes.map(({ state }) => "unreachable" in state)).toEqual([false, false, true]);
  });

  test("opens it on a host that answers later where no earlier one could", async () => {
    const { settings, hosts } = snapshotHosts();
    const [first, , last] = hosts as [SnapshotNode, SnapshotNode, SnapshotNode];
    putOnAll([first, last], "base", snapshotBytes());
    fakeDf(first, 1000);
    const [folder, path] = [tempFolder(), process.env.PATH];
    program(
      join(folder, "ssh"),
      `case "$*" in *@198.18.0.13*)
  for _ in $(seq 200); do if grep -q rancher-rollback-opened '${first.root}/argv'; then break; fi; sleep 0.1; done ;;
esac
PATH='${path}' exec ssh "$@"`,
    );
    vi.stubEnv("PATH", `${folder}:${path}`);
    expect((await readAndOpen(settings)).opened.loss).toMatchObject({ on: "node3" });
  });

  test("waits for all where nobody who has answered has the snapshot", async () => {
    const { settings, hosts } = snapshotHosts();
    putOnAll(hosts.slice(2), "base", snapshotBytes());
    const { opened } = await readAndOpen(settings);
    expect(opened.content).toMatchObject({ rancher: "v2.5.8" });
  });
});

test("hosts may read a large snapshot for waitSeconds, and say soon what they are", async () => {
  const { settings, hosts } = snapshotHosts();
  putOnAll(hosts, "base", snapshotBytes());
  vi.mocked(ssh).mockClear();
  await readNodes({ ...settings, waitSeconds: 1234 }, settings.cluster.nodes);
  const bounds = vi.mocked(ssh).mock.calls.map(([{ timeoutSeconds }]) => timeoutSeconds);
  expect(bounds.filter((seconds) => seconds === 1234)).toHaveLength(3);
  expect(bounds.filter((seconds) => seconds <= 60)).toHaveLength(9);
});
