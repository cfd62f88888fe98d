#!/bin/sh
# Runs the Chromium of the root file system $CHROMIUM_ROOT on this machine's files for a while. The mounts are those of a
# namespace of its own and end with it, however it ends.
export CHROMIUM_ROOT TMPDIR="${TMPDIR:-/tmp}" HOME=/root
# shellcheck disable=SC2016 # the inner shell expands them
exec unshare --mount --propagation private sh -c '
  mkdir -p "$CHROMIUM_ROOT$TMPDIR" &&
  mount --bind /proc "$CHROMIUM_ROOT/proc" &&
  mount --rbind /dev "$CHROMIUM_ROOT/dev" &&
  mount --bind "$TMPDIR" "$CHROMIUM_ROOT$TMPDIR" &&
  exec chroot "$CHROMIUM_ROOT" /usr/bin/chromium "$@"
' chromium "$@"
