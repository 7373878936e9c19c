#!/usr/bin/env bash
# The checks that run no test: format, vet, staticcheck, templates current. Changes no file of the tree.
# usage: check.sh [fmt|vet|staticcheck|templates]...   (all of them without arguments)
set -uo pipefail
cd "$(dirname "$0")/.."
: "${TEMPL:=github.com/a-h/templ/cmd/templ@v0.3.977}"
: "${STATICCHECK:=honnef.co/go/tools/cmd/staticcheck@v0.8.2}"

files() { git ls-files --cached --others --exclude-standard -- "$@" | while read -r f; do [[ -f $f ]] && echo "$f"; done; }

fmt() {
	local bad
	bad=$(files '*.go' | xargs -r gofmt -l 2>&1)
	[[ -z $bad ]] || { echo "not formatted (gofmt -w them):"; echo "$bad"; return 1; }
}

vet() { go vet ./...; }

staticcheck() { go run "$STATICCHECK" ./...; }

# plain prints generated Go without the folder of its template, which depends on where templ was started.
plain() { sed -E 's#(FileName: `)[^`]*/#\1#' "$1"; }

# templates generates into a copy, so that a tree with unfinished work in it is judged and not touched.
templates() {
	local copy rc=0 f
	[[ -n $(files '*.templ') ]] || return 0
	copy=$(mktemp -d)
	cp go.mod go.sum "$copy/"
	files '*.templ' | xargs cp --parents -t "$copy"
	go run "$TEMPL" generate -path "$copy" -log-level error >"$copy/log" 2>&1 || { cat "$copy/log"; rc=1; }
	while read -r f; do
		[[ -f $f ]] && cmp -s <(plain "$f") <(plain "$copy/$f") || { echo "not current (make generate): $f"; rc=1; }
	done < <(cd "$copy" && find . -name '*_templ.go' | sed 's|^\./||')
	while read -r f; do
		[[ -f ${f%_templ.go}.templ ]] || { echo "its template is gone: $f"; rc=1; }
	done < <(files '*_templ.go')
	rm -rf "$copy"
	return $rc
}

failed=0
for check in "$@"; do
	case $check in fmt | vet | staticcheck | templates) ;; *) echo "usage: check.sh [fmt|vet|staticcheck|templates]..." >&2; exit 2 ;; esac
done
(($#)) || set -- fmt vet staticcheck templates
for check in "$@"; do
	"$check" || { echo "FAIL $check"; failed=1; }
done
exit $failed
