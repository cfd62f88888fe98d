import { randomBytes } from "node:crypto";
import { changesBetween, rootOf } from "../diff.ts";
import type { Failure, Provider, Resource } from "../provider.ts";
import { isUnknown, type Properties, reveal, same, UNKNOWN } from "../values.ts";
import { type CommandInputs, type Outputs, runCommand } from "./run.ts";

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

const INPUTS = [
  ...["create", "update", "delete", "triggers", "dir", "environment", "stdin", "logging"],
  // Always true, as the official plugin has it where nobody says otherwise.
  "addPreviousOutputInEnv",
];

export function localCommand(stop: AbortSignal): Resource {
  return {
    check: async (inputs) => ({ inputs: { addPreviousOutputInEnv: true, ...inputs }, failures: unknownIn(inputs) }),

    diff: async (state, inputs) => {
      const changes = changesBetween(inputsIn(state), inputs);
      const replaces = [...changes.keys()].filter((path) => rootOf(path) === "triggers");
      return { changes, replaces };
    },

    create: async ({ name, inputs, preview, log }) => {
      const id = name + randomBytes(4).toString("hex");
      if (preview) return { id, state: { ...inputs, ...UNKNOWN_OUTPUTS } };
      const command: CommandInputs = reveal(inputs);
      return { id, state: { ...inputs, ...(await runCommand(command.create ?? ":", command, NOTHING, log, stop)) } };
    },

    update: async ({ state, inputs, preview, log }) => {
      const previous = outputsIn(state);
      if (preview) return { ...inputs, ...(runsAgain(state, inputs) ? UNKNOWN_OUTPUTS : previous) };
      const command: CommandInputs = reveal(inputs);
      const line = command.update ?? command.create ?? ":";
      return { ...inputs, ...(await runCommand(line, command, reveal(previous), log, stop)) };
    },

    delete: async ({ state, log }) => {
      const command: CommandInputs = reveal(state);
      if (command.delete !== undefined) await runCommand(command.delete, command, reveal(outputsIn(state)), log, stop);
    },

    // What a command did cannot be looked at.
    read: async ({ state, inputs }) => ({ state, inputs }),
  };
}

const NOTHING: Outputs = { stdout: "", stderr: "" };
const UNKNOWN_OUTPUTS: Outputs = { stdout: UNKNOWN, stderr: UNKNOWN };

function unknownIn(inputs: Properties): Failure[] {
  const unknown = Object.keys(inputs).filter((name) => !INPUTS.includes(name));
  return unknown.map((property) => ({
    property,
    reason: `${property} is unknown to the lab's stand-in for the command plugin`,
  }));
}

function outputsIn({ stdout = "", stderr = "" }: Properties): Outputs {
  return { stdout, stderr } as Outputs;
}

function inputsIn(state: Properties): Properties {
  return Object.fromEntries(Object.entries(state).filter(([name]) => INPUTS.includes(name)));
}

/** As the official plugin sees it: an input that the state had not got yet does not make the outputs unknown. */
function runsAgain(state: Properties, inputs: Properties): boolean {
  return INPUTS.some(
    (name) => isUnknown(inputs[name]) || (state[name] !== undefined && !same(state[name], inputs[name])),
  );
}
