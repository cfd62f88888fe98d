import { lookAt, type Problem, seeRoom } from "../problem.ts";
import { type Sentence, sentence } from "../script.ts";
import { shellWord } from "../shell.ts";
import { mib } from "../text.ts";
import { defectsText } from "./defects.ts";

/** How a snapshot is not opened: for each code with which a script fails. */
export const OPENED_PROBLEMS = {
  "etcd-ended": sentence(["name", "said"], ({ name, said }) => ({
    message: `etcd ends on ${name}: ${said}`,
    remedy: "name another snapshot",
  })),
  "etcd-not-started": sentence(["name", "said"], ({ name, said }) => ({
    message: `etcd does not start on ${name}: ${said}`,
    remedy: lookAt("docker info"),
  })),
  "etcd-silent": sentence(["name", "said"], ({ name, said }) => ({
    message: `etcd does not answer on ${name}: ${said || "etcdctl printed no revision"}`,
    remedy: lookAt("docker info"),
  })),
  "etcd-went-silent": sentence(["name", "said"], ({ name, said }) => ({
    message: `etcd does not answer on ${name}: ${said}`,
    remedy: "run the preview again",
  })),
  "file-unreadable": sentence(["path"], ({ path }) => ({
    message: `${path} cannot be read`,
    remedy: `look at it: ls -l ${shellWord(path)}`,
  })),
  "file-wrong": sentence(["path", "why"], ({ path, why }) => ({
    message: `${path} ${defectsText(why)}`,
    remedy: "name another file, or the sha256 of this one",
  })),
  "no-awk": sentence([], () => ({
    message: "there is no awk to read the snapshot's keys with",
    remedy: "install awk",
  })),
  "no-room-to-open": sentence(["state", "need", "free"], ({ state, need, free }) => ({
    message: `opening the snapshot needs ${mib(Number(need))} in ${state}, and ${mib(Number(free))} are free`,
    remedy: seeRoom(state),
  })),
  "snapshot-not-restored": sentence(["name", "said"], ({ name, said }) => ({
    message: `etcd cannot restore ${name}: ${said}`,
    remedy: "name another snapshot",
  })),
} satisfies Record<string, Sentence<Problem>>;
