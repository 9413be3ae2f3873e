#!/usr/bin/env bash
# The start watch on older kernels, in virtual machines (lib/machine.sh): starts and
# deaths are what they are here.  And the out-of-memory killer of version 2 memory
# groups, which many machines that run tests have not: with memory.oom.group it takes
# golaunch too, and the note of the termination log must have been left before.
. "$(dirname "$0")/../lib/cli.sh"
. "$TESTS/lib/machine.sh"

KERNELS=5.10
RUN_TIMEOUT=900
STARTS=100
KILLS=50 # of the last so many kinds:
KILLED=4
OOM_ROUNDS=20
MIB=$((1 << 20))

machine_need $KERNELS
have_command busybox || skip_all "$reason"
new_root sid || skip_all "$reason"
mkdir -p "$root"/{app,cache,sys}
cp "$(command -v busybox)" "$root/app/busybox"
cp "$HELPERS/killed" "$root/app/"

# bring NAME VERSION FIXTURE ARGUMENT...: the fixture as /app/NAME/FIXTURE.
bring() {
	local name=$1
	shift
	go_fixture "$@" || { skip "$name" "$reason"; return 1; }
	mkdir -p "$root/app/$name"
	cp "$program" "$root/app/$name/"
}

go=$(newest_go)
starters=()
for kind in "1.15 static" "1.19 static" "1.19 cgo" "$go static" "$go cgo" "$go pie" "$go cgo-pie"; do
	bring "start-${kind/ /-}" ${kind% *} start ${kind#* } && starters+=("start-${kind/ /-}")
done
bring fail "$go" fail && bring native "$go" fail cgo -tags=native || skip_all "$reason"
bring soak "$go" soak cgo -tags=net && bring hungry "$go" hungry || skip_all "$reason"

# --- what the machine does -------------------------------------------------------------

# NAME    program      way              golaunch's options
deaths() {
	grep -v '^#' <<-'DEATHS'
		exit    fail/fail   init:exit        --capture auto
		panic   fail/fail   init:panic       --capture off
		fatal   fail/fail   init:overflow    --capture off
		timeout fail/fail   init:sleep       --start-timeout 2s
		segv    native/fail native:segv      --capture off
		cexit   native/fail constructor:exit --capture auto
	DEATHS
}

# cell NAME COMMAND: the machine's command, whose output will be $T/got/NAME; its status is the last line.
cell() { printf 'echo "=== %s"\n%s\necho "status $?"\n' "$1" "$2"; }

starts_script() {
	local name options way program
	for name in "${starters[@]}"; do
		cell "$name" "/golaunch -vv -- /app/$name/start 2>&1"
	done
	cell soak "i=0; while [ \$i -lt $STARTS ]; do
		/golaunch -- /app/soak/soak \$((i % 200)) page busy; [ \$? = \$((i % 200)) ] || echo \"wrong in start \$i\"
		i=\$((i + 1)); done"
	for name in "${starters[@]: -$KILLED}"; do
		cell "killed-$name" "/app/killed $KILLS 'main tracer=0 text=same' /golaunch -- /app/$name/start 2>&1"
	done
	while read -r name program way options; do
		cell "death-$name" "rm -f /cache/report; FAIL=$way /golaunch --report /cache/report $options /app/$program \
			>/dev/null 2>&1 </dev/zero; cat /cache/report"
	done < <(deaths)
}

# in_group COMMAND: in the memory group alone.
in_group() { echo "sh -c 'echo \$\$ >/sys/fs/cgroup/g/cgroup.procs; $1'"; }

oom_script() {
	cat <<-SCRIPT
		/app/busybox mount -t sysfs sysfs /sys
		/app/busybox mount -t cgroup2 none /sys/fs/cgroup
		echo +memory >/sys/fs/cgroup/cgroup.subtree_control
		/app/busybox mkdir /sys/fs/cgroup/g
		echo $((64 * MIB)) >/sys/fs/cgroup/g/memory.max
	SCRIPT
	cell oom-alone "rm -f /cache/report; HUNGRY=init:96 $(in_group "exec /golaunch --report /cache/report /app/hungry/hungry") \
		>/dev/null 2>&1; echo \"ended \$?\"; cat /cache/report"
	echo 'echo 1 >/sys/fs/cgroup/g/memory.oom.group'
	cell oom-group "i=0; while [ \$i -lt $OOM_ROUNDS ]; do : >/cache/note
		HUNGRY=main:96 $(in_group "exec /golaunch --termination-log /cache/note /app/hungry/hungry") >/dev/null 2>&1
		echo \"ended \$? note \$(head -n 1 /cache/note)\"; i=\$((i + 1)); done"
	cell oom-sated ": >/cache/note
		HUNGRY=main:20 $(in_group "exec /golaunch --termination-log /cache/note /app/hungry/hungry") 2>&1
		echo \"note \$(wc -c </cache/note)\""
}

# --- what it must have been ----------------------------------------------------------------

# split: $T/got/NAME of each cell.
split() {
	rm -rf "$T/got" && mkdir "$T/got"
	awk -v dir="$T/got/" '/^=== / { name = $2 ($3 == "" ? "" : "." $3); next } name { print > (dir name) }' "$T/out"
}
essence() {
	grep -a '^{' "$1" | jq -c '[.outcome, .cause.code, .cause.message, .phase, .init.package, .init.line,
		(.frames | map(.function + ":" + (.line | tostring)))]' 2>&1
}

