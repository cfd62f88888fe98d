#!/bin/sh
# Functions that scripts of several folders share.

fail() { printf 'failed %s\nnext %s\n' "$1" "$2"; exit 0; } # WHAT-HAPPENED REMEDY

free_kib() { df -Pk "$1" | { read -r _; read -r _ _ _ left _; echo "$left"; }; } # FOLDER
