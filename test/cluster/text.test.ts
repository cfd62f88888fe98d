import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printable, redact } from "../../cluster/text.ts";

describe("printable text", () => {
  test.each([
    ["\u001b[31mFATA\u001b[0m[0012] no etcd host", "FATA[0012] no etcd host"],
    ["\u001b]0;a title\u0007node1 is gone", "node1 is gone"],
    ["\u001b]8;;https://example.com\u001b\\look here\u001b]8;;\u001b\\", "look here"],
    ["90 %\rdone\u0008\u0007\u0000", "90 %done"],
    ["node\u202e1edon\u202c and \u2066node2\u2069", "node1edon and node2"],
    ["\u009b31mred\u0085", "red"],
    [
      "pass\u200bword, \ufeffzero\u00ad width, \u2028a line\u2029 and half of \ud83d",
      "password, zero width, a line and half of ",
    ],
    ["two\r\nlines", "two\nlines"],
    ["one\ttab\nand a second line", "one\ttab\nand a second line"],
    ["Größe 3 €, 日本, 🙂", "Größe 3 €, 日本, 🙂"],
  ])("of %j is %j", (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test("never has a character that controls a terminal, whatever comes in", () => {
    const unit = fc.integer({ min: 0, max: 0x20ff }).map((code) => String.fromCodePoint(code));
    const controls = (text: string) =>
      [...text].filter(
        (one) => (one < " " && !"\n\t".includes(one)) || /^[\x7f-\x9f\u202a-\u202e\u2066-\u2069]$/.test(one),
      );
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        expect(controls(printable(text))).toEqual([]);
      }),
    );
  });
});

describe("a secret", () => {
  const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY=";
  const JWT = "eyJhbGciOiJSUzI1NiIsImtpZCI6IiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJlLW9mLWl0";

  test.each([
    [
      "[etcd] Snapshot [base] will be downloaded on host [10.0.0.1] from S3 compatible backend at [s3.amazonaws.com] from bucket [b] using accesskey [AKIAIOSFODNN7EXAMPLE] and using region [eu-west-1]",
      "[etcd] Snapshot [base] will be downloaded on host [10.0.0.1] from S3 compatible backend at [s3.amazonaws.com] from bucket [b] using accesskey [redacted] and using region [eu-west-1]",
    ],
    [`env: [S3_ACCESS_KEY=minio S3_SECRET_KEY=${SECRET}]`, "env: [S3_ACCESS_KEY=[redacted] S3_SECRET_KEY=[redacted]]"],
    [
      `--access-key=minio --secret-key=${SECRET} --region=x`,
      "--access-key=[redacted] --secret-key=[redacted] --region=x",
    ],
    [`--secret-key ${SECRET} --bucket-name b`, "--secret-key [redacted] --bucket-name b"],
    [
      `["--access-key", "minio", "--secret-key", "${SECRET}"]`,
      '["--access-key", [redacted], "--secret-key", [redacted]]',
    ],
    [
      `AWS_SECRET_ACCESS_KEY="${SECRET}" AWS_ACCESS_KEY_ID=AKIA`,
      "AWS_SECRET_ACCESS_KEY=[redacted] AWS_ACCESS_KEY_ID=[redacted]",
    ],
    [`AWS_SESSION_TOKEN: ${SECRET}`, "AWS_SESSION_TOKEN: [redacted]"],
    [`{AccessKey:minio SecretKey:${SECRET} BucketName:b}`, "{AccessKey:[redacted] SecretKey:[redacted] BucketName:b}"],
    [
      `{"access_key":"minio","secret_key":"${SECRET}","region":"x"}`,
      '{"access_key":[redacted],"secret_key":[redacted],"region":"x"}',
    ],
    [
      `time="2021-06-03T11:48:03Z" level=debug msg="{\\"secret_key\\":\\"${SECRET}\\"}"`,
      'time="2021-06-03T11:48:03Z" level=debug msg="{\\"secret_key\\":[redacted]}"',
    ],
    [String.raw`{"password":"a\\b/c","x":1}`, '{"password":[redacted],"x":1}'],
    ["    password: hunter2 # of the registry", "    password: [redacted] # of the registry"],
    ["the key AKIAIOSFODNN7EXAMPLE is not known", "the key [redacted] is not known"],
    [`Authorization: Basic ${SECRET}, next`, "Authorization: Basic [redacted], next"],
    [`Unauthorized: Bearer ${JWT}`, "Unauthorized: Bearer [redacted]"],
    [`the service account has ${JWT} now`, "the service account has [redacted] now"],
    [`token-x7k2p:${"a1".repeat(27)} is expired`, "token-x7k2p:[redacted] is expired"],
    ["Get https://admin:hunter2@registry.example/v2/: EOF", "Get https://[redacted]@registry.example/v2/: EOF"],
    [
      "adding addon from url https://ghp_abcdef@raw.example/a.yml",
      "adding addon from url https://[redacted]@raw.example/a.yml",
    ],
    ["socks5://me:hunter2@proxy:1080", "socks5://me:[redacted]@proxy:1080"],
    [
      "GET /b/base.zip?X-Amz-Credential=AKIA%2F1&X-Amz-Date=1&X-Amz-Signature=fe5f",
      "GET /b/base.zip?X-Amz-Credential=[redacted]&X-Amz-Date=1&X-Amz-Signature=[redacted]",
    ],
    [
      "ssh_key: |\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----\nport: 22",
      "ssh_key: |\n[redacted]\nport: 22",
    ],
    [`msg="key: -----BEGIN EC PRIVATE KEY-----\\nMIIE\\n-----END EC PRIVATE KEY-----\\n"`, `msg="key: [redacted]\\n"`],
    [
      `-----BEGIN PRIVATE KEY-----\n${"MIIE".repeat(16)}\n${"AbC+".repeat(4)}\nINFO[0001] RKE goes on`,
      "[redacted]\nINFO[0001] RKE goes on",
    ],
    [
      'password: "cut off here\ntime="2021" level=info msg="more"',
      'password: [redacted]\ntime="2021" level=info msg="more"',
    ],
  ])("does not stay in: %s", (line, left) => {
    expect(redact(line)).toBe(left);
  });

  test.each([
    "[certificates] Generating Service account token key",
    "the server has asked for the client to provide credentials, invalid bearer token",
    "[reconcile] Rebuilding and updating local kube config",
    "[etcd] Checksum of etcd snapshot on host [10.0.0.1] is [9e107d9d372bb6826bd81d3542a419d6]",
    "Waited for 1.04s, request: DELETE:https://198.18.0.129:6443/api/v1/namespaces/kube-system/pods/a?timeout=30s",
    'Get "https://198.18.0.55:2379/health": net/http: TLS handshake timeout',
    "log in: ssh -p 22 rancher@10.0.0.1",
  ])("is not seen in: %s", (line) => {
    expect(redact(line)).toBe(line);
  });

  test("that is gone stays gone, and what is redacted is left as it is", () => {
    const pieces = fc.constantFrom(
      "access_key",
      "--secret-key",
      "=",
      ": ",
      " ",
      "[",
      "]",
      '"',
      "\\",
      "https://",
      "@",
      "a",
      SECRET,
      "\n",
    );
    fc.assert(
      fc.property(
        fc.array(pieces).map((some) => some.join("")),
        (text) => {
          const once = redact(text);
          expect(redact(once)).toBe(once);
        },
      ),
    );
  });
});
