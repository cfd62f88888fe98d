import { z } from "zod";
import { nodeSchema } from "../clusterFile/node.ts";

/** Where a snapshot is fetched from. It may carry keys: secret as a whole. */
export const sourceSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("s3"),
    bucket: z.string(),
    /** The folder in the bucket, without slashes at its ends. */
    folder: z.string().exactOptional(),
    /** `https://host:port`, `http://host:port` or `host:port`, which means https; without one it is Amazon's in the region. */
    endpoint: z.string().exactOptional(),
    region: z.string().exactOptional(),
    /** Without them s3cmd asks the machine's instance profile. */
    keys: z.object({ access: z.string(), secret: z.string() }).exactOptional(),
    /** The keys are those that the cluster file has for RKE: where they are denied access, the profile is asked. */
    keysOfRke: z.literal(true).exactOptional(),
    /** Certificates of the authority behind the endpoint, PEM, where the machine does not know it. */
    ca: z.string().exactOptional(),
  }),
  /** A presigned URL is a credential. */
  z.object({ kind: z.literal("url"), url: z.string() }),
  z.object({ kind: z.literal("file"), path: z.string() }),
  z.object({ kind: z.literal("node"), node: nodeSchema }),
]);
export type SnapshotSource = z.infer<typeof sourceSchema>;

export type S3Source = Extract<SnapshotSource, { kind: "s3" }>;

export interface S3Place {
  host: string;
  https: boolean;
  region: string;
  /** The folder's address, with a slash at its end. */
  folder: string;
}

const DEFAULT_REGION = "us-east-1";

export type SourcePart = "bucket" | "folder" | "region" | "endpoint" | "access" | "secret" | "url" | "path";

/** Everything wrong with a source, as ends of a sentence about the part. */
export function sourceMistakes(source: SnapshotSource): { part: SourcePart; wrong: string }[] {
  const when = (isWrong: boolean, part: SourcePart, wrong: string) => (isWrong ? [{ part, wrong }] : []);
  switch (source.kind) {
    case "s3": {
      const { bucket, folder = "", region = "", endpoint, keys } = source;
      const unusable = (key: string | undefined) => key !== undefined && !/^[\x21-\x7e]+$/.test(key);
      const inKey = "is empty or has a space or a line's end in it";
      return [
        ...when(!/^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/.test(bucket), "bucket", `has no valid bucket: ${bucket}`),
        // s3cmd takes ? and * for patterns.
        ...when(!/^[A-Za-z0-9!_.()/ -]*$/.test(folder), "folder", `has no valid folder: ${folder}`),
        ...when(!/^[a-z0-9-]*$/.test(region), "region", `is no valid region: ${region}`),
        ...when(!isEndpoint(endpoint), "endpoint", "is not [http[s]://]host[:port]"),
        ...when(unusable(keys?.access), "access", inKey),
        ...when(
          /^ASIA[0-9A-Z]{16}$/.test(keys?.access ?? ""),
          "access",
          "is a temporary key, which needs a session token that cannot be given here: use a key of an IAM user (AKIA…), or none, and the nodes' instance profile",
        ),
        ...when(unusable(keys?.secret), "secret", inKey),
      ];
    }
    case "url": {
      const isHttp = URL.canParse(source.url) && /^https?:$/.test(new URL(source.url).protocol);
      return when(!isHttp, "url", "has a url that is not an http:// or https:// address");
    }
    case "file":
      return when(source.path === "", "path", "has no path");
    case "node":
      return [];
  }
}

export function s3Place({ bucket, folder, endpoint, region }: S3Source): S3Place {
  const url = endpoint === undefined ? undefined : parseEndpoint(endpoint);
  const inFolder = folder?.replace(/^\/+|\/+$/g, "");
  return {
    host: url?.host ?? `s3.${region || DEFAULT_REGION}.amazonaws.com`,
    https: url?.protocol !== "http:",
    region: region || DEFAULT_REGION,
    folder: `s3://${bucket}/${inFolder ? `${inFolder}/` : ""}`,
  };
}

/** The values that s3.sh needs, and what it reads from standard input. */
export function s3Values(source: S3Source) {
  const { host, https, region, folder } = s3Place(source);
  const { keys, ca = "" } = source;
  return {
    values: { host, region, bucket: folder, ssl: https ? "--ssl" : "--no-ssl", keys: keys ? "yes" : "no", ca },
    ...(keys && { input: `${keys.access}\n${keys.secret}\n` }),
  };
}

/** The source in words, without a secret. */
export function describeSource(source: SnapshotSource): string {
  switch (source.kind) {
    case "s3":
      return `${s3Place(source).folder} at ${s3Place(source).host}`;
    case "url": {
      const { origin, pathname } = new URL(source.url);
      return origin + pathname;
    }
    case "file":
      return source.path;
    case "node":
      return `the node ${source.node.name}`;
  }
}

/** The address as the node's programs get it: without spaces and quotes, and without what curl's config reads as an escape. */
export function urlAsSent(url: string): string {
  return new URL(url).href.replaceAll("\\", "%5C");
}

/** What must never be read in a log or an error. */
export function sourceSecrets(source: SnapshotSource): string[] {
  if (source.kind === "s3") return source.keys ? [source.keys.access, source.keys.secret] : [];
  if (source.kind !== "url") return [];
  const sent = urlAsSent(source.url);
  const { search, username, password } = new URL(sent);
  const secret = search !== "" || username !== "" || password !== "";
  return secret ? [source.url, sent, search, password, username].filter((text) => text !== "") : [];
}

/** Takes secrets out of a text: programs on a node may repeat what they were given. */
export function redacting(secrets: string[]): (text: string) => string {
  const longestFirst = [...secrets].sort((one, other) => other.length - one.length);
  return (text) => longestFirst.reduce((left, secret) => left.replaceAll(secret, "[secret]"), text);
}

function isEndpoint(endpoint: string | undefined): boolean {
  if (endpoint === undefined) return true;
  const url = parseEndpoint(endpoint);
  return url !== undefined && url.username + url.password + url.search + url.hash === "" && url.pathname === "/";
}

function parseEndpoint(endpoint: string): URL | undefined {
  const url = /^[a-z]+:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`;
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) ? new URL(url) : undefined;
}
