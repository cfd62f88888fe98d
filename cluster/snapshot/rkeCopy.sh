#!/bin/sh
# Removes the plain file that a failed restore of RKE has left beside the proven zip of this host.
# kept: the sha256 of the snapshot in the zip. copies: those of all hosts' snapshots, one of which RKE has fetched.
. ./prove.sh
: "${kept?}" "${copies?}"

[ -f "$folder/$name" ] && [ -f "$folder/$name.zip" ] || exit 0
prove_here "$name.zip" && [ "$content" = "$kept" ] || exit 0
case " $copies " in *" $(digest <"$folder/$name") "*) ;; *) exit 0 ;; esac
rm -f "$folder/$name" && printf 'removed %s\n' "$folder/$name"
