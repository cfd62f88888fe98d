#!/bin/sh
# Functions that scripts of several folders share.

# tell KIND CODE NAME=TEXT…: a line `value NAME LINE` for each line of each text, and then `KIND CODE`. No sentences: script.ts
# reads it, and the words are in scriptProblems/.
tell() {
  kind=$1 told=$2
  shift 2
  for given; do
    printf '%s\n' "${given#*=}" | while IFS= read -r text; do printf 'value %s %s\n' "${given%%=*}" "$text"; done
  done
  printf '%s %s\n' "$kind" "$told"
}

# How a script ends that has no result: its standard output says why.
fail() { tell failed "$@"; exit 0; } # CODE NAME=TEXT…

# How a script ends that has not done what it was to do, or whose standard output is no text. ssh.ts takes 77 for it.
give_up() { tell failed "$@" >&2; exit 77; } # CODE NAME=TEXT…

# Why a file is not the snapshot that it should be (scriptProblems/defects.ts).
# shellcheck disable=SC2034 # for the caller
because() { why=$(tell why "$@"); return 1; } # CODE NAME=TEXT…; sets why

has() { command -v "$1" >/dev/null 2>&1; } # PROGRAM

last_line() { printf %s "$1" | tail -n 1; } # TEXT

# Removes PATH.PID of scripts that were killed, and what began by that name; who still runs keeps it.
sweep_killed() { # PATH
  for stale in "$1".*; do
    of=${stale#"$1."}
    if [ "${of%%.*}" = "$$" ] || [ ! -d "/proc/${of%%.*}" ]; then rm -rf "$stale"; fi
  done
}

# What is free on the disk of a folder, what that file system is called, and which folder df can be asked of: the one above
# it where it is not there yet.
disk_of() { # FOLDER
  there=$1
  until [ -d "$there" ]; do there=${there%/*}; there=${there:-/}; done
  df -Pk "$there" | { read -r _; read -r file_system _ _ left _; printf '%s %s %s\n' "$left" "$file_system" "$there"; }
}

free_kib() { disk_of "$1" | { read -r left _; echo "$left"; }; } # FOLDER

used_kib() { du -sk "$1" 2>/dev/null | { read -r used _; echo "${used:-0}"; }; } # PATH
