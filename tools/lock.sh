#!/bin/sh
# Write requirements.txt and requirements-dev.txt from pyproject.toml: every package pinned, with the hashes of its
# files for every platform and no address in it. The resolver lives in a corner of its own (.tools/lock).
set -eu
tool=.tools/lock/bin
if [ ! -x "$tool/uv" ]; then
  python3 -m venv .tools/lock
  "$tool/python" -m pip install --quiet --disable-pip-version-check uv==0.13.9
fi

compile() {
  output=$1
  shift
  { echo "# Made by \`make lock\` from pyproject.toml; do not edit."
    "$tool/uv" --quiet pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate "$@" \
      pyproject.toml
  } > "$output.new"
  if grep -nE '://|--(extra-)?index-url|--find-links|file:' "$output.new"; then
    echo "carbonlearn: $output would name an address; nothing written" >&2
    rm -f "$output.new"
    exit 1
  fi
  mv "$output.new" "$output"
  echo "$output: $(grep -c '==' "$output") packages, $(grep -c 'sha256:' "$output") hashes"
}

compile requirements.txt
compile requirements-dev.txt --extra dev --constraint requirements.txt
