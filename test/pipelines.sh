#!/bin/sh
# Lints the example pipeline for GitHub and the release workflow with actionlint, built with Go, and zizmor, from PyPI.
# Both are kept in the cache folder.
set -eu
cd "$(dirname "$0")/.."
workflows="docs/pipelines/github-actions.yml .github/workflows/release.yml"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/rancher-rollback/lint

actionlint=$cache/actionlint-1.7.9
if [ ! -x "$actionlint/actionlint" ]; then
  echo "building actionlint 1.7.9 ..."
  GOBIN="$actionlint" go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.9
fi
# The label is that of the operator's own runner.
# shellcheck disable=SC2086 # several
"$actionlint/actionlint" -ignore 'label "rancher" is unknown' $workflows

zizmor=$cache/zizmor-1.16.3
if [ ! -x "$zizmor/bin/zizmor" ]; then
  echo "fetching zizmor 1.16.3 ..."
  rm -rf "$zizmor"
  if ! { python3 -m venv "$zizmor" && "$zizmor/bin/pip" install --quiet --disable-pip-version-check zizmor==1.16.3; }; then
    rm -rf "$zizmor"
    echo "zizmor needs python3 with venv and PyPI: the workflows were not checked by it" >&2
    exit 0
  fi
fi
# shellcheck disable=SC2086 # several
"$zizmor/bin/zizmor" --offline --no-progress --quiet $workflows
