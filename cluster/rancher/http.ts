import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

/** One answer, exactly as it came. */
export interface HttpAnswer {
  status: number;
  body: string;
  location?: string;
}

/** Why there is no answer, in `message`. */
export class NoAnswer extends Error {
  override name = "NoAnswer";
  /** Whether the certificate is by an authority that this machine does not know. */
  readonly isUntrusted: boolean;

  constructor(reason: string, isUntrusted: boolean) {
    super(reason);
    this.isUntrusted = isUntrusted;
  }
}

/** OpenSSL's codes, as Node names them. */
const UNTRUSTED = [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
];

const TIMEOUT_MS = 10_000;
const BODY_LIMIT = 65_536;

/** Sends one GET on a connection of its own. Follows no redirect and uses no proxy of the environment. @throws NoAnswer */
export function get(url: URL, ca: Buffer | undefined, timeoutMs = TIMEOUT_MS): Promise<HttpAnswer> {
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      if (signal.aborted) return reject(new NoAnswer(`no answer within ${timeoutMs / 1000} s`, false));
      // For a name with several addresses Node gives an error without a message; to others it adds advice on itself.
      const [reason = ""] = (error.message || error.code || "").split(";");
      reject(new NoAnswer(reason, UNTRUSTED.includes(error.code ?? "")));
    };
    const asked = request(url, { signal, agent: false, ...(ca && { ca }) }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        if (body.length < BODY_LIMIT) body += text;
      });
      response.on("end", () => {
        const { location } = response.headers;
        resolve({ status: response.statusCode ?? 0, body, ...(location !== undefined && { location }) });
      });
      response.on("error", failed);
    });
    asked.on("error", failed);
    asked.end();
  });
}
