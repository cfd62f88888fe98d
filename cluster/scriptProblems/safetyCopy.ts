import type { Problem } from "../problem.ts";
import { type Sentence, sentence } from "../script.ts";
import { defectsText } from "./defects.ts";

/** How a safety copy is not made: for each code with which a script fails. */
export const COPY_PROBLEMS = {
  "copy-wrong": sentence(["why"], ({ why }) => ({
    message: `the copy ${defectsText(why)}`,
    remedy: "look at the disk: dmesg | tail",
  })),
  "etcd-not-saved": sentence(["said"], ({ said }) => ({
    message: `etcd could not save a snapshot: ${said}`,
    remedy: "look at etcd: docker logs --tail 50 etcd",
  })),
  "etcd-not-stopped": sentence([], () => ({
    message: "etcd cannot be stopped",
    remedy: "look at it: docker ps -a -f name=etcd",
  })),
  "no-data-to-copy": sentence(["data"], ({ data }) => ({
    message: `etcd has no data in ${data}`,
    remedy: "choose another node",
  })),
} satisfies Record<string, Sentence<Problem>>;
