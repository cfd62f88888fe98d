#!/bin/sh
# Sourced, beside script.sh, by scripts that run programs of an etcd by a function of their own: in_image PROGRAM ARGUMENT…

# Tells the program that restores, and sets tool; fails where there is none. etcdctl 3.6 has no `snapshot restore` any more.
restorer() {
  for tool in etcdutl etcdctl; do
    help=$(in_image "$tool" snapshot restore --help) || continue
    case $help in *--data-dir*) ;; *) continue ;; esac
    case $help in *--bump-revision*) bumps=yes ;; *) bumps=no ;; esac
    tell tool "$tool" bumps="$bumps" version="$(in_image "$tool" version | sed -n 's/^[a-z]* version: *//p' | head -n 1)"
    return
  done
  return 1
}
