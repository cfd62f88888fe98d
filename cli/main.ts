#!/usr/bin/env node
import { hideBin } from "yargs/helpers";
import { commandLine } from "./commandLine.ts";

// A terminal or a pipe that is gone takes no more words; the run goes on to its next safe point.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

const exitCode = await commandLine(hideBin(process.argv));
process.exit(exitCode);
