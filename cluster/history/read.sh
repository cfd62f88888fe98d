#!/bin/sh
# Every restore that this host remembers, a line `restore JSON` each. remembered: the folder of its records.
: "${remembered?}"
for file in "$remembered"/*.json; do
  if [ -f "$file" ]; then printf 'restore %s\n' "$(cat "$file")"; fi
done
