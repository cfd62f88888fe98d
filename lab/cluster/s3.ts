import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { AwsClient } from "aws4fetch";
import { built } from "../docker/builds.ts";
import { theEngine } from "../docker/dockerEngine.ts";
import { folders } from "../machine/folders.ts";
import { withLabLock } from "../machine/lock.ts";
import { networkUp, ranges } from "../machine/network.ts";
import { checkMachine } from "../machine/prerequisites.ts";
import { Problem } from "../machine/problem.ts";
import { launchDetached } from "../machine/process.ts";
import { type Process, processes, signal } from "../machine/processes.ts";
import { type Progress, timed, waitFor } from "../machine/progress.ts";

interface S3Keys {
  access: string;
  secret: string;
}

/** A bucket of a server that speaks S3, as a snapshot's source is described to the rollback. */
export interface LabS3 {
  endpoint: string;
  bucket: string;
  region: string;
  keys: S3Keys;
}

const place = { endpoint: `http://${ranges.gateway}:9000`, bucket: "rke-etcd-snapshots", region: "eu-central-1" };
/** What the server keeps; gone with the lab. */
export const folder = join(folders.run, "s3");
export const tlsProxy = join(import.meta.dirname, "tlsProxy.ts");
const keyFile = join(folder, "minio.env");
const log = join(folder, "minio.log");

/**
 * A healthy MinIO with the bucket, seen by the lab's nodes and this machine alone, whatever was there before: nothing,
 * a healthy one, one that died. It is built when it is first asked for.
 * @throws Problem when the lab is not up, or the server does not start.
 */
export async function s3Up(progress: Progress): Promise<LabS3> {
  return await withLabLock("S3", progress, async () => {
    const before = await s3Now();
    if (before) return before;
    await checkMachine(false, progress);
    // It listens on the address that this machine has on the nodes' network.
    await networkUp(await theEngine());
    const program = join(await built("minio", progress), "minio");
    return await timed(progress, "S3 server: starting", async () => {
      await s3Down();
      const s3 = { ...place, keys: (await knownKeys()) ?? (await newKeys()) };
      await launch(program);
      if (await waitFor(() => hasBucket(s3, "PUT"), 30_000, 200)) return s3;
      await s3Down();
      throw new Problem(`the S3 server does not start on ${place.endpoint}: its log is ${log}`);
    });
  });
}

export async function s3Now(): Promise<LabS3 | undefined> {
  const keys = await knownKeys();
  if (!keys || running("minio").length === 0) return undefined;
  const s3 = { ...place, keys };
  return (await hasBucket(s3, "HEAD")) ? s3 : undefined;
}

/** Ends the server and what stands in front of it; what it stored stays. */
export async function s3Down(): Promise<void> {
  await end("tls-proxy");
  await end("minio");
}

export async function end(program: S3Program): Promise<void> {
  for (const name of ["SIGTERM", "SIGKILL"] as const) {
    for (const pid of running(program)) signal(pid, name);
    if (await waitFor(async () => running(program).length === 0, 10_000, 100)) return;
  }
}

type S3Program = "minio" | "tls-proxy";

/** Known by their program, or by the lab's own folder that is given to it: no one else runs these. */
function running(program: S3Program): number[] {
  const isOurs = ({ exe, args }: Process) =>
    program === "minio"
      ? exe.startsWith(join(folders.bin, "minio-")) && basename(exe) === "minio"
      : args.includes(`/${basename(tlsProxy)} ${folder} `);
  return processes()
    .filter(isOurs)
    .map(({ pid }) => pid);
}

async function launch(program: string): Promise<void> {
  const data = join(folder, "data");
  await mkdir(data, { recursive: true });
  const address = new URL(place.endpoint).host;
  const flags = ["--anonymous", "--address", address, "--certs-dir", join(folder, "certs")];
  // With nothing of this process's environment.
  const env = {
    HOME: folder,
    MINIO_CONFIG_ENV_FILE: keyFile,
    MINIO_SITE_REGION: place.region,
    MINIO_BROWSER: "off",
    MINIO_UPDATE: "off",
    MINIO_CALLHOME_ENABLE: "off",
  };
  await launchDetached(program, ["server", ...flags, data], { log, env });
}

async function knownKeys(): Promise<S3Keys | undefined> {
  return keysIn(await readFile(keyFile, "utf8").catch(() => ""));
}

export function keysIn(text: string): S3Keys | undefined {
  const [, access] = /^MINIO_ROOT_USER=(.+)$/m.exec(text) ?? [];
  const [, secret] = /^MINIO_ROOT_PASSWORD=(.+)$/m.exec(text) ?? [];
  return access && secret ? { access, secret } : undefined;
}

async function newKeys(): Promise<S3Keys> {
  const keys = { access: randomBytes(10).toString("hex"), secret: randomBytes(20).toString("hex") };
  await mkdir(folder, { recursive: true });
  const text = `MINIO_ROOT_USER=${keys.access}\nMINIO_ROOT_PASSWORD=${keys.secret}\n`;
  await writeFile(keyFile, text, { mode: 0o600 });
  return keys;
}

/** Whether the bucket is there, or with PUT was made. */
async function hasBucket(s3: LabS3, method: "HEAD" | "PUT"): Promise<boolean> {
  const request = { method, signal: AbortSignal.timeout(5_000) };
  const answer = await signer(s3, "s3")
    .fetch(`${s3.endpoint}/${s3.bucket}`, request)
    .catch(() => undefined);
  // 409: it is there already, and is ours.
  return answer?.ok === true || (method === "PUT" && answer?.status === 409);
}

/** Signs requests to the server with its keys, and sends each one once. */
export function signer({ region, keys }: LabS3, service: "s3" | "sts"): AwsClient {
  return new AwsClient({ accessKeyId: keys.access, secretAccessKey: keys.secret, region, service, retries: 0 });
}
