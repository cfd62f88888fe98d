#!/bin/sh
# Sourced by scripts that run programs of etcd's image.

# in_own_container OPTION... --entrypoint PROGRAM IMAGE ARGUMENT...
# A container without a network. The image need not hold a shell (etcd 3.5.7 and later).
in_own_container() {
  docker run --network none --log-driver none --security-opt label=disable --env ETCDCTL_API=3 "$@"
}

json_in() { # KIND OUTPUT: as `KIND JSON`. From v3.5 etcdctl says before it that it is deprecated.
  printf '%s\n' "$2" | while read -r line; do
    case $line in '{'*) printf '%s %s\n' "$1" "$line" ;; esac
  done
}

error_in() { # OUTPUT of a program that failed: the line that says why, as a crash ends with where
  printf '%s\n' "$1" | {
    last=
    while IFS= read -r line; do
      case $line in
        panic:* | 'fatal error:'* | 'unexpected fault address'* | Error:*) last=$line; break ;;
        ?*) last=$line ;;
      esac
    done
    printf '%s\n' "$last"
  }
}
