#!/usr/bin/env node
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { commandLine } from "./commandLine.ts";

const exitCode = await commandLine(yargs(hideBin(process.argv)));
process.exit(exitCode);
