import { describe, expect, test } from "vitest";
import { ABOUT_LINES, parseAbout } from "../../../cluster/node/about.ts";
import { selfSigned } from "../../support/certificate.ts";
import { SnapshotNode } from "../../support/snapshotNode.ts";

describe("a node", () => {
  test("reports its clock", async () => {
    const node = new SnapshotNode([..."sh dd date id base64 tr".split(" ")]);
    const { stdout } = await node.run(ABOUT_LINES);
    expect(
      Math.abs(parseAbout(stdout, { from: Date.now(), to: Date.now() }).clockSkewSeconds ?? 99),
    ).toBeLessThanOrEqual(5);
  });

  test.each([
    ["while it answers slowly", 1008, 0],
    ["ahead of the whole answer", 1050, 30],
    ["behind the whole answer", 979, -20],
  ])("has a clock that is only as wrong as is certain: %s", (_, clock, skew) => {
    const asked = { from: 1_000_000, to: 1_020_000 };
    expect(parseAbout(`clock ${clock}\n`, asked).clockSkewSeconds).toBe(skew);
  });

  test("reports when its certificates expire, and skips what is no certificate", () => {
    const { cert } = selfSigned();
    const printed = `clock 1000\ncertificate kube-ca.pem ${cert.toString("base64")}\ncertificate x.pem AAAA\n`;
    const { certificates, clockSkewSeconds } = parseAbout(printed, { from: 990_000, to: 990_000 });
    expect(clockSkewSeconds).toBe(10);
    expect(certificates).toEqual([{ name: "kube-ca.pem", notAfter: expect.any(Number) }]);
  });

  test("is never asked for a key", () => {
    expect(ABOUT_LINES).toContain("*-key.pem");
    expect(ABOUT_LINES).not.toMatch(/cat .*key/);
  });
});
