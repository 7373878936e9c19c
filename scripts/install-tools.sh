#!/usr/bin/env bash
# Installs what the tests need and what is missing, on Debian, through apt and npm.
# usage: install-tools.sh [all|postgres|browser|race]   (all: postgres and browser)
set -euo pipefail
cd "$(dirname "$0")/.."
want="${1:-all}"

say() { echo "install-tools: $*" >&2; }

command -v go >/dev/null || { say "Go is missing: install the version that go.mod names from https://go.dev/dl/"; exit 1; }

need=()
command -v git >/dev/null || need+=(git)
if [[ $want == all || $want == postgres ]]; then
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || need+=(postgresql)
	command -v pdftotext >/dev/null || need+=(poppler-utils) # reads what the printed results say
fi
if [[ $want == all || $want == browser ]]; then
	command -v chromium >/dev/null || need+=(chromium)
	command -v node >/dev/null || need+=(nodejs)
	command -v npm >/dev/null || need+=(npm)
fi
if [[ $want == race ]]; then
	command -v gcc >/dev/null || need+=(gcc libc6-dev)
fi

if ((${#need[@]})); then
	command -v apt-get >/dev/null || { say "missing: ${need[*]}; this script installs with apt only, install them by hand"; exit 1; }
	sudo=()
	if [[ $(id -u) != 0 ]]; then
		command -v sudo >/dev/null || { say "missing: ${need[*]}; run it once as root: apt-get install ${need[*]}"; exit 1; }
		sudo=(sudo)
	fi
	say "installing ${need[*]}"
	"${sudo[@]}" apt-get update -qq
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${need[@]}" >/dev/null
fi

if [[ $want == all || $want == browser ]]; then
	if ! cmp -s e2e/package-lock.json e2e/node_modules/.kvart-lock; then
		say "npm packages of the browser tests"
		(cd e2e && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --silent)
		cp e2e/package-lock.json e2e/node_modules/.kvart-lock
	fi
fi
