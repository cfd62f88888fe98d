import { expect, test } from "vitest";
import { presignedUrl, signedHeaders } from "../../../lab/cluster/signature.ts";

test("signs a URL as Amazon's own example does", () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
  const keys = { access: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
  const request = { method: "GET", url: "https://examplebucket.s3.amazonaws.com/test.txt", region: "us-east-1" };
  const url = presignedUrl({ ...request, seconds: 86400 }, keys, new Date("2013-05-24T00:00:00Z"));
  expect(url).toBe(
    "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
  );
});

test("encodes what S3 wants encoded in a path, and nothing twice", () => {
  const request = { method: "GET", url: "http://s3.example:9000/bucket/a%20b(1)+c", region: "r", seconds: 1 };
  const { pathname } = new URL(presignedUrl(request, { access: "a", secret: "s" }));
  expect(pathname).toBe("/bucket/a%20b%281%29%2Bc");
});

test("signs a form, and gives neither the secret nor the same signature for another body", () => {
  const sign = (body: string) =>
    signedHeaders(
      { method: "POST", url: "http://s3.example:9000/", region: "r", body },
      { access: "access", secret: "s3cr3t" },
      new Date("2026-01-02T03:04:05Z"),
    );
  const { authorization } = sign("Action=AssumeRole");
  expect(authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=access\/20260102\/r\/sts\/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=[0-9a-f]{64}$/,
  );
  expect(sign("Action=Other").authorization).not.toBe(authorization);
});
