import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type SshArgs, ssh } from "../../../cluster/node/ssh.ts";
import { clusterNode } from "../../support/clusterFile.ts";
import { sshIs } from "../../support/sshIs.ts";

/** A fake `ssh` that hands the command to a shell, as sshd does. */
const fakeSsh = (before = "") =>
  sshIs(`${before}\nfor last; do :; done\nprintf '%s' "$last" >"\${0%/*}/command"\nexec sh -c "$last"`);

const ask = (over: Partial<SshArgs>) =>
  ssh({ node: clusterNode(), script: "cat", hostKeys: { allowUnknown: false }, timeoutSeconds: 60, ...over });

describe("what a script reads", () => {
  test("comes behind the script, byte for byte, whatever the two are", async () => {
    fakeSsh();
    const text = fc.string({ unit: "grapheme" }).map((any) => any.replaceAll("\0", ""));
    await fc.assert(
      fc.asyncProperty(text, text, async (comment, input) => {
        const script = `: '${comment.replaceAll("'", `'\\''`)}'\nprintf . ; cat\n`;
        expect(await ask({ script, input })).toBe(`.${input}`);
      }),
      { numRuns: 25 },
    );
  });

  test("is no part of the command line, and neither is the script", async () => {
    const folder = fakeSsh();
    await ask({ script: "cat >/dev/null # ünique", input: "s3cr3t\n" });
    expect(readFileSync(join(folder, "command"), "utf8")).toBe(`sh -c 'eval "$(dd bs=1 count=24 2>/dev/null)"'`);
  });

  test("may be a stream of any bytes, longer than a pipe holds", async () => {
    fakeSsh();
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 31) % 256));
    const output = new PassThrough();
    const [came] = await Promise.all([buffer(output), ask({ input: Readable.from([bytes]), output })]);
    expect(came.equals(bytes)).toBe(true);
  });

  test("ends early when its stream fails, and the script can tell", async () => {
    fakeSsh();
    async function* half() {
      yield "half";
      throw new Error("the disk is gone");
    }
    const input = Readable.from(half());
    expect(await ask({ script: 'said=$(cat); echo "came: $said"', input })).toBe("came: half\n");
  });

  test("is not waited for when the script needs no more of it", async () => {
    fakeSsh();
    const input = new PassThrough();
    expect(await ask({ script: "echo enough", input })).toBe("enough\n");
    expect(input.destroyed).toBe(true);
  });
});

describe("what a script writes", () => {
  test("goes from one node to another, and the sender is hung up on when the receiver has enough", async () => {
    fakeSsh();
    const wire = new PassThrough();
    const sender = ask({ script: "while :; do echo again; done", output: wire }).catch((error: Error) => error);
    expect(await ask({ script: "head -n 2", input: wire })).toBe("again\nagain\n");
    expect(await sender).toBeInstanceOf(Error);
  });

  test("is all there before its command has ended, which is waited for and not stopped", async () => {
    fakeSsh("trap 'exit 255' TERM; echo all; exec >&-; sleep 0.5; exit 0");
    const output = new PassThrough();
    const [came] = await Promise.all([buffer(output), ask({ script: "echo all", output })]);
    expect(came.toString()).toBe("all\n");
  });
});
