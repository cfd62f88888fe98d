import type { EtcdView } from "../etcd/view.ts";
import type { InPlaceFacts } from "../inPlace/facts.ts";
import { silentDocker } from "../node/dockerAnswers.ts";
import { type HostKeyPolicy, orUnreachable, type Unreachable } from "../node/ssh.ts";
import { type Problem, problemOf } from "../problem.ts";
import { type Asking, type NotOpened, type OpenArgs, type OpenedSnapshot, openSnapshot } from "./open.ts";

/** A copy of a snapshot on a host. */
export type OpenableCopy = Pick<OpenArgs, "node" | "file" | "folder" | "bytes">;

/** A host that has a copy, and what it says of itself. */
export interface OpeningHost {
  copy: OpenableCopy;
  facts: InPlaceFacts | Unreachable;
  /** Whether its own etcd answers, which the snapshot is compared with. */
  etcdAnswers: boolean;
}

export interface OpenedOnHost {
  /** The host's name. */
  on: string;
  snapshot: OpenedSnapshot;
}

/** Whether a host's etcd has answered what it sees of its cluster. */
export function etcdAnswers(asked: EtcdView | { error: string } | Unreachable | undefined): boolean {
  return asked !== undefined && "members" in asked;
}

/**
 * Opens a snapshot on the first host that can, and on the next where that host itself is to blame: one whose etcd answers
 * before others, then one whose etcd runs at least. Changes nothing.
 * @returns why it was not opened, where it was not; `ofHost` where that is none of the snapshot's faults.
 */
export async function openOnFirst(
  hosts: OpeningHost[],
  { name, hostKeys, ...asking }: Asking & { name: string; hostKeys: HostKeyPolicy },
): Promise<OpenedOnHost | NotOpened> {
  const able = hostsThatOpen(hosts, name);
  const failed: Problem[] = [];
  // One after the other: each needs room and memory on a host that runs etcd.
  for (const where of able) {
    const on = where.node.name;
    const opened = await orUnreachable(openSnapshot(where, { hostKeys, ...asking }));
    if ("unreachable" in opened) failed.push(opened.unreachable);
    else if (!("failed" in opened)) return { on, snapshot: opened };
    else if (opened.ofHost) failed.push(problemOf(on, opened.failed));
    else return { failed: problemOf(on, opened.failed) };
  }
  if (able.length === 0) return { failed: noneAble(hosts, name), ofHost: true };
  const message = failed.map((one) => one.message).join("; ");
  return { failed: { message, remedy: failed[0]?.remedy ?? "look at the etcd hosts" }, ofHost: true };
}

function hostsThatOpen(hosts: OpeningHost[], name: string): OpenArgs[] {
  const able = hosts.flatMap(({ copy, facts, etcdAnswers }) => {
    if ("unreachable" in facts || !facts.container || !facts.tool) return [];
    const { container, tool } = facts;
    const rank = etcdAnswers ? 2 : Number(container.status === "running");
    return [{ rank, args: { ...copy, name, image: container.imageId, tool: tool.name } }];
  });
  return able.sort((one, other) => other.rank - one.rank).map(({ args }) => args);
}

function noneAble(hosts: OpeningHost[], name: string): Problem {
  if (hosts.length === 0) return { message: "the snapshot is on no etcd host yet", remedy: "set snapshotSource" };
  const [unread] = hosts.flatMap(({ copy: { node }, facts }) => {
    if ("unreachable" in facts) return [facts.unreachable];
    return facts.dockerSaid === undefined ? [] : [silentDocker(node.name, facts.dockerSaid)];
  });
  return (
    unread ?? {
      message: `no host that has ${name} has an etcd image that restores it`,
      remedy: "look at etcd on the etcd hosts: docker ps -a -f name=etcd",
    }
  );
}
