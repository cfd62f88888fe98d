import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { localCommand } from "../../../../lab/pulumi-stand-ins/command/provider.ts";
import { type Properties, secret, UNKNOWN } from "../../../../lab/pulumi-stand-ins/values.ts";
import { tempFolder, until } from "../../../support/folder.ts";
import { recordingLog } from "../log.ts";

const never = new AbortController().signal;
const command = localCommand(never);

function create(inputs: Properties, { preview = false, log = recordingLog(), stop = never } = {}) {
  return localCommand(stop).create({ urn: "urn", name: "it", inputs, preview, timeout: 0, log });
}

function update(state: Properties, inputs: Properties, preview = false) {
  const all = { urn: "urn", id: "it1", name: "it", timeout: 0, log: recordingLog() };
  return command.update({ ...all, state, inputs, preview });
}

describe("creating a command", () => {
  test("gives its inputs and both outputs, each without its last line break", async () => {
    const { id, state } = await create({ create: "echo out; echo; echo err >&2" });
    expect(id).toMatch(/^it[0-9a-f]{8}$/);
    expect(state).toEqual({ create: "echo out; echo; echo err >&2", stdout: "out\n", stderr: "err" });
  });

  test("runs in its folder, with its environment and its input", async () => {
    const dir = tempFolder();
    const inputs = { dir, environment: { WORD: "hello" }, stdin: "in" };
    const { state } = await create({ create: 'echo "$WORD $(cat) $(pwd)"', ...inputs });
    expect(state.stdout).toBe(`hello in ${dir}`);
  });

  test("reads secrets and keeps them marked", async () => {
    const { state } = await create({ create: "cat", stdin: secret("x") });
    expect(state).toEqual({ create: "cat", stdin: secret("x"), stdout: "x", stderr: "" });
  });

  test("does nothing in a preview, where its outputs are unknown", async () => {
    const file = join(tempFolder(), "file");
    const { state } = await create({ create: `touch ${file}` }, { preview: true });
    expect(state).toMatchObject({ stdout: UNKNOWN, stderr: UNKNOWN });
    expect(existsSync(file)).toBe(false);
  });

  test("fails with its exit code, its text as Go quotes it, and all it said", async () => {
    const script = 'echo "a\tb"; echo c >&2; exit 3';
    await expect(create({ create: script })).rejects.toThrow(
      'exit status 3: running "echo \\"a\\tb\\"; echo c >&2; exit 3":\na\tb\nc\n',
    );
  });

  test("fails with what is missing when its folder is not there", async () => {
    await expect(create({ create: "true", dir: "/no/such" })).rejects.toThrow(
      'chdir /no/such: no such file or directory: running "true":\n',
    );
  });

  test("is killed when the operator stops, and says so", async () => {
    const stop = new AbortController();
    const log = recordingLog();
    const running = create({ create: "echo started; exec sleep 60" }, { log, stop: stop.signal });
    await until(() => log.lines.length > 0);
    stop.abort();
    await expect(running).rejects.toThrow("signal: killed: running");
  });

  test("tells its lines whole, though they come in pieces", async () => {
    const log = recordingLog();
    await create({ create: "printf 'a'; sleep 0.05; printf 'b\\nc'; printf '\\r\\nlast'" }, { log });
    expect(log.lines).toEqual(["info ab", "info c", "info last"]);
  });
});

describe("updating a command", () => {
  test("runs its update, or else its create, and knows what was said before", async () => {
    const state = { create: "x", stdout: "before", stderr: "" };
    const echo = 'echo "$PULUMI_COMMAND_STDOUT"';
    expect(await update(state, { create: "false", update: echo })).toMatchObject({ stdout: "before" });
    expect(await update(state, { create: echo })).toMatchObject({ stdout: "before" });
    expect(await update(state, { create: echo, addPreviousOutputInEnv: false })).toMatchObject({ stdout: "" });
  });

  test("makes its outputs unknown in a preview only for an input that the state had already", async () => {
    const state = { create: "a", stdout: "s", stderr: "" };
    expect(await update(state, { create: "b" }, true)).toMatchObject({ stdout: UNKNOWN });
    expect(await update(state, { create: "a", logging: "none" }, true)).toMatchObject({ stdout: "s" });
  });
});

describe("what changes a command", () => {
  const state = { create: "a", triggers: ["1"], addPreviousOutputInEnv: true, stdout: "s", stderr: "" };

  test("is an update, but a replacement where it is a trigger", async () => {
    const edited = await command.diff(state, { create: "b", triggers: ["1"], addPreviousOutputInEnv: true });
    expect([[...edited.changes.keys()], edited.replaces]).toEqual([["create"], []]);
    const again = await command.diff(state, { create: "b", triggers: ["2"], addPreviousOutputInEnv: true });
    expect(again.replaces).toEqual(["triggers[0]"]);
  });

  test("is a replacement too where a trigger is not known yet", async () => {
    const difference = await command.diff(state, { create: "a", triggers: [UNKNOWN], addPreviousOutputInEnv: true });
    expect(difference.replaces).toEqual(["triggers[0]"]);
  });

  test("is nothing where only the outputs differ from the inputs", async () => {
    const { stdout, stderr, ...inputs } = state;
    expect((await command.diff(state, inputs)).changes.size).toBe(0);
  });
});
