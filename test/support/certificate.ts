import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "./folder.ts";

/** A self-signed certificate for 127.0.0.1, made for one test. */
export function selfSigned(): { key: Buffer; cert: Buffer; caFile: string } {
  const folder = tempFolder();
  const [keyFile, caFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  execFileSync("openssl", ["req", "-x509", ...kind, ...subject, "-keyout", keyFile, "-out", caFile], {
    stdio: "ignore",
  });
  return { key: readFileSync(keyFile), cert: readFileSync(caFile), caFile };
}
