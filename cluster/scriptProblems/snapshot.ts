import { lookAt, type Problem, seeRoom } from "../problem.ts";
import { type Sentence, sentence } from "../script.ts";
import { shellWord } from "../shell.ts";
import { mib } from "../text.ts";
import { defectsText } from "./defects.ts";

/** What of S3 to look at, by the credentials that were used; undefined where the snapshot does not come from there. */
function s3Remedy(credentials: string): string | undefined {
  switch (credentials) {
    case "keys":
      return "correct what s3cmd names: bucket, folder, endpoint, region, or the keys";
    case "profile":
      return "correct what s3cmd names; an instance profile that requires IMDSv2 needs s3cmd 2.3.0 or later";
    case "profile-instead":
      return "set s3AccessKey and s3SecretKey to keys that may read the bucket, or give the node an instance profile that may";
    default:
      return undefined;
  }
}

const listed = (lines: string) => lines.split("\n").join("; ");

/** @param denied what S3 said to the keys, where it was asked without them then. */
function withoutKeys(denied: string): string {
  if (denied === "") return "";
  return `the keys of s3backupconfig in the cluster file are denied access (${listed(denied)}); without them, `;
}

/** Rounded up: of what is needed. */
const needed = (bytes: string) => `${Math.ceil(Number(bytes) / 1024 ** 2)} MiB`;

/** How a snapshot does not come to a node, or is not the right one there: for each code with which a script fails. */
export const SNAPSHOT_PROBLEMS = {
  "another-snapshot": sentence(["path", "content", "fetched"], ({ path, content, fetched }) => ({
    message: `${path} is another whole snapshot of that name, with the sha256 ${content}; the fetched one has ${fetched}`,
    remedy:
      "find out which one is meant: to restore the fetched one, set snapshotSha256 to its sha256; to restore what is there, take snapshotSource out, or give it a node that has it",
  })),
  "etcd-cannot-read": sentence(["file", "said"], ({ file, said }) => ({
    message: `etcd cannot read ${file}: ${said}`,
    remedy: "name another snapshot",
  })),
  "fetch-failed": sentence(["from", "exit", "said", "credentials"], ({ from, exit, said, credentials }) => ({
    message: `fetching from ${from} ended with exit code ${exit}: ${said}`,
    remedy: s3Remedy(credentials) ?? "correct what is named, or choose another source",
  })),
  "fetched-wrong": sentence(["why", "credentials"], ({ why, credentials }) => ({
    message: `the fetched file ${defectsText(why)}`,
    remedy: s3Remedy(credentials) ?? "give the sha256 of the right one, or choose another source",
  })),
  "folder-of-others": sentence(["user", "folder"], ({ user, folder }) => ({
    message: `${user} may not write ${folder}`,
    remedy: lookAt(`ls -lad ${shellWord(folder)}; mount`),
  })),
  "folder-read-only": sentence(["folder"], ({ folder }) => ({
    message: `nothing can be written into ${folder}`,
    remedy: `look at the node's disk: ${seeRoom(folder)}; mount`,
  })),
  "no-downloader": sentence([], () => ({
    message: "neither curl nor GNU wget is installed",
    remedy: "on the node: apt-get install curl",
  })),
  "no-room": sentence(["folder", "need", "least", "free", "spare"], ({ folder, need, least, free, spare }) => {
    const size = need ? needed(need) : `more than ${least ? needed(least) : "is left"}`;
    return {
      message: `there is no room in ${folder}: the snapshot needs ${size}, ${mib(Number(free))} are free, and ${mib(Number(spare))} of them stay free for etcd and Docker`,
      remedy: `make room on the node: ${seeRoom(folder)}`,
    };
  }),
  "no-room-to-read": sentence(["folder", "file"], ({ folder, file }) => ({
    message: `${folder} has no room to read ${file}`,
    remedy: seeRoom(folder),
  })),
  "no-s3cmd": sentence([], () => ({
    message: "s3cmd is not installed",
    remedy: "on the node: apt-get install s3cmd",
  })),
  "not-renamed": sentence(["path", "folder"], ({ path, folder }) => ({
    message: `${path} cannot be renamed`,
    remedy: lookAt(`ls -la ${shellWord(folder)}`),
  })),
  "not-written": sentence(["path", "folder"], ({ path, folder }) => ({
    message: `${path} cannot be written`,
    remedy: lookAt(`ls -la ${shellWord(folder)}`),
  })),
  "s3-absent": sentence(["denied", "tried", "credentials"], ({ denied, tried, credentials }) => ({
    message: `${withoutKeys(denied)}no snapshot was found: ${listed(tried)}`,
    remedy: s3Remedy(credentials) ?? "choose another source",
  })),
  "s3-denied": sentence(["denied", "tried", "credentials"], ({ denied, tried, credentials }) => ({
    message: `${withoutKeys(denied)}S3 denies access, or there is no snapshot of this name and the key may not list the bucket: ${listed(tried)}`,
    remedy: `check the key, its rights (s3:GetObject, s3:ListBucket) and the node's clock; ${s3Remedy(credentials) ?? "or choose another source"}`,
  })),
  "s3-not-listed": sentence(["bucket", "said", "credentials"], ({ bucket, said, credentials }) => ({
    message: `s3cmd cannot list ${bucket}: ${said}`,
    remedy: s3Remedy(credentials) ?? "choose another source",
  })),
  "s3-not-read": sentence(["denied", "from", "said", "credentials"], ({ denied, from, said, credentials }) => ({
    message: `${withoutKeys(denied)}s3cmd cannot read ${from}: ${said}`,
    remedy: s3Remedy(credentials) ?? "choose another source",
  })),
  "sent-damaged": sentence([], () => ({
    message: "the transfer was damaged: the received file has a different sha256",
    remedy: "see that the file is not being written",
  })),
  "sent-short": sentence(["came", "sent"], ({ came, sent }) => ({
    message: `the transfer was cut short: ${came} of ${sent} bytes came`,
    remedy: "check the connection",
  })),
  "snapshot-absent": sentence(["name", "folder"], ({ name, folder }) => ({
    message: `there is no ${name} and no ${name}.zip in ${folder}`,
    remedy: "choose another source",
  })),
  "snapshot-changed": sentence(["file", "why"], ({ file, why }) => ({
    message: `${file} ${defectsText(why)}`,
    remedy: "run the preview again",
  })),
  "snapshot-wrong": sentence(["wrong"], ({ wrong }) => ({
    message: defectsText(wrong),
    remedy: "choose another source",
  })),
  "two-snapshots": sentence(["folder", "name"], ({ folder, name }) => ({
    message: `${folder} holds two different snapshots, ${name} and ${name}.zip`,
    remedy: "give the sha256 of the one to restore, or move the other away",
  })),
  "zip-alone": sentence(["wrong", "name", "folder"], ({ wrong, name, folder }) => {
    const found = wrong ? defectsText(wrong) : `there is no ${name} in ${folder}`;
    return {
      message: `${found}; RKE before v0.2.5 cannot read ${name}.zip`,
      remedy: `unpack ${folder}/${name}.zip into ${folder}/${name}`,
    };
  }),
  "zip-over-plain": sentence(["wrong", "name", "folder"], ({ wrong, name, folder }) => {
    const zip = shellWord(`${folder}/${name}.zip`);
    return {
      message: `${defectsText(wrong)}; RKE would unpack it over ${name}`,
      remedy: `move it away: mv ${zip} ${zip}.wrong`,
    };
  }),
} satisfies Record<string, Sentence<Problem>>;
