import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "node:tls";
import { withLabLock } from "../machine/lock.ts";
import { ranges } from "../machine/network.ts";
import { Problem } from "../machine/problem.ts";
import { launchDetached, run } from "../machine/process.ts";
import { type Progress, timed, waitFor } from "../machine/progress.ts";
import { end, folder, type LabS3, s3Up, tlsProxy } from "./s3.ts";

/** The lab's bucket as RKE takes it: its S3 client speaks TLS alone. */
export interface SecureS3 extends LabS3 {
  /** Host and port, as `endpoint` in `s3backupconfig`. */
  tls: string;
  /** The certificate of the authority, PEM. */
  ca: string;
}

const port = 9443;
const tls = `${ranges.gateway}:${port}`;
const caFile = join(folder, "ca.pem");
const log = join(folder, "tls-proxy.log");

/**
 * The lab's S3 server behind TLS with an authority of its own, beside its plain address. It ends with the server.
 * @throws Problem as s3Up does, and when TLS does not come up.
 */
export async function secureS3Up(progress: Progress): Promise<SecureS3> {
  const s3 = await s3Up(progress);
  return await withLabLock("S3 with TLS", progress, async () => {
    if (!(await answers())) {
      await timed(progress, "S3 server: TLS in front of it", async () => {
        await end("tls-proxy");
        await makeCertificates(folder, ranges.gateway);
        await launchDetached(process.execPath, [tlsProxy, folder, tls, new URL(s3.endpoint).host], { log, env: {} });
        if (await waitFor(answers, 10_000, 100)) return;
        throw new Problem(`TLS does not come up on ${tls}: its log is ${log}`);
      });
    }
    return { ...s3, tls, ca: await readFile(caFile, "utf8") };
  });
}

/** An authority made anew, ca.pem, and a certificate of it for an address, cert.pem and key.pem. */
export async function makeCertificates(folder: string, address: string): Promise<void> {
  const [ca, caKey, cert, key] = ["ca.pem", "ca-key.pem", "cert.pem", "key.pem"].map((file) => join(folder, file));
  const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "365"];
  await run("openssl", [...made, "-subj", "/CN=lab S3 authority", "-keyout", `${caKey}`, "-out", `${ca}`]);
  const server = ["-subj", `/CN=${address}`, "-addext", `subjectAltName=IP:${address}`, "-CA", `${ca}`];
  await run("openssl", [...made, ...server, "-CAkey", `${caKey}`, "-keyout", `${key}`, "-out", `${cert}`]);
}

/** Whether a connection is trusted by the authority's certificate. */
async function answers(): Promise<boolean> {
  const ca = await readFile(caFile).catch(() => undefined);
  if (!ca) return false;
  return await new Promise((resolve) => {
    const socket = connect({ host: ranges.gateway, port, ca, timeout: 5_000 });
    const settle = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once("secureConnect", () => settle(socket.authorized));
    socket.once("error", () => settle(false));
    socket.once("timeout", () => settle(false));
  });
}
