#!/usr/bin/env node
"use strict";

require("./checkNode.cjs");
require("./start.cjs").start("cli/main");
