#!/usr/bin/env bash
# A PostgreSQL server in a folder of its own, run as a person who is not root, on 127.0.0.1 and a random port.
#
#   pg.sh start [--durable] DIR   makes the cluster in DIR (new or empty), starts it, prints its URL
#   pg.sh stop DIR                stops it and removes DIR
#
# Without --durable nothing is flushed to disk: right for tests, wrong for measurements and for anything one keeps.
set -euo pipefail

fail() { echo "pg.sh: $*" >&2; exit 1; }

bindir() {
	local newest
	newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
	[[ -n $newest && -x $newest/initdb ]] && { echo "$newest"; return; }
	command -v initdb >/dev/null || fail "no PostgreSQL here: apt-get install postgresql"
	dirname "$(readlink -f "$(command -v initdb)")"
}

# as_owner runs a command as a person who may own a cluster: PostgreSQL refuses root.
as_owner() {
	if [[ $(id -u) == 0 ]]; then
		(cd / && runuser -u postgres -- "$@")
	else
		"$@"
	fi
}

start() {
	local durable=0
	[[ ${1:-} == --durable ]] && { durable=1; shift; }
	local dir=${1:?usage: pg.sh start [--durable] DIR}
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	[[ -z $(ls -A "$dir") ]] || fail "$dir is not empty"
	[[ $(id -u) == 0 ]] && chown postgres "$dir"
	chmod 700 "$dir"
	local bin pass
	bin=$(bindir)
	pass=$(head -c 18 /dev/urandom | od -An -tx1 | tr -d ' \n')
	(umask 077; echo "$pass" >"$dir/pass")
	[[ $(id -u) == 0 ]] && chown postgres "$dir/pass"
	as_owner "$bin/initdb" -D "$dir/data" -U kvart --auth=scram-sha-256 --pwfile="$dir/pass" \
		--encoding=UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; fail "initdb failed"; }
	as_owner rm "$dir/pass"
	local conf="$dir/data/postgresql.conf"
	{
		echo "listen_addresses = '127.0.0.1'"
		echo "unix_socket_directories = '$dir'"
		echo "max_connections = 300"
		echo "shared_buffers = '128MB'"
		echo "max_wal_size = '2GB'"
		echo "log_min_messages = warning"
		if ((!durable)); then
			echo "fsync = off"
			echo "synchronous_commit = off"
			echo "full_page_writes = off"
		fi
	} >>"$conf"
	local port
	for _ in 1 2 3 4 5; do
		port=$((20000 + RANDOM % 12000))
		if as_owner "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 -o "-p $port" start >/dev/null 2>&1; then
			echo "postgres://kvart:$pass@127.0.0.1:$port/postgres?sslmode=disable"
			return
		fi
	done
	tail -5 "$dir/log" >&2 || true
	fail "PostgreSQL does not start"
}

stop() {
	local dir=${1:?usage: pg.sh stop DIR}
	dir=$(cd "$dir" && pwd) || return 0
	[[ -f $dir/data/PG_VERSION ]] || fail "$dir holds no cluster of this script"
	as_owner "$(bindir)/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1 || true
	rm -rf "$dir"
}

case "${1:-}" in
start) shift; start "$@" ;;
stop) shift; stop "$@" ;;
*) echo "usage: pg.sh start [--durable] DIR | stop DIR" >&2; exit 2 ;;
esac
