import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aboutLines, parseAbout } from "../../../cluster/node/about.ts";
import { selfSigned } from "../../support/certificate.ts";
import { textFile } from "../../support/folder.ts";
import { SnapshotNode } from "../../support/snapshotNode.ts";

describe("a node", () => {
  test("reports its clock", async () => {
    const node = new SnapshotNode([..."sh dd date id base64 tr".split(" ")]);
    const from = Date.now();
    const { stdout } = await node.run(aboutLines({}));
    expect(parseAbout(stdout, { from, to: Date.now() }).clockSkewSeconds).toBe(0);
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

  test.each([
    ["where its kubelet has them from", `*Mounts*kubelet) echo "/etc/kubernetes $here/data/etc/kubernetes" ;;`, {}],
    ["below the cluster file's prefix_path where it has no kubelet", "*) exit 1 ;;", { prefixPath: "/opt/rke/data" }],
  ])("has its certificates read %s, and never a key", async (_, docker, asked) => {
    const node = new SnapshotNode([..."sh dd date id base64 tr".split(" ")]);
    const { cert } = selfSigned();
    for (const [name, text] of [
      ["kube-ca.pem", cert.toString()],
      ["kube-ca-key.pem", "a secret"],
    ] as const) {
      textFile(join(node.root, "data/etc/kubernetes/ssl", name), text);
    }
    node.program("docker", `case $* in ${docker} esac`);
    const { stdout } = await node.run(aboutLines(asked));
    const { certificates } = parseAbout(stdout, { from: Date.now(), to: Date.now() });
    expect(certificates.map(({ name }) => name)).toEqual(["kube-ca.pem"]);
    expect(stdout).not.toContain(Buffer.from("a secret").toString("base64"));
  });
});
