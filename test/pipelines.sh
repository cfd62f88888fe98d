#!/bin/sh
# Lints the example pipeline for GitHub with actionlint, built with Go, and zizmor, from PyPI. They are kept in the cache folder.
set -eu
cd "$(dirname "$0")/.."
pipeline=docs/pipelines/github-actions.yml
cache=${XDG_CACHE_HOME:-$HOME/.cache}/rancher-rollback/lint

actionlint=$cache/actionlint-1.7.9
if [ ! -x "$actionlint/actionlint" ]; then
  echo "building actionlint 1.7.9 ..."
  GOBIN="$actionlint" go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.9
fi
# The label is that of the operator's own runner.
"$actionlint/actionlint" -ignore 'label "rancher" is unknown' "$pipeline"

zizmor=$cache/zizmor-1.16.3
if [ ! -x "$zizmor/bin/zizmor" ]; then
  echo "fetching zizmor 1.16.3 ..."
  rm -rf "$zizmor"
  if ! { python3 -m venv "$zizmor" && "$zizmor/bin/pip" install --quiet --disable-pip-version-check zizmor==1.16.3; }; then
    rm -rf "$zizmor"
    echo "zizmor needs python3 with venv and PyPI: $pipeline was not checked by it" >&2
    exit 0
  fi
fi
"$zizmor/bin/zizmor" --offline --no-progress --quiet "$pipeline"
