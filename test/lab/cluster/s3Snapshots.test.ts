import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { objectUrl } from "../../../lab/cluster/s3Snapshots.ts";

const S3 = {
  endpoint: "http://198.18.0.1:9000",
  bucket: "rke-etcd-snapshots",
  region: "eu-central-1",
  keys: { access: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" },
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2013-05-24T00:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

// The signatures are of an implementation that reproduced Amazon's own example of a presigned URL:
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
test.each([
  ["GET", "base.zip", "/base.zip", "7c2a68b4bcf6571c0e0ffa29ed81fb3e11375708785607e2705607f4648be13c"],
  ["PUT", "base.zip", "/base.zip", "87b87e72674ee69f59c704b9667a9fae4cc73c2a741418b0703742e245579712"],
  ["GET", "a b(1)+c", "/a%20b(1)%2Bc", "6cdf81240c36247298c030cef5bf2dc4204679ce30a3b341c05075aee71a8839"],
] as const)("signs the URL to %s %s for an hour, and for any content", async (method, file, path, signature) => {
  const url = new URL(await objectUrl(S3, method, file));
  expect(url.origin + url.pathname).toBe(`${S3.endpoint}/${S3.bucket}${path}`);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": "AKIAIOSFODNN7EXAMPLE/20130524/eu-central-1/s3/aws4_request",
    "X-Amz-Date": "20130524T000000Z",
    "X-Amz-Expires": "3600",
    "X-Amz-SignedHeaders": "host",
    "X-Amz-Signature": signature,
  });
});
