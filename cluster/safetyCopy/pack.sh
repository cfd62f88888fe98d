#!/bin/sh
# Functions, beside those of archive.sh, that put a snapshot and RKE's state file into a zip as rke-tools does, so that a restore takes both
# (rke-tools v0.1.111, main.go): /backup/NAME and /etc/kubernetes/NAME.rkestate, deflated. Not for 4 GiB or more.
#
# gzip writes a header of 10 bytes, the deflated content, its CRC and its length: all that a zip needs.
: "${name?}"

numbers() { while [ "$#" -gt 0 ]; do little "$1" "$2"; shift 2; done; } # NUMBER COUNT…

write() { dd of="$zip" bs=1 seek="$1" conv=notrunc 2>/dev/null; } # OFFSET: standard input, over what is there

common() { # what a member's header and its entry in the directory have in common
  numbers 20 2 0 2 8 2 0 2 33 2 "$crc" 4 "$packed" 4 "$unpacked" 4 "${#member}" 2 0 2
}

deflate() { gzip -c1 | tail -c +11; }

add() { # MEMBER: standard input, at $at in the zip
  member=$1 header=$((30 + ${#1}))
  # The lengths are known at the end: then the header is written, and the next member over what gzip adds to the content.
  if [ "$at" -eq 0 ]; then { little 0 "$header" && deflate; } >"$zip" || return 1
  else { little 0 "$header" && deflate; } | write "$at" || return 1; fi
  end=$(($(size "$zip") - 8))
  crc=$(number "$zip" "$end" 4) unpacked=$(number "$zip" $((end + 4)) 4) packed=$((end - at - header))
  { numbers $((0x04034b50)) 4; common; printf %s "$member"; } | write "$at" || return 1
  members="$members $at $crc $packed $unpacked $member"
  at=$end
}

finish_zip() {
  start=$at entries=0
  # shellcheck disable=SC2086 # the words are the fields of an entry
  set -- $members
  while [ "$#" -gt 0 ]; do
    from=$1 crc=$2 packed=$3 unpacked=$4 member=$5
    shift 5
    # Made on Unix, a file that only root reads.
    {
      numbers $((0x02014b50)) 4 $((0x0314)) 2; common
      numbers 0 2 0 2 0 2 $((0100600 << 16)) 4 "$from" 4; printf %s "$member"
    } | write "$at" || return 1
    at=$((at + 46 + ${#member})) entries=$((entries + 1))
  done
  numbers $((0x06054b50)) 4 0 4 "$entries" 2 "$entries" 2 $((at - start)) 4 "$start" 4 0 2 | write "$at"
}

pack() { # SNAPSHOT ZIP: with the state file on standard input
  zip=$2 at=0 members=''
  add "/backup/$name" <"$1" && add "/etc/kubernetes/$name.rkestate" && finish_zip
}
