import { createHash, createHmac } from "node:crypto";

export interface S3Keys {
  access: string;
  secret: string;
}

export interface RequestToSign {
  method: string;
  /** Without a query. */
  url: string;
  region: string;
  /** How long it may be used, at most seven days. */
  seconds: number;
}

/**
 * A URL with which anyone may make this one request without the keys: a credential. AWS Signature Version 4 in the
 * query, of whatever content.
 */
export function presignedUrl(request: RequestToSign, keys: S3Keys, now = new Date()): string {
  const { origin, host, pathname } = new URL(request.url);
  const time = now.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const scope = `${time.slice(0, 8)}/${request.region}/s3/aws4_request`;
  const query = encodeQuery({
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${keys.access}/${scope}`,
    "X-Amz-Date": time,
    "X-Amz-Expires": String(request.seconds),
    "X-Amz-SignedHeaders": "host",
  });
  const path = pathname
    .split("/")
    .map((part) => encode(decodeURIComponent(part)))
    .join("/");
  const canonical = [request.method, path, query, `host:${host}`, "", "host", "UNSIGNED-PAYLOAD"].join("\n");
  const text = ["AWS4-HMAC-SHA256", time, scope, createHash("sha256").update(canonical).digest("hex")].join("\n");
  const key = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${keys.secret}`);
  return `${origin}${path}?${query}&X-Amz-Signature=${hmac(key, text).toString("hex")}`;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** The names are in order already. */
function encodeQuery(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${encode(value)}`)
    .join("&");
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
