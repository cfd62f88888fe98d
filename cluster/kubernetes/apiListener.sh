#!/bin/sh
# Says whether anything listens on a TCP port of this node; changes nothing, and needs neither root nor a tool.
# port: in four hexadecimal digits, as the kernel writes it. proc: where its files are.
: "${port?}" "${proc?}"
for file in "$proc/net/tcp" "$proc/net/tcp6"; do
  [ -r "$file" ] || continue
  while read -r _ here _ state _; do
    # 0A is LISTEN (Linux, include/net/tcp_states.h).
    case "$here $state" in *":$port 0A") echo listens; exit 0 ;; esac
  done <"$file"
done
