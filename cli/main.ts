#!/usr/bin/env node
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { commandLine } from "./commandLine.ts";

// The engine reads Pulumi.yaml and paths in the config from here, wherever the command is typed.
const exitCode = await commandLine(yargs(hideBin(process.argv)));
process.exit(exitCode);
