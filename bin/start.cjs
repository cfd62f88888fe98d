"use strict";

const { existsSync } = require("node:fs");
const { join } = require("node:path");

// A clone runs its sources, whatever an earlier build has left; the package has compiled files only.
const source = join(__dirname, "../cli/main.ts");
import(existsSync(source) ? source : "../dist/cli/main.js");
