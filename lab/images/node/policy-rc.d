#!/bin/sh
# Packages start no services here: init.sh does.
exit 101
