#!/bin/sh
# Runs Go tests at another hour of the day: builds them with a clock that is
# shifted by a fixed number of seconds, so that a test which only passes by
# day is found by day and not by the CI run after midnight.
#
#   scripts/at.sh 23:50 ./internal/app -run TestAPI
#
# The time is the next one of that name in UTC. Everything after it goes to
# go test; the standard library on disk is not changed. SQLite only: the clock
# of PostgreSQL, by which jobs run there, stays what it is. Of internal/platform/jobs
# two tests fail at another hour: the queue asks the database what time it is.
set -eu
unset KVART_TEST_DATABASE_URL
cd "$(dirname "$0")/.."
at=$1
shift
now=$(date -u +%s)
then=$(date -u -d "$at" +%s)
[ "$then" -ge "$now" ] || then=$((then + 86400))
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT INT TERM
source=$(go env GOROOT)/src/time/time.go
sed "s/^\tsec, nsec, mono := runtimeNow()$/&\n\tsec += $((then - now)) \/\/ scripts\/at.sh/" "$source" >"$dir/time.go"
if cmp -s "$source" "$dir/time.go"; then
	echo "scripts/at.sh: this Go's time.Now is written differently; the script has to learn it" >&2
	exit 1
fi
printf '{"Replace":{"%s":"%s"}}' "$source" "$dir/time.go" >"$dir/overlay.json"
go test -overlay "$dir/overlay.json" "$@"
