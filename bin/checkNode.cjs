"use strict";

// Any Node can read this file: one that is too old says so in a sentence instead of a stack trace.
var needed = /\d+\.\d+/.exec(require("../package.json").engines.node)[0];
var complaint = "rancher-rollback needs Node %s or newer, and this is %s (%s); nothing was done";
var found = process.versions.node;

function isOlder(version, than) {
  var has = version.split(".").map(Number);
  var wants = than.split(".").map(Number);
  return has[0] < wants[0] || (has[0] === wants[0] && has[1] < wants[1]);
}

if (isOlder(found, needed)) {
  console.error(complaint, needed, found, process.execPath);
  process.exit(1);
}
