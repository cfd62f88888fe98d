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
}

/**
 * A URL with which anyone may make this one request without the keys: a credential. AWS Signature Version 4 in the
 * query, of whatever content.
 * @param seconds how long it may be used, at most seven days.
 */
export function presignedUrl(request: RequestToSign & { seconds: number }, keys: S3Keys, now = new Date()): string {
  const { origin, host, pathname } = new URL(request.url);
  const scope = new Scope(now, request.region, "s3");
  // The names are in order already.
  const query = Object.entries({
    "X-Amz-Algorithm": algorithm,
    "X-Amz-Credential": `${keys.access}/${scope.name}`,
    "X-Amz-Date": scope.time,
    "X-Amz-Expires": String(request.seconds),
    "X-Amz-SignedHeaders": "host",
  })
    .map(([name, value]) => `${name}=${encode(value)}`)
    .join("&");
  const path = pathname
    .split("/")
    .map((part) => encode(decodeURIComponent(part)))
    .join("/");
  const canonical = [request.method, path, query, `host:${host}`, "", "host", "UNSIGNED-PAYLOAD"].join("\n");
  return `${origin}${path}?${query}&X-Amz-Signature=${scope.sign(canonical, keys)}`;
}

/** The headers that sign a request of the security token service, whose body is a form. */
export function signedHeaders(
  request: RequestToSign & { body: string },
  keys: S3Keys,
  now = new Date(),
): Record<string, string> {
  const { host, pathname } = new URL(request.url);
  const scope = new Scope(now, request.region, "sts");
  const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8", "x-amz-date": scope.time };
  const signed = Object.entries({ ...headers, host }).sort();
  const lines = signed.map(([name, value]) => `${name}:${value}`);
  const names = signed.map(([name]) => name).join(";");
  const canonical = [request.method, pathname, "", ...lines, "", names, sha256(request.body)].join("\n");
  const words = [
    `Credential=${keys.access}/${scope.name}`,
    `SignedHeaders=${names}`,
    `Signature=${scope.sign(canonical, keys)}`,
  ];
  return { ...headers, authorization: `${algorithm} ${words.join(", ")}` };
}

const algorithm = "AWS4-HMAC-SHA256";

/** When, where and for what a signature holds. */
class Scope {
  readonly time: string;
  readonly name: string;

  constructor(now: Date, region: string, service: "s3" | "sts") {
    this.time = now.toISOString().replaceAll(/[-:]|\.\d+/g, "");
    this.name = `${this.time.slice(0, 8)}/${region}/${service}/aws4_request`;
  }

  sign(canonical: string, { secret }: S3Keys): string {
    const text = [algorithm, this.time, this.name, sha256(canonical)].join("\n");
    const key = this.name.split("/").reduce<string | Buffer>(hmac, `AWS4${secret}`);
    return hmac(key, text).toString("hex");
  }
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
