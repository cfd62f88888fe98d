import { program, underPulumi } from "./program.ts";

export const { rollback } = program(undefined, underPulumi);
