#!/bin/sh
# Where an exchange of etcd's data keeps what it exchanges on this host. All of it is on the file system of the data, so
# that every move is a rename.
# shellcheck disable=SC2034 # for the scripts that source this
: "${data?}" "${id?}"
. ../script.sh
umask 077
live=$data/member
work=$data/.rancher-rollback/$id
new=$work/new/member
old=$work/old/member

# What was renamed stays so when the power goes. Not every sync takes a path.
settle() { sync -f "$data" 2>/dev/null || sync; }

# With etcd at work on them the data must not be moved.
require_stopped() {
  case $(docker inspect --format '{{.State.Running}}' etcd) in
    false) ;;
    *) give_up etcd-not-still ;;
  esac
}
