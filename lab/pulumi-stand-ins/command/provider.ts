import { randomBytes } from "node:crypto";
import { changesBetween, rootOf } from "../diff.ts";
import type { Creation, Provider, Resource, Update } from "../provider.ts";
import { isUnknown, type Properties, reveal, same, UNKNOWN } from "../values.ts";
import { type CommandInputs, checkInputs, inputNames } from "./inputs.ts";
import { runCommand } from "./run.ts";

/** A stand-in for the official command plugin: `command.local.Command` and nothing else. */
export function commandProvider(): Provider {
  const stop = new AbortController();
  return {
    name: "command",
    version: "1.2.1",
    resources: { "command:local:Command": localCommand(stop.signal) },
    cancel: () => stop.abort(),
  };
}

export function localCommand(stop: AbortSignal): Resource {
  return {
    check: async (inputs) => checkInputs(inputs),

    diff: async (state, inputs) => {
      const changes = changesBetween(inputsIn(state), inputs);
      const replaces = [...changes.keys()].filter((path) => rootOf(path) === "triggers");
      return { changes, replaces };
    },

    create: async ({ name, inputs, preview, log }: Creation) => {
      const id = name + randomBytes(4).toString("hex");
      if (preview) return { id, state: { ...inputs, stdout: UNKNOWN, stderr: UNKNOWN } };
      const command: CommandInputs = reveal(inputs);
      const outputs = command.create === undefined ? NOTHING : await runCommand(command.create, command, {}, log, stop);
      return { id, state: { ...inputs, ...outputs } };
    },

    update: async ({ state, inputs, preview, log }: Update) => {
      const { stdout = "", stderr = "" } = state;
      if (preview) return { ...inputs, ...(runsAgain(state, inputs) ? UNKNOWN_OUTPUTS : { stdout, stderr }) };
      const command: CommandInputs = reveal(inputs);
      const line = command.update ?? command.create;
      const previous = reveal({ stdout, stderr }) as { stdout: string; stderr: string };
      const outputs = line === undefined ? { stdout, stderr } : await runCommand(line, command, previous, log, stop);
      return { ...inputs, ...outputs };
    },

    delete: async ({ state, log }) => {
      const command: CommandInputs = reveal(state);
      const previous = reveal({ stdout: state.stdout ?? "", stderr: state.stderr ?? "" }) as typeof NOTHING;
      if (command.delete !== undefined) await runCommand(command.delete, command, previous, log, stop);
    },

    // What a command did cannot be looked at.
    read: async ({ state, inputs }) => ({ state, inputs }),
  };
}

const NOTHING = { stdout: "", stderr: "" };
const UNKNOWN_OUTPUTS = { stdout: UNKNOWN, stderr: UNKNOWN };

function inputsIn(state: Properties): Properties {
  return Object.fromEntries(Object.entries(state).filter(([name]) => inputNames.has(name)));
}

/** As the official plugin sees it: an input that the state had not got yet does not make the outputs unknown. */
function runsAgain(state: Properties, inputs: Properties): boolean {
  return [...inputNames].some(
    (name) => isUnknown(inputs[name]) || (state[name] !== undefined && !same(state[name], inputs[name])),
  );
}
