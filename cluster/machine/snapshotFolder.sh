#!/bin/sh
# Makes the folder for snapshots, and says whether it can be written.
: "${folder?}"
mkdir -p "$folder" 2>/dev/null
if [ -w "$folder" ]; then echo "folder yes"; else echo "folder no"; fi
