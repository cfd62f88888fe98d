#!/bin/sh
# Functions that scripts of several folders share.

fail() { printf 'failed %s\nnext %s\n' "$1" "$2"; exit 0; } # WHAT-HAPPENED REMEDY

# Removes PATH.PID of scripts that were killed, and what began by that name; who still runs keeps it.
sweep_killed() { # PATH
  for stale in "$1".*; do
    of=${stale#"$1."}
    if [ "${of%%.*}" = "$$" ] || [ ! -d "/proc/${of%%.*}" ]; then rm -rf "$stale"; fi
  done
}

free_kib() { df -Pk "$1" | { read -r _; read -r _ _ _ left _; echo "$left"; }; } # FOLDER
