#!/bin/sh
# Dress rehearsal: clone what is committed into an empty folder and run there what a stranger would run.
# Usage: tools/fresh_clone.sh [FOLDER]. Without FOLDER a temporary one is used, and removed when all went well.
set -eu
source=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
folder=${1:-$(mktemp -d)}
git clone --quiet "$source" "$folder/carbonlearn"
cd "$folder/carbonlearn"
echo "carbonlearn: rehearsing $(git rev-parse --short HEAD) in $PWD"
# Settings and virtual environment of the person who rehearses must not help.
for name in $(env | sed -n 's/^\(CARBONLEARN_[A-Z_]*\)=.*/\1/p') VIRTUAL_ENV PYTHONPATH; do unset "$name"; done
.ci/run
test -z "$(git status --porcelain)" || { echo "carbonlearn: the run left files that git sees:" >&2; git status --short >&2; exit 1; }
echo "carbonlearn: the rehearsal went well"
[ $# -gt 0 ] || rm -rf "$folder"
