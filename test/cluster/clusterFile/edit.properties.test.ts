import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { redactedDiff, redactedLines } from "../../../cluster/clusterFile/diff.ts";
import { editClusterFile } from "../../../cluster/clusterFile/edit.ts";

const SECRET = "hunter2hunter2";

interface Shape {
  text: string;
  addresses: string[];
}

const quoted = fc.constantFrom(
  (value: string) => value,
  (value: string) => `'${value}'`,
  (value: string) => `"${value}"`,
);
const roles = fc.constantFrom("[controlplane, etcd, worker]", "[controlplane,etcd]", '["etcd", "controlplane"]');
const comment = fc.constantFrom("", "  # rack 7", " # ünïcode — note", "   #");
const key = fc.constantFrom("", "ssh_key_path: ~/.ssh/id_rsa", `ssh_key: ${SECRET}`);

const blockNode = fc.record({ quote: quoted, roles, comment, key, above: fc.boolean() });
const blockFile = fc
  .record({
    nodes: fc.array(blockNode, { minLength: 1, maxLength: 5 }),
    indent: fc.constantFrom("", "  ", "    "),
    eol: fc.constantFrom("\n", "\r\n"),
    head: fc.constantFrom("", "# head\n", "---\n# head\ncluster_name: prod\n"),
    tail: fc.constantFrom(
      "",
      `\n# tail\nprivate_registries:\n- url: r\n  password: ${SECRET}\n`,
      "services:\n  etcd: {snapshot: true} # x\n",
    ),
  })
  .map(({ nodes, indent, eol, head, tail }): Shape => {
    const addresses = nodes.map((_, at) => `10.0.0.${at + 1}`);
    const entries = nodes.flatMap(({ quote, roles, comment, key, above }, at) => [
      ...(above ? [`${indent}# about node ${at}`] : []),
      `${indent}- address: ${quote(addresses[at] ?? "")}${comment}`,
      `${indent}  user: ${quote("root")}`,
      `${indent}  role: ${roles}${comment}`,
      ...(key ? [`${indent}  ${key}`] : []),
    ]);
    return { addresses, text: `${head}nodes:\n${entries.join("\n")}\n${tail}`.replaceAll("\n", eol) };
  });

const flowFile = fc
  .record({ nodes: fc.array(fc.record({ quote: quoted, roles }), { minLength: 1, maxLength: 4 }), lines: fc.boolean() })
  .map(({ nodes, lines }): Shape => {
    const addresses = nodes.map((_, at) => `10.0.0.${at + 1}`);
    const entries = nodes.map(
      ({ quote, roles }, at) => `{address: ${quote(addresses[at] ?? "")}, user: root, role: ${roles}}`,
    );
    const list = lines ? `[\n  ${entries.join(",\n  ")}\n]` : `[${entries.join(", ")}]`;
    return { addresses, text: `# head\nnodes: ${list} # after\ncluster_name: prod\n` };
  });

/** A cluster file and which of its nodes are replaced. */
const cases = fc
  .oneof(blockFile, flowFile)
  .chain((file) => fc.record({ file: fc.constant(file), gone: fc.subarray(file.addresses, { minLength: 1 }) }));
const replacing = (gone: string[]) =>
  gone.map((address) => ({ unresponsive: address, node: { address: address.replace("10.0.0", "10.9.9") } }));

test("the edited file means the same but for the nodes asked for", () => {
  fc.assert(
    fc.property(cases, ({ file, gone }) => {
      const before = parse(file.text);
      const after = parse(editClusterFile(file.text, replacing(gone)).text);
      const expected = before.nodes.map((node: { address: string }) => ({
        ...node,
        address: gone.includes(node.address) ? node.address.replace("10.0.0", "10.9.9") : node.address,
      }));
      expect(after).toEqual({ ...before, nodes: expected });
    }),
  );
});

test("an edit made twice is the edit made once", () => {
  fc.assert(
    fc.property(cases, ({ file, gone }) => {
      const once = editClusterFile(file.text, replacing(gone));
      expect(once.changed).toBe(true);
      expect(editClusterFile(once.text, replacing(gone))).toEqual({ ...once, changed: false });
    }),
  );
});

