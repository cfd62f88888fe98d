"use strict";

// For `node --require`: the module that is run, and all that it imports, are kept as well.
require("./compileCache.cjs").keepCompiled();
