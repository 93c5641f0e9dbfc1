#!/bin/sh
# Collect the texts of code and templates into carbonlearn/locale/messages.pot and bring each translation up to date.
# Texts are written in Chinese; English is the translation. Running it twice changes nothing the second time.
set -eu
locale=carbonlearn/locale
pot=$locale/messages.pot
babel=.venv/bin/pybabel
mkdir -p "$locale"
"$babel" --quiet extract -F babel.cfg -k _l -k lazy_gettext -k lazy_pgettext:1c,2 --no-location --sort-output --no-wrap --omit-header \
  -o "$pot" .
for language in en; do
  po=$locale/$language/LC_MESSAGES/messages.po
  if [ -e "$po" ]; then
    "$babel" --quiet update -i "$pot" -o "$po" -l "$language" --no-fuzzy-matching --no-wrap --ignore-pot-creation-date
  else
    "$babel" --quiet init -i "$pot" -d "$locale" -l "$language" --no-wrap
  fi
done
