#!/bin/sh
# Collect the texts of code and templates into carbonlearn/locale and bring each language's file up to date.
set -eu
locale=carbonlearn/locale
pot=$locale/messages.pot
babel=.venv/bin/pybabel
mkdir -p "$locale"
"$babel" --quiet extract -F babel.cfg -k _l -k lazy_gettext --no-location --sort-output --no-wrap \
  --project=carbonlearn --version=0.1.0 --omit-header -o "$pot" .
for po in "$locale"/*/LC_MESSAGES/messages.po; do
  [ -e "$po" ] || continue
  language=$(basename "$(dirname "$(dirname "$po")")")
  "$babel" --quiet update -i "$pot" -d "$locale" -l "$language" --no-fuzzy-matching --no-wrap --omit-header
done
