#!/bin/sh
# Fetches a snapshot from a URL, which comes on standard input: a presigned URL is a credential. It goes to the program
# by its standard input, and is never said.
. ./pull.sh

with_curl() { exec curl -q --config - --fail --silent --show-error --location --globoff --proto =http,https --proto-redir "=$redirected" --retry 3 --connect-timeout 20 --speed-time 60 --speed-limit 1 --max-filesize $((room * 1024)) --remote-time --output "$work/snapshot"; }

with_wget() { exec wget --no-config --input-file=- --no-verbose --tries=3 --timeout=60 --output-document="$work/snapshot"; }

begin
IFS= read -r url
case $url in https:*) redirected=https ;; *) redirected=http,https ;; esac
say "fetching from the url"
begun=$(date +%s)
tick & ticker=$!
if has curl; then
  feed="url = \"$url\""
  run with_curl
  [ "$code" -ne 63 ] || no_room '' ''
elif has wget && wget --version 2>/dev/null | head -n 1 | { read -r gnu _; [ "$gnu" = GNU ]; }; then
  feed=$url
  run with_wget
else
  fail no-downloader
fi
fetched "the url"
# Both programs give the file the server's Last-Modified; where there is none, it is of this moment.
came=$(date -r "$work/snapshot" +%s 2>/dev/null || echo "$begun")
[ "$came" -ge "$begun" ] || modified=@$came
finish
