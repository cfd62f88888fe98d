"use strict";

const { existsSync } = require("node:fs");
const { join } = require("node:path");
const { keepCompiled } = require("./compileCache.cjs");

/** Runs a module. A clone runs its sources, whatever an earlier build has left; the package has compiled files only. */
exports.start = (module) => {
  keepCompiled();
  const source = join(__dirname, `../${module}.ts`);
  import(existsSync(source) ? source : `../dist/${module}.js`);
};
