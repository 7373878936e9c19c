#!/usr/bin/env bash
# Writes the table of Croatian forms (internal/platform/search/lemma/hr.table.gz) from the dictionary hunspell-hr.
# usage: lemmas.sh [FOLDER]   (with hr_HR.aff and hr_HR.dic; else /usr/share/hunspell, else Debian's package, unpacked aside)
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-/usr/share/hunspell}
if [[ ! -f $folder/hr_HR.dic ]]; then
	(($# == 0)) || { echo "lemmas: $folder has no hr_HR.dic" >&2; exit 1; }
	command -v apt-get >/dev/null || { echo 'lemmas: get the dictionary hunspell-hr and name its folder: make lemmas HUNSPELL=FOLDER' >&2; exit 1; }
	out=$(mktemp -d)
	trap 'rm -rf "$out"' EXIT
	(cd "$out" && apt-get download -qq hunspell-hr && dpkg-deb -x hunspell-hr_*.deb .)
	folder=$out/usr/share/hunspell
fi
go run ./internal/platform/search/lemma/make "$folder" internal/platform/search/lemma/hr.table.gz
