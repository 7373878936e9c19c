#!/usr/bin/env bash
# Prints the measured tables of bench/, on SQLite and on a PostgreSQL of its own that flushes to disk as in production.
# bench/ finds the server in KVART_BENCH_DATABASE_URL and the built program in KVART_BIN.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-tools.sh postgres
export KVART_BIN="$PWD/bin/kvart"
if [[ -z ${KVART_BENCH_DATABASE_URL:-} ]]; then
	dir=$(mktemp -d "${TMPDIR:-/tmp}/kvart-pg.XXXXXX")
	trap 'scripts/pg.sh stop "$dir"' EXIT
	KVART_BENCH_DATABASE_URL=$(scripts/pg.sh start --durable "$dir")
	export KVART_BENCH_DATABASE_URL
fi
go run ./bench "$@"
