#!/usr/bin/env bash
# Servers as Debian ships them, under go-server: the same answers to many requests,
# over kept connections and over new ones, the same end by SIGTERM, and no denial.
#
#	GL_REQUESTS=N presets_servers.sh    N requests to each ("make soak": 100000)
. "$(dirname "$0")/../lib/cli.sh"
. "$TESTS/lib/preset_program.sh"

requests=${GL_REQUESTS:-2000}
RUN_TIMEOUT=900
need_fixture "$(newest_go)" load
load=$program
preset_init

free_port() { "$load" port; }

# up URL WANT: waits until the server answers so; false if it ends before.
up() {
	wait_for 30 answers_or_ended "$@" && kill -0 "$server" 2>/dev/null
}
answers_or_ended() {
	! kill -0 "$server" 2>/dev/null || "$load" get "$1" 1 "$2" >/dev/null 2>&1
}

# began NAME PROGRAM...: as a user, in $work, under $prefix; $server is its pid.
began() {
	(cd "$work" && exec "${as_user[@]}" env HOME="$work" "${prefix[@]}" "$@") >"$work.out" 2>"$work.err" </dev/null &
	server=$!
}

# ended: SIGTERM; $status is how it ended.
ended() {
	kill -TERM "$server"
	wait "$server" 2>/dev/null
	status=$?
}

# loaded DESCRIPTION WORD...: all requests are answered.
loaded() {
	local description=$1
	shift
	run "$load" "$@"
	check_equal "$status $(cat "$T/out")" "0 requests $3" "$description: $1, $3 requests answered"
}

# serves DESCRIPTION START LOADS: START (a function) begins the server and waits for it;
# LOADS is given the description.  Without golaunch it is only seen how the server ends.
serves() {
	local description=$1 how bare=
	for how in bare under; do
		preset_fresh $how
		preset_prefix $how go-server
		if ! "$2"; then
			kill -KILL "$server" 2>/dev/null
			fail "$description, $how: it serves" "$(tail -n 5 "$work.err")"
			return
		fi
		[ $how = bare ] || "$3" "$description"
		ended
		[ $how = under ] || bare=$status
	done
	check_status "$bare" "$description: the same end by SIGTERM"
	check_lacks "$work.err" "GL5101" "$description: nothing denied is said"
	preset_no_denials "$description" "$report"
}

# --- caddy: files, and a proxy before itself -------------------------------------------
caddy_starts() {
	port=$(free_port)
	mkdir -m 777 "$work/site"
	head -c 3000 /dev/zero | tr '\0' x >"$work/site/page"
	echo "the end" >>"$work/site/page"
	printf '{\n\tadmin off\n}\nhttp://127.0.0.1:%s {\n\troot * %s/site\n\thandle_path /again/* {\n\t\treverse_proxy 127.0.0.1:%s\n\t}\n\tfile_server browse\n\tencode gzip\n\tlog {\n\t\toutput file %s/log\n\t}\n}\n' \
		"$port" "$work" "$port" "$work" >"$work/Caddyfile"
	began "$binary" run --config "$work/Caddyfile" --adapter caddyfile
	up "http://127.0.0.1:$port/page" "the end"
}
caddy_loads() {
	loaded "$1" get "http://127.0.0.1:$port/page" $((requests * 7 / 10)) "the end"
	loaded "$1, listing" get "http://127.0.0.1:$port/" $((requests / 10)) "page"
	loaded "$1, proxy" get "http://127.0.0.1:$port/again/page" $((requests / 10)) "the end"
	loaded "$1" close "http://127.0.0.1:$port/page" $((requests / 10)) "the end"
}

# --- node_exporter: reads /proc and /sys, asks for interfaces by netlink -----------------
node_starts() {
	port=$(free_port)
	began "$binary" --web.listen-address "127.0.0.1:$port"
	up "http://127.0.0.1:$port/metrics" "node_load1"
}
node_loads() {
	loaded "$1, every collector" get "http://127.0.0.1:$port/metrics" $((requests / 100)) "node_load1"
	loaded "$1" get "http://127.0.0.1:$port/metrics?collect[]=loadavg" $((requests * 9 / 10)) "node_load1"
	loaded "$1" close "http://127.0.0.1:$port/metrics?collect[]=netclass" $((requests / 10)) "node_network_up"
}

# --- etcd: bbolt's mapped and locked files, a log that is synced -------------------------
etcd_starts() {
	local peers
	port=$(free_port)
	peers=http://127.0.0.1:$(free_port)
	began "$binary" --data-dir "$work/data" --listen-client-urls "http://127.0.0.1:$port" \
		--advertise-client-urls "http://127.0.0.1:$port" --listen-peer-urls "$peers" \
		--initial-advertise-peer-urls "$peers" --initial-cluster "default=$peers"
	up "http://127.0.0.1:$port/health" true
}
etcd_loads() {
	loaded "$1" etcd "http://127.0.0.1:$port" "$requests"
	loaded "$1, its metrics" close "http://127.0.0.1:$port/metrics" $((requests / 100)) "etcd_server_has_leader 1"
}

# --- nats-server: with JetStream's files and its monitor ------------------------------------
nats_starts() {
	port=$(free_port)
	monitor=$(free_port)
	began "$binary" -a 127.0.0.1 -p "$port" -m "$monitor" -js -sd "$work/store"
	up "http://127.0.0.1:$monitor/healthz" ok
}
nats_loads() {
	loaded "$1" nats "127.0.0.1:$port" "$requests"
	loaded "$1, its monitor" get "http://127.0.0.1:$monitor/varz" $((requests / 100)) "server_id"
}

# each TREE PROGRAM START LOADS
while read -r tree name start loads; do
	if preset_program "$tree" "$name"; then
		serves "$name of ${tree#*/}" "$start" "$loads"
	else
		skip "$name of ${tree#*/}" "$reason"
	fi
done <<-END
	service/trixie caddy caddy_starts caddy_loads
	service/bookworm prometheus-node-exporter node_starts node_loads
	service/trixie prometheus-node-exporter node_starts node_loads
	workload/bookworm etcd etcd_starts etcd_loads
	workload/trixie etcd etcd_starts etcd_loads
	service/bookworm nats-server nats_starts nats_loads
END
finish
