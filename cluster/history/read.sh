#!/bin/sh
# Every restore that this host remembers, a line `restore JSON` each.
: "${folder?}"
for file in "$folder"/*.json; do
  if [ -f "$file" ]; then printf 'restore %s\n' "$(cat "$file")"; fi
done
