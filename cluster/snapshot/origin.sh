#!/bin/sh
# Says whether the snapshot is of the cluster whose namespace kube-system has this uid.
: "${uid?}"
. ./prove.sh

pick || exit 0
if unpack "$folder/$right" | grep -qaF "$uid"; then echo "origin this"; else echo "origin another"; fi
