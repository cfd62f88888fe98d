import { lookAt, type Problem, seeRoom } from "../problem.ts";
import { type Sentence, sentence } from "../script.ts";
import { shellWord } from "../shell.ts";

/** How a restore in place does not go on, on a host: for each code with which a script fails. */
export const IN_PLACE_PROBLEMS = {
  "etcd-keeps-ending": sentence(["said"], ({ said }) => ({
    message: `etcd keeps exiting: ${said}`,
    remedy: lookAt("docker logs --tail 50 etcd"),
  })),
  "etcd-not-healthy": sentence(["seconds", "said"], ({ seconds, said }) => ({
    message: `etcd is not healthy after ${seconds} s: ${said}`,
    remedy: lookAt("docker logs --tail 50 etcd"),
  })),
  "etcd-not-still": sentence([], () => ({
    message: "etcd is not stopped here: its data are not touched",
    remedy: lookAt("docker ps -a -f name=etcd"),
  })),
  "has-old-data": sentence(["work"], ({ work }) => ({
    message: `the old data are in ${work}: it is not removed`,
    remedy: lookAt(`ls ${shellWord(work)}`),
  })),
  "no-data": sentence(["data"], ({ data }) => ({
    message: `etcd has no data in ${data}`,
    remedy: lookAt(`ls ${shellWord(data)}`),
  })),
  "no-restored-data": sentence(["work"], ({ work }) => ({
    message: `there are no restored data in ${work}`,
    remedy: lookAt(`ls ${shellWord(work)}`),
  })),
  "not-restored": sentence(["name", "said", "data"], ({ name, said, data }) => ({
    message: `etcd cannot restore ${name}: ${said}`,
    remedy: `${seeRoom(data)}; or name another snapshot`,
  })),
  "not-the-proven": sentence(["file", "content", "expected"], ({ file, content, expected }) => ({
    message: `${file} is not the snapshot that was proven: its sha256 is ${content}, not ${expected}`,
    remedy: "run the preview again",
  })),
  "not-unpacked": sentence(["file", "work", "data"], ({ file, work, data }) => ({
    message: `${file} cannot be unpacked into ${work}`,
    remedy: `${seeRoom(data)}; or run the preview again`,
  })),
  "old-data-gone": sentence(["old"], ({ old }) => ({
    message: `the old data are no longer in ${old}`,
    remedy: lookAt(`ls ${shellWord(old)}`),
  })),
  "old-data-twice": sentence(["kept", "work"], ({ kept, work }) => ({
    message: `there are old data in ${kept} already: ${work} is not removed`,
    remedy: lookAt(`ls ${shellWord(kept)}`),
  })),
  "owner-not-set": sentence(["said", "data"], ({ said, data }) => ({
    message: `the restored data do not get the owner of the live ones: ${said}`,
    remedy: lookAt(`ls -laZ ${shellWord(data)}`),
  })),
  "restored-unreadable": sentence(["said"], ({ said }) => ({
    message: `etcd cannot read what it restored: ${said}`,
    remedy: "look at the disk: dmesg | tail",
  })),
  "still-runs": sentence(["name"], ({ name }) => ({
    message: `${name} still runs`,
    remedy: lookAt(`docker ps -a -f name=${shellWord(name)}`),
  })),
} satisfies Record<string, Sentence<Problem>>;
