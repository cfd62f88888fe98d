#!/bin/sh
# The node's clock, and its certificates: public ones only, never a key.
. ./hostFolder.sh
echo "clock $(date +%s)"
for file in "$(host_folder kubelet /etc/kubernetes /etc/kubernetes)"/ssl/*.pem; do
  case $file in *-key.pem | *'*'*) ;; *) echo "certificate ${file##*/} $(base64 <"$file" | tr -d '\n')" ;; esac
done
