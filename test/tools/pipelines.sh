#!/bin/sh
# Lints the example pipeline for GitHub and the release workflow with actionlint, built with Go, and zizmor, from PyPI. Holds
# the one for GitLab against GitLab's schema, which is in check-jsonschema, from PyPI. All three are kept in the cache folder.
set -eu
cd "$(dirname "$0")/../.."
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

# $1: a program of PyPI, $2: its version. Prints where it is, nothing where it cannot be had.
from_pypi() {
  venv=$cache/$1-$2
  if [ ! -x "$venv/bin/$1" ]; then
    echo "fetching $1 $2 ..." >&2
    rm -rf "$venv"
    if ! { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check "$1==$2"; } >&2; then
      rm -rf "$venv"
      echo "$1 needs python3 with venv and PyPI: it has checked nothing" >&2
      return
    fi
  fi
  echo "$venv/bin/$1"
}

zizmor=$(from_pypi zizmor 1.16.3)
# shellcheck disable=SC2086 # several
[ -z "$zizmor" ] || "$zizmor" --offline --no-progress --quiet $workflows

jsonschema=$(from_pypi check-jsonschema 0.34.0)
[ -z "$jsonschema" ] || "$jsonschema" --quiet --builtin-schema vendor.gitlab-ci docs/pipelines/gitlab-ci.yml
