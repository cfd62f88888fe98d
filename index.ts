import { program } from "./program.ts";

export const { rollback } = program();