test("every comment and every line that is not the node's own survives", () => {
  fc.assert(
    fc.property(cases, ({ file, gone }) => {
      const { text } = editClusterFile(file.text, replacing(gone));
      for (const [comment] of file.text.matchAll(/#[^\r\n]*/g)) expect(text).toContain(comment);
      if (file.text.includes("nodes: [")) return;
      const mine = new Set(editedLines(file.text, gone));
      const others = file.text.split("\n").filter((_, at) => !mine.has(at));
      const left = text.split("\n").filter((line) => others.includes(line));
      for (const line of new Set(others)) {
        const count = (lines: string[]) => lines.filter((other) => other === line).length;
        expect(count(left)).toBeGreaterThanOrEqual(count(others));
      }
    }),
  );
});

test("without the lines it added and its marks, the edited block list is the old file", () => {
  fc.assert(
    fc.property(blockFile, ({ text, addresses }) => {
      const gone = [addresses.at(-1) ?? ""];
      const edited = editClusterFile(text, replacing(gone)).text.split("\n");
      const begin = edited.findIndex((line) => line.includes("# UNRESPONSIVE NODE"));
      const added = edited.findIndex((line) => line.includes("# NEW NODE"));
      const old = edited.slice(begin, added).map((line) => line.replace(/^#/, "").replace("  # UNRESPONSIVE NODE", ""));
      const rest = edited.slice(added + old.length);
      expect([...edited.slice(0, begin), ...old, ...rest].join("\n")).toBe(text);
    }),
  );
});

test("no secret of the file is in the diff", () => {
  fc.assert(
    fc.property(cases, ({ file, gone }) => {
      const { text } = editClusterFile(file.text, replacing(gone));
      const diff = redactedDiff(file.text, text, "rancher-cluster.yml");
      expect(diff).not.toContain(SECRET);
      expect(diff).toContain("UNRESPONSIVE NODE");
      // What is commented out once is in the file still, and stays hidden when it is shown again.
      expect(redactedLines(text).join("\n")).not.toContain(SECRET);
      expect(redactedLines(text)).toHaveLength(text.split("\n").length);
    }),
  );
});

test("no secret of a comment is in the diff, whatever it is beside, under or inside", () => {
  const word = fc.constantFrom(
    "address",
    "user",
    "role",
    "password",
    "ssh_key",
    "nodes",
    "rack 7",
    "-",
    "{",
    "[",
    ":",
    "|",
    "#",
    ",",
  );
  const comment = fc
    .record({
      marks: fc.constantFrom("#", "##", "# #", "#    # "),
      before: fc.array(word, { maxLength: 4 }),
      joint: fc.constantFrom(" ", ": ", ", ", "=", " # ", ": |\n#        ", ': "x\n#   ', ": {a: ", ": [etcd, "),
      after: fc.constantFrom("", " x", ", user: root", "  # UNRESPONSIVE NODE", "}", "]", '"'),
    })
    // Behind a harmless key the value is shown, as it would be if it were no comment.
    .filter(({ before, joint }) => !/(^|\s)(address|user|role)\s*:\s*$/.test(`${before.join(" ")}${joint}`))
    .map(({ marks, before, joint, after }) => `${marks} ${before.join(" ")}${joint}${SECRET}${after}`);
  fc.assert(
    fc.property(
      blockFile,
      fc.array(comment, { minLength: 1, maxLength: 4 }),
      fc.nat(),
      ({ text, addresses }, comments, at) => {
        const gone = [addresses.at(-1) ?? ""];
        const before = withComments(text, comments, at);
        const after = editClusterFile(before, replacing(gone)).text;
        for (const shown of [redactedDiff(before, after, "f"), redactedLines(after).join("\n")]) {
          expect(shown).not.toContain(SECRET);
        }
      },
    ),
    { numRuns: 300 },
  );
});

/** With the comments above one of the lines, where that changes nothing else. */
function withComments(text: string, comments: string[], at: number): string {
  const lines = text.split("\n");
  const place = lines.findIndex((line) => line.startsWith("nodes:")) + 1;
  lines.splice(place + (at % (lines.length - place)), 0, ...comments);
  const put = lines.join("\n");
  return JSON.stringify(parse(put)) === JSON.stringify(parse(text)) ? put : [...comments, text].join("\n");
}

/** Which lines belong to the nodes that go. */
function editedLines(text: string, gone: string[]): number[] {
  let inside = false;
  return text.split("\n").flatMap((line, at) => {
    const [, address] = /- address: ['"]?([\d.]+)/.exec(line) ?? [];
    if (address) inside = gone.includes(address);
    else if (!/^\s+(user|role|ssh_key)/.test(line)) inside = false;
    return inside ? [at] : [];
  });
}