# here PROGRAM WAY OPTION...: the same death on this machine, in the same root.
here() {
	local program=$1 way=$2
	shift 2
	run chroot "$root" env -i "FAIL=$way" /golaunch --report /here "$@" "/app/$program"
	cat "$root/here"
	rm -f "$root/here"
}

check_starts() { # VERSION
	local name
	for name in "${starters[@]}"; do
		check_has "$T/got/$name" "main tracer=0 text=same" "Linux $1: $name is untouched"
		check_has "$T/got/$name" "watch: phase main," "Linux $1: $name was watched"
	done
	for name in "${starters[@]: -$KILLED}"; do
		check_matches "$T/got/killed-$name" "^rounds $KILLS .* wrong 0 left 0$" \
			"Linux $1: $name, golaunch killed: $(grep -a '^rounds' "$T/got/killed-$name")"
	done
	check_equal "$(cat "$T/got/soak")" "status 0" "Linux $1: $STARTS starts leave no trace"
	while read -r name _; do
		check_equal "$(essence "$T/got/death-$name")" "$(cat "$T/here-$name")" "Linux $1: $name is explained as here"
	done < <(deaths)
}

check_oom() { # VERSION
	local noted
	check_has "$T/got/oom-alone" "ended 137" "Linux $1: out of memory: 137"
	check_equal "$(grep -a '^{' "$T/got/oom-alone" | jq -r '[.phase, .cause.code, .cause.evidence.limit_bytes,
		.cause.evidence.oom_kills, .cause.evidence.cgroup_version, .cause.evidence.cgroup] | join(" ")')" \
		"init GL6104 $((64 * MIB)) 1 2 /g" "Linux $1: out of memory: explained"
	noted=$(grep -ac '^ended 137 note .*GL6104.*likely' "$T/got/oom-group")
	check_equal "$(grep -ac '^ended 137' "$T/got/oom-group")" $OOM_ROUNDS "Linux $1: memory.oom.group: golaunch is killed too"
	check_true "Linux $1: memory.oom.group: a note was left, in $noted of $OOM_ROUNDS" [ "$noted" -gt 0 ]
	check_equal "$(cat "$T/got/oom-sated")" "$(printf '%s\n' "sated 20" "note 0" "status 0")" \
		"Linux $1: memory.oom.group: no note after a good end"
}

mount --bind /proc "$root/proc" || skip_all "nothing can be mounted here"
trap 'umount "$root/proc" 2>/dev/null; cleanup' EXIT
while read -r name program way options; do
	here "$program" "$way" $options >"$T/here-report"
	essence "$T/here-report" >"$T/here-$name"
done < <(deaths)
umount "$root/proc"

for version in $KERNELS; do
	have "kernel/$version" || { skip "kernel $version" "$reason"; continue; }
	cp -a "$root" "$T/world"
	{ starts_script; oom_script; } | machine_init "$T/world"
	machine_boot "$version" "$T/world"
	run "${command[@]}"
	split
	check_matches "$T/got/machine.kernel" "^${version//./\\.}\." "it was kernel $version"
	check_has "$T/out" "=== machine end" "it came to its end"
	check_starts "$version"
	check_oom "$version"
done
finish
