#!/bin/sh
# Checks that no subject of the last 100 commits is longer than 72 characters; of a merge, git or GitHub has written it.
set -eu
cd "$(dirname "$0")/../.."
subjects=$(git log -100 --no-merges --format='%h %s') || {
  echo "git cannot read the commits, and no subject was checked" >&2
  exit 1
}
if [ "$(git rev-parse --is-shallow-repository)" = true ]; then
  echo "the clone is shallow, and only the subjects in it were checked: $(printf '%s\n' "$subjects" | wc -l | tr -d ' ')" >&2
fi
# Characters count, not bytes.
if printf '%s\n' "$subjects" | LC_ALL=C.UTF-8 grep -E '^[^ ]+ .{73}'; then
  echo "these subjects are longer than 72 characters" >&2
  exit 1
fi
