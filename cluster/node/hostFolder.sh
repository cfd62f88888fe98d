#!/bin/sh
# Sourced by scripts that look into folders of RKE's. prefix_path: the cluster file's; empty where it has none.
: "${prefix_path?}"

# Where the folder is that a container, running or not, has as FOLDER; without the container, where RKE would make it.
host_folder() { # CONTAINER FOLDER FOLDER-BELOW-THE-PREFIX
  mounted=$(docker inspect --format '{{range .Mounts}}{{.Destination}} {{.Source}}{{"\n"}}{{end}}' "$1" 2>/dev/null |
    while read -r to from; do case $to in "$2" | "$2/") echo "$from" ;; esac; done)
  echo "${mounted:-$(prefix)$3}"
}

prefix() { # RKE v1.8.0, hosts/hosts.go: the operating system decides where the cluster file does not
  case $prefix_path in
    "" | /) ;;
    *) echo "${prefix_path%/}"; return ;;
  esac
  case $(docker info --format '{{.OperatingSystem}}' 2>/dev/null) in
    *Boot2Docker*) echo /mnt/sda1/rke ;;
    *RancherOS* | *CoreOS* | *Flatcar*) echo /opt/rke ;;
  esac
}
