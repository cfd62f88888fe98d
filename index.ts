import { stackProgram } from "./components/stackProgram.ts";
import { announceOnTerminal, underPulumi } from "./underPulumi.ts";

export const { rollback } = stackProgram({ announce: announceOnTerminal(), begin: underPulumi });
