#!/usr/bin/env bash
# The out-of-memory killer, in memory groups of our own and in a container.
. "$(dirname "$0")/../lib/cli.sh"

am_root || skip_all "memory groups need root here"
go=$(newest_go)
need_fixture "${go:-any}" hello
hello=$program
need_fixture "$go" hungry

# The memory controller's hierarchy: $version, $top, and the file of the limit.
find_hierarchy() {
	top=$(awk '$0 ~ / - cgroup [^ ]+ .*memory/ && $4 == "/" { print $5; exit }' /proc/self/mountinfo)
	version=1 limit_file=memory.limit_in_bytes
	[ -n "$top" ] && return
	top=$(awk '/ - cgroup2 / && $4 == "/" { print $5; exit }' /proc/self/mountinfo)
	version=2 limit_file=memory.max
	[ -n "$top" ] && grep -qw memory "$top/cgroup.controllers" && echo +memory >"$top/cgroup.subtree_control"
}
find_hierarchy 2>/dev/null || skip_all "no memory controller is to be had here"
name=golaunch-test-$$
group=$top/$name
{ mkdir "$group" && echo 64M >"$group/$limit_file"; } 2>/dev/null || skip_all "no memory group can be made in $top"
remove_groups() {
	for directory in "$group/own" "$group"; do
		[ ! -d "$directory" ] || wait_for 5 rmdir "$directory" 2>/dev/null
	done
}
trap 'remove_groups; cleanup' EXIT

# run_in GROUP COMMAND...: as run, with the command in that group alone.
run_in() {
	run sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$@"
}
MIB=$((1 << 20))

# check_oom FILE WHAT: the record tells of it.
check_oom() {
	check_json "$1" '[.outcome.kind, .outcome.signal, .cause.code, .cause.severity] | join(" ")' \
		"signal SIGKILL GL6104 error" "$2: the cause"
	check_json "$1" '.cause.evidence | [.limit_bytes, .oom_kills, .cgroup_version] | map(tostring) | join(" ")' \
		"$((64 * MIB)) 1 $version" "$2: limit and kills"
	check_json "$1" ".cause.evidence.cgroup" "/$name" "$2: whose limit it was"
	check_json "$1" ".cause.evidence.max_rss_bytes > $((32 * MIB))" true "$2: what the program had"
}

for phase in init main; do
	HUNGRY=$phase:96 run_in "$group" "$GOLAUNCH" --report "$T/$phase" "$program"
	check_status 137 "in $phase: dies of SIGKILL"
	check_matches "$T/err" '^golaunch: error\[GL6104\]: .*64 MiB' "in $phase: it is said"
	check_stderr_has "GOMEMLIMIT=57MiB" "in $phase: and what helps"
	check_oom "$T/$phase" "in $phase"
	check_json "$T/$phase" .phase $phase "in $phase: how far it came"
done
check_matches "$T/init" '"init":\{"package":"[^"]*"' "in init: the package is in the report"
check_json "$T/init" '.cause.evidence.function != null' true "in init: and the function"
check_json "$T/main" '.init' null "in main: no package"
if [ "$version" = 1 ]; then
	check_json "$T/main" ".cause.evidence.peak_bytes >= $((60 * MIB))" true "the peak"
fi

# A limit further out: the group's own counter tells, the limit is the other's.
mkdir "$group/own" && { [ "$version" = 1 ] || echo +memory >"$group/cgroup.subtree_control"; } 2>/dev/null
if [ -e "$group/own/$limit_file" ]; then
	HUNGRY=main:96 run_in "$group/own" "$GOLAUNCH" --report "$T/outer" "$program"
	check_status 137 "an outer limit: dies of SIGKILL"
	check_oom "$T/outer" "an outer limit"
fi
HUNGRY=main:20 run_in "$group/own" "$GOLAUNCH" --report "$T/modest" "$program"
check_equal "$status $(cat "$T/out")" "0 sated 20" "one that keeps below the limit ends well"
check_json "$T/modest" .cause null "and has no cause"

