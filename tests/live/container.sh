#!/usr/bin/env bash
# PID 1 of a container: runc, read-only root, uid 1000, no capabilities.
. "$(dirname "$0")/../lib/cli.sh"

am_root || skip_all "runc needs root here"
have_command runc || skip_all "$reason"
have_command busybox || skip_all "$reason"
go=$(newest_go)
for name in hello orphans signals inspect fail; do
	need_fixture "${go:-any}" $name
	mkdir -p "$T/bundle/rootfs" && cp "$program" "$T/bundle/rootfs/"
done
mkdir -p "$T/bundle/rootfs"/{bin,proc,dev,sys,out,etc}
cp "$(command -v busybox)" "$T/bundle/rootfs/bin/busybox"
cp "$GOLAUNCH" "$T/bundle/rootfs/golaunch"
chmod 777 "$T/bundle/rootfs/out"
mkdir "$T/out-dir" && chmod 777 "$T/out-dir"
state=$T/runc-state
(cd "$T/bundle" && runc spec) || skip_all "runc spec does not work here"
mv "$T/bundle/config.json" "$T/spec.json"

# configure ARG...: the container's command; more jq in $change.
change=.
configure() {
	local args
	args=$(printf '%s\n' "$@" | jq -R . | jq -s .)
	jq --arg out "$T/out-dir" --argjson args "$args" '.process.terminal = false | .root.readonly = true | .process.capabilities = {} |
		.process.user = {uid: 1000, gid: 1000} | .process.args = $args |
		.mounts += [{destination: "/out", type: "bind", source: $out, options: ["bind", "rw"]}] | '"$change" <"$T/spec.json" >"$T/bundle/config.json"
}
id=golaunch-test-$$
container() { # ARG...: runs it to its end
	configure "$@"
	run runc --root "$state" run --bundle "$T/bundle" $id
}
container /bin/busybox true
[ "$status" = 0 ] || skip_all "runc cannot run a container here: $(tail -n 1 "$T/err")"

container /golaunch -- /hello x
check_equal "$status $(cat "$T/out")" "0 hello x" "a program runs under golaunch as PID 1"
check_quiet "quietly"
container /golaunch -- /inspect
check_has "$T/out" "ppid 1" "golaunch is PID 1"
check_has "$T/out" "Uid 1000 1000 1000 1000" "the container's user"
check_has "$T/out" "CapEff 0000000000000000" "no capabilities"
check_has "$T/out" "Seccomp 2" "and the default policy is on"
change='.process.env += ["EXIT=42"]' container /golaunch -- /hello
check_status 42 "exit status"

container /golaunch -- /orphans 1000
check_equal "$status $(cat "$T/out")" "0 orphans 1000 zombies 0" "1,000 orphans are reaped"

# kill_in SIGNAL WANT DESCRIPTION COMMAND...: a running container gets a signal for its PID 1.
kill_in() {
	local signal=$1 want=$2 description=$3
	shift 3
	rm -f "$T/out-dir/seen"
	configure "$@"
	runc --root "$state" run --bundle "$T/bundle" $id >"$T/out" 2>"$T/err" </dev/null &
	local runc=$!
	wait_for 10 grep -qs ready "$T/out-dir/seen"
	runc --root "$state" kill $id "$signal"
	wait_for 10 sh -c "! kill -0 $runc 2>/dev/null" || runc --root "$state" kill $id KILL
	wait $runc
	status=$?
	check_status "$want" "$description"
}
kill_in TERM 7 "SIGTERM reaches a program that handles it" /golaunch -- /signals /out/seen 7
check_has "$T/out-dir/seen" "signal 15" "and it saw it"
kill_in TERM 143 "SIGTERM ends a program that does not: 143" /golaunch -- /bin/busybox sh -c 'echo ready >/out/seen; exec /bin/busybox sleep 100'
kill_in USR1 138 "SIGUSR1 likewise: 138" /golaunch -- /bin/busybox sh -c 'echo ready >/out/seen; exec /bin/busybox sleep 100'
change='.process.env += ["KILL=9"]' container /golaunch -- /hello
check_status 137 "a SIGKILL'd program gives 137"
change='.process.env += ["FAIL=init:panic"]' container /golaunch --report /out/report -- /fail
check_status 2 "an init panic: the program's status"
check_json "$T/out-dir/report" .cause.code GL6001 "and the report says GL6001"

# Kubernetes' termination log: taken by itself where it is there.
: >"$T/termination-log" && chmod 666 "$T/termination-log"
change='.process.env += ["FAIL=init:panic"] | .mounts += [{destination: "/dev/termination-log", type: "bind",
	source: "'$T'/termination-log", options: ["bind", "rw"]}]' container /golaunch -- /fail
check_has "$T/termination-log" GL6001 "/dev/termination-log tells why"

container /golaunch -- /no-such-program
check_status 127 "not found: 127"
container /golaunch --policy none -- /inspect
check_has "$T/out" "Seccomp 0" "--policy none"
finish
