#!/bin/sh
# The `date` of a simulated node: what it prints is kept, so the time is put in when it is answered.
[ "$1" != -r ] || exec /bin/date "$@"
printf '@now:%s@\n' "$*"