# Not the out-of-memory killer: somebody's SIGKILL, where the counter has a past.
KILL=9 run_in "$group/own" "$GOLAUNCH" --report "$T/killed" "$hello"
check_json "$T/killed" '[.outcome.signal, .cause.code] | join(" ")' "SIGKILL GL6103" "a SIGKILL from outside is none"
check_json "$T/killed" '.cause.evidence | has("oom_kills")' false "and nothing is said of memory"

# A child of the program was the victim, and the program lived on.
HUNGRY=main:96 run_in "$group/own" "$GOLAUNCH" --report "$T/child" /bin/sh -c '"$@"; exit 3' sh "$program"
check_status 3 "a child was killed: the program's own status"
check_json "$T/child" .cause null "a child was killed: no cause of the program's end"

# The note before a death that takes golaunch along.
if [ "$version" = 2 ] && echo 1 2>/dev/null >"$group/memory.oom.group"; then
	rmdir "$group/own"
	echo -memory >"$group/cgroup.subtree_control"
	won=0
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		: >"$T/note"
		HUNGRY=main:96 run_in "$group" "$GOLAUNCH" --termination-log "$T/note" "$program"
		[ ! -s "$T/note" ] || won=$((won + 1))
	done
	check_true "killed as one: a note was left in time, at least once in 20 ($won)" [ "$won" -gt 0 ]
	[ "$won" = 0 ] || check_true "the note names the code" grep -q 'GL6104.*likely' "$T/note"
	: >"$T/note"
	HUNGRY=main:20 run_in "$group" "$GOLAUNCH" --termination-log "$T/note" "$program"
	check_equal "$status $(stat -c %s "$T/note")" "0 0" "no note after a good end"
else
	skip "killed as one: a note is left" "no memory.oom.group: the memory controller is version $version here"
fi
remove_groups

# In a container, as PID 1, where the group is all that can be seen.
have_command runc || { skip "in a container" "$reason"; finish; }
mkdir -p "$T/bundle/rootfs"/{proc,dev,sys,out} "$T/out-dir"
cp "$program" "$GOLAUNCH" "$T/bundle/rootfs/"
(cd "$T/bundle" && runc spec) && mv "$T/bundle/config.json" "$T/spec.json"
# container [JQ]: hungry as PID 1's child with 64 MiB.
container() {
	jq --arg out "$T/out-dir" '.process.terminal = false | .process.args = ["/golaunch", "--report", "/out/report", "/hungry"] |
		.process.env += ["HUNGRY=init:96"] | .linux.resources.memory = {limit: '$((64 * MIB))'} |
		.mounts += [{destination: "/out", type: "bind", source: $out, options: ["bind", "rw"]}] | '"${1-.}" \
		<"$T/spec.json" >"$T/bundle/config.json"
	rm -f "$T/out-dir/report"
	run runc --root "$T/runc-state" run --bundle "$T/bundle" golaunch-oom-$$
}
container '.process.args = ["/golaunch", "--version"]'
[ "$status" = 0 ] || { skip "in a container" "runc cannot run one here: $(tail -n 1 "$T/err")"; finish; }
container '(.mounts[] | select(.type == "cgroup").options) |= . + ["ro"]'
if [ -s "$T/out-dir/report" ]; then
	check_status 137 "in a container: 137"
	check_json "$T/out-dir/report" '[.cause.code, (.cause.evidence.limit_bytes | tostring)] | join(" ")' \
		"GL6104 $((64 * MIB))" "in a container: the cause and the limit"
else
	skip "in a container: the cause" "the kernel killed golaunch too: $(tail -n 1 "$T/err")"
fi
container '.mounts |= map(select(.type != "cgroup")) | .process.env += ["HUNGRY=main:96"]'
check_status 137 "without /sys/fs/cgroup: 137"
check_json "$T/out-dir/report" '.cause.code' GL6103 "without /sys/fs/cgroup: nothing is claimed"
finish
