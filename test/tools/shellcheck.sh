#!/bin/sh
# Checks every shell script of the project with shellcheck, which root on Debian gets installed.
set -eu
cd "$(dirname "$0")/../.."
if ! command -v shellcheck >/dev/null; then
  if ! { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }; then
    echo "shellcheck is not installed, and no shell script was checked: apt-get install shellcheck, or brew install shellcheck" >&2
    exit 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends shellcheck >/dev/null
fi
# The lab's images have scripts without an extension.
{
  git ls-files -z --cached --others --exclude-standard '*.sh'
  git grep -z --untracked --files-with-matches '^#!.*sh$' -- .ci lab ':!*.sh' ':!*.ts'
} | xargs -0 shellcheck
