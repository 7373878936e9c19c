#!/usr/bin/env bash
# The whole suite on Debian: installs what is missing, starts a PostgreSQL of its own, checks, tests, drives a browser.
# Every stage runs, whatever failed before it, except that nothing runs without the tools. The last line counts.
#
#   KVART_FULL=1                tests every job with JavaScript and without, not half of them each way; looks at every page
#                               with axe, not once at those that differ in words alone; adds a short run of the browser
#                               tests on the other engine, the race detector and longer fuzzing, begun only within
#                               KVART_BUDGET seconds (2400)
#   KVART_TEST_DATABASE_URL     a PostgreSQL to use in place of an own one; its user creates and drops databases
#   KVART_STAGES="unit browser" runs these stages only: checks unit build browser full
set -uo pipefail
cd "$(dirname "$0")/.."
budget=${KVART_BUDGET:-2400}
stages=" ${KVART_STAGES:-checks unit build browser full} "
passed=0 failed=0 skipped=0
times=()
SECONDS=0

# Tests make and drop a database each. In memory that is several times faster than on a disk, and ext4 slows down with
# every file removed before it. Only where there is plenty of memory, and where nobody chose a folder.
memory() {
	[[ -z ${TMPDIR:-} && -w /dev/shm ]] || return 1
	(($(df --output=avail -k /dev/shm | tail -1) > 4000000)) || return 1
	(($(awk '/^MemAvailable/ { print $2 }' /proc/meminfo) > 6000000))
}
if memory; then out=$(mktemp -d /dev/shm/kvart-test.XXXXXX); else out=$(mktemp -d "${TMPDIR:-/tmp}/kvart-test.XXXXXX"); fi
chmod 711 "$out" # PostgreSQL runs as another person below it
mkdir "$out/tmp"
export TMPDIR="$out/tmp"
pg=
finish() {
	[[ -n $pg ]] && scripts/pg.sh stop "$pg"
	rm -rf "$out"
}
trap finish EXIT
trap 'exit 130' INT TERM

note() { times+=("$(printf '%5d s  %s' "$2" "$1")"); }

# stage runs a command as one check: it passes or fails as a whole.
stage() {
	local name=$1 begin=$SECONDS
	shift
	echo "== $name"
	if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAIL  $name"; fi
	note "$name" $((SECONDS - begin))
}

add() { passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3)); }

# gotests runs go test with the arguments and counts its tests.
gotests() {
	local name=$1 begin=$SECONDS
	shift
	echo "== $name"
	rm -f "$out/go"
	go test -json "$@" 2>&1 | node scripts/gotest.mjs "$out/go"
	if [[ -s $out/go ]]; then add $(cat "$out/go"); else add 0 1 0; fi
	note "$name" $((SECONDS - begin))
}

wants() { [[ $stages == *" $1 "* ]]; }

# still says whether a longer run may begin; it says so when not.
still() {
	((SECONDS < budget)) && return 0
	echo "left out, the time is up: $1"
	return 1
}

begin=$SECONDS
scripts/install-tools.sh all || exit 1
note 'tools' $((SECONDS - begin))

if [[ -z ${KVART_TEST_DATABASE_URL:-} ]]; then
	begin=$SECONDS
	pg="$out/pg"
	KVART_TEST_DATABASE_URL=$(scripts/pg.sh start "$pg") || { pg=; echo 'PostgreSQL does not start: the suite is worth nothing without it'; exit 1; }
	note 'PostgreSQL starts' $((SECONDS - begin))
fi
export KVART_TEST_DATABASE_URL

if wants checks; then
	stage 'format' scripts/check.sh fmt
	stage 'vet' scripts/check.sh vet
	stage 'staticcheck' scripts/check.sh staticcheck
	stage 'templates current' scripts/check.sh templates
fi

# What vet finds is found above; without debugging tables the programs of the tests link in half the time; one package more
# than there are processors, as a test waits for PostgreSQL or for a clock.
wants unit && gotests 'Go tests, both engines' -p $(($(nproc) + 1)) -timeout 12m -vet=off -ldflags='-s -w' ./...

if wants build || wants browser; then
	stage 'build' make --no-print-directory build
	export KVART_BIN="$PWD/bin/kvart"
fi

# browsers runs every browser test file, two at a time: each waits for a browser half of its life.
# The first argument says which half of the files has its demo on PostgreSQL, the second whether every job goes all ways or
# one, the third where it is kept which pages were looked at; without it each is, wherever it shows (e2e/README.md).
browsers() {
	local begin=$SECONDS rc=0
	echo "== browser tests, $1 files on PostgreSQL"
	rm -f "$out/tap"
	KVART_E2E_ENGINE=$1 KVART_E2E_WAYS=$2 KVART_E2E_ONCE=${3:-} node --test --test-concurrency=2 --test-reporter=spec --test-reporter-destination=stdout \
		--test-reporter=tap --test-reporter-destination="$out/tap" e2e/*.test.mjs || rc=1
	n() { sed -n "s/^# $1 //p" "$out/tap" 2>/dev/null | tail -1; }
	local p f s c
	p=$(n pass) f=$(n fail) s=$(n skipped) c=$(n cancelled)
	f=$((${f:-0} + ${c:-0}))
	((rc && !f)) && f=1
	add "${p:-0}" "$f" "${s:-0}"
	note "browser tests, $1 files on PostgreSQL" $((SECONDS - begin))
}

if wants browser; then
	if [[ ${KVART_FULL:-} == 1 ]]; then browsers even all; else browsers even one "$out/looked"; fi
fi

if wants full && [[ ${KVART_FULL:-} == 1 ]]; then
	still 'browser tests on the other engine' && browsers odd one "$out/looked"
	if still 'race detector'; then
		scripts/install-tools.sh race
		# The packages where goroutines share something: the databases, the jobs, the sign-in, the bookings, the places.
		racy=()
		for p in platform/db platform/jobs platform/auth platform/web platform/sms booking programme sharing season; do
			[[ -d internal/$p ]] && racy+=("./internal/$p/...")
		done
		CGO_ENABLED=1 gotests 'race detector' -race -short -timeout 15m "${racy[@]}"
	fi
	while IFS=: read -r file func; do
		still "fuzz $func" && stage "fuzz $func" \
			go test -run '^$' -fuzz "^$func\$" -fuzztime "${KVART_FUZZTIME:-20s}" "./$(dirname "$file")"
	done < <(git grep -oE '^func Fuzz[A-Za-z0-9_]+' -- '*_test.go' | sed 's/:func /:/')
fi

echo
printf '%s\n' "${times[@]}"
printf '%5d s  in all\n' "$SECONDS"
((passed + failed)) || { echo 'no test ran'; failed=1; }
if ((skipped)); then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
((failed == 0))
