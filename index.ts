import { program } from "./program.ts";
import { underPulumi } from "./underPulumi.ts";

export const { rollback } = program(undefined, underPulumi);
