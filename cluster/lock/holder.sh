#!/bin/sh
# Says who holds the lock of one host.
: "${file?}"
held=$(cat "$file" 2>/dev/null) && printf 'held %s\n' "$held"
exit 0
