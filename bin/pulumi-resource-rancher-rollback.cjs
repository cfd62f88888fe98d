#!/usr/bin/env node
"use strict";

// The name by which Pulumi looks for a package's plugin.
require("./checkNode.cjs");
require("./start.cjs").start("plugin/main");
