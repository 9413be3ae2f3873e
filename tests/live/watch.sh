#!/usr/bin/env bash
# The start watch on real Go programs: it sees how far a start came, and the
# program is what it is without: same output, same status, untraced in main, its
# code as in its file.  Many starts: soak.sh; golaunch killed in them: watch_killed.sh.
. "$(dirname "$0")/../lib/cli.sh"

go=$(newest_go)
need_fixture "${go:-any}" start
unprivileged=(setpriv --reuid 65534 --regid 65534 --clear-groups)
# Root as an engine's container has it.
contained=(setpriv --bounding-set "-sys_ptrace,-sys_admin,-perfmon" --inh-caps "-sys_ptrace,-sys_admin,-perfmon")

# watched COMMAND...: under golaunch; what the watch says is $T/watch.
watched() {
	run "$GOLAUNCH" -vv "$@"
	grep -a "^golaunch: [a-z]*: \(watch: \|the start is not\)" "$T/err" >"$T/watch"
}

check_phase() { # PHASE DESCRIPTION
	check_has "$T/watch" "watch: phase $1," "$2"
}

# --- every link mode and version reaches main, and is let go of there ----------

kinds=("static" "static -ldflags=-s -w" "pie" "cgo" "cgo-pie")
for version in $(go_versions); do
	for kind in "${kinds[@]}"; do
		variant=${kind%% *}
		arguments=()
		[ "$kind" = "$variant" ] || arguments=("${kind#* }")
		case $version-$variant in
		1.15-* | 1.19-* | 1.24-* | "$go"-*) ;;
		*-static) ;;
		*) continue ;;
		esac
		if ! go_fixture "$version" start "$variant" "${arguments[@]}"; then
			skip "go$version $kind" "$reason"
			continue
		fi
		watched -- "$program"
		check_stdout_has "main tracer=0 text=same" "go$version $kind: untraced in main, its code is the file's"
		check_phase main "go$version $kind: the end of init was seen"
		START=exit watched -- "$program"
		check_status 7 "go$version $kind: an exit in init keeps its status"
		check_phase init "go$version $kind: and its phase"
		check_has "$T/watch" "running 'example.com/start/early'" "go$version $kind: and its package"
		check_matches "$T/watch" "early\.go:[0-9]+" "go$version $kind: and its place in the source"
	done
done

# --- code that is not what Go's compiler makes ----------------------------------

# without_call FILE NAME: runtime.main in it does nothing instead of calling runtime.NAME.
without_call() {
	local at address offset
	at=$(objdump -d --no-show-raw-insn --disassemble=runtime.main "$1" | awk -v "name=<runtime.$2" '
		/call/ && substr($NF, 1, length(name)) == name { sub(":", "", $1); print $1; exit }')
	read -r offset address < <(readelf -lW "$1" | awk '$1 == "LOAD" && / R E /{ print $2, $3; exit }')
	[ -n "$at" ] && printf '\x0f\x1f\x44\x00\x00' |
		dd of="$1" bs=1 seek=$((0x$at - address + offset)) conv=notrunc status=none
}

mkdir "$T/unusual"
for version in 1.15 1.19 "$go"; do
	for variant in static cgo-pie; do
		if ! have_command objdump || ! go_fixture "$version" start "$variant"; then
			skip "go$version $variant: calls that are not found" "$reason"
			continue
		fi
		cp "$program" "$T/unusual/start"
		check_true "go$version $variant: a call is taken out" without_call "$T/unusual/start" closechan
		watched -- "$T/unusual/start"
		check_stdout_has "main tracer=0 text=same" "go$version $variant: the call of closechan is not there: runs, untraced in main"
		check_phase main "go$version $variant: and the end of init was seen"
		START=exit watched -- "$T/unusual/start"
		check_equal "$status $(grep -ac 'watch: phase init' "$T/watch")" "7 1" "go$version $variant: an exit in init is seen"
		run "$GOLAUNCH" trace --init --format json -o "$T/unusual.json" -- "$T/unusual/start"
		check_equal "$status $(jq -r '"\(.init_ended) \(.packages_unknown)"' "$T/unusual.json")" "0 true null" "go$version $variant: and a trace is had"
		rm -f "$T/unusual.json"
		without_call "$T/unusual/start" unlockOSThread
		watched -- "$T/unusual/start"
		check_stdout_has "main tracer=0 text=same" "go$version $variant: nor the next one: runs"
		check_has "$T/watch" "the end of init was not found in its code" "go$version $variant: and it is said that it is not watched"
	done
done

# --- whatever it does in init, it runs as without golaunch ----------------------

# as_bare WAY: same words and status with golaunch as without.
as_bare() {
	local bare bare_status
	bare=$(START=$1 "$program" 2>/dev/null </dev/null | sort)
	START=$1 run "$program"
	bare_status=$status
	START=$1 watched -- "$program"
	check_equal "$status $(sort "$T/out")" "$bare_status $bare" "$2 $1: as without golaunch"
}

go_ways="child children exec exec-shell exec-thread setuid close recover spin write exit exit-thread trap kill"
for version in 1.15 1.19 "$go"; do
	go_fixture "$version" start && for way in $go_ways; do as_bare "$way" "go$version static"; done
	go_fixture "$version" start cgo || continue
	for way in $go_ways fork-constructor exit-constructor crash-constructor crash-c exit-c; do
		as_bare "$way" "go$version cgo"
	done
	START=fork-constructor watched -- "$program"
	check_equal "$(grep -c "tracer=0 text=same" "$T/out")" 2 "go$version cgo: both processes of a fork are clean"
	START=exit-thread watched -- "$program"
	check_has "$T/watch" "status 0x900," "go$version cgo: an exit by another thread is seen"
	START=crash-constructor watched -- "$program"
	check_phase runtime "go$version cgo: a crash in a constructor"
	check_has "$T/watch" "last fault" "go$version cgo: and its signal"
	START=crash-c watched -- "$program"
	check_phase init "go$version cgo: a crash in C code called from init"
	START=exec-shell watched -- "$program"
	check_has "$T/watch" "phase main, 3 images" "go$version cgo: followed through a shell"
done

need_fixture "$go" start
START=traceme watched -- "$program"
check_stdout_has "tracer=0 text=same" "a program that wants to be traced by its parent runs on"

# --- wrappers -------------------------------------------------------------------

printf '#!/bin/sh\nset -e\n/bin/true\nls / >/dev/null\nexec "$@"\n' >"$T/entrypoint.sh"
chmod 755 "$T/entrypoint.sh"
watched -- "$T/entrypoint.sh" "$program"
check_phase main "a script that executes the program is followed"
START=exit watched -- "$T/entrypoint.sh" env A=B "$program"
check_has "$T/watch" "phase init, 3 images" "so is env behind it"
watched -- /bin/sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do set -- env "$@"; done; exec "$@"' sh "$program"
check_status 0 "a chain of seventeen"
check_has "$T/watch" "too many programs" "is followed only so far"
watched -- /bin/echo hello
check_has "$T/watch" "not a Go program" "a program that is not Go"
check_stdout_has hello "runs"
watched --policy none -- /bin/sh -c '/bin/true & wait; /bin/true; exit 3'
check_status 3 "a shell that forks"

# --- poor surroundings ----------------------------------------------------------

if am_root && have_command setpriv; then
	cp "$program" "$T/start"
	cp "$GOLAUNCH" "$T/golaunch"
	for way in none setuid exit; do
		START=$way run "${contained[@]}" "$T/start"
		sort "$T/out" >"$T/bare"
		bare_status=$status
		for options in "" "--user 65534:65534"; do
			[ "$way$options" = setuid ] || [ -z "$options" ] || [ "$way" != setuid ] || continue
			START=$way run "${contained[@]}" "$T/golaunch" -vv $options -- "$T/start"
			check_equal "$status" "$bare_status" "contained root $options: START=$way keeps its status"
			check_matches "$T/err" "watch: phase (main|init)," "contained root $options: START=$way is watched"
			[ "$way" = exit ] || check_stdout_has "tracer=0 text=same" "contained root $options: START=$way is clean"
		done
	done
	START=exit run "${unprivileged[@]}" "$T/golaunch" -vv -- "$T/start"
	check_matches "$T/err" "watch: phase init," "an unprivileged user's program is watched"
	chmod 711 "$T/start"
	run "${unprivileged[@]}" "$T/golaunch" -vv -- "$T/start"
	check_status 0 "a program that cannot be read runs"
	check_matches "$T/err" "not watched" "and is not watched"
	chmod 755 "$T/start"
	# Under strace -f somebody traces already.
	if have_command strace; then
		run strace -f -o /dev/null "$T/golaunch" -v -- "$T/start"
		check_status 0 "under strace the program runs"
		check_stderr_has "ptrace is denied" "and the reason is said"
	fi
fi

# An outer filter that answers, and one that kills.
for filter in ptrace kill-ptrace; do
	START=exit run "$HELPERS/refuse" "$filter" -- "$GOLAUNCH" -v -- "$program"
	check_status 7 "$filter refused: the program runs"
	check_stderr_has "the start is not watched: " "$filter refused: said with -v"
	run "$HELPERS/refuse" "$filter" -- "$GOLAUNCH" -- "$program"
	check_equal "$status $(wc -c <"$T/err")" "0 0" "$filter refused: and only then"
done
run "$HELPERS/refuse" personality -- "$GOLAUNCH" -vv -- "$program"
check_stderr_has "watch: phase main," "a filter that lets ptrace through"

# --- signals, stops -------------------------------------------------------------

# begin WAY: the program in the background, up to "ready"; $supervisor, $child.
begin() {
	: >"$T/out"
	START=$1 "$GOLAUNCH" -vv -- "$program" >"$T/out" 2>"$T/err" </dev/null &
	supervisor=$!
	wait_for 20 grep -q ready "$T/out"
	child=$(awk '/^ready/ { print $2 }' "$T/out")
}

end() {
	wait "$supervisor" 2>/dev/null
	status=$?
	grep -a "watch: " "$T/err" >"$T/watch"
}

state_of() { awk '/^State:/ { print $2 }' "/proc/$1/status" 2>/dev/null; }
state_is() { case $2 in *"$(state_of "$1")"*) [ -n "$(state_of "$1")" ] ;; *) false ;; esac; }

for signal in TERM HUP KILL; do
	begin sleep
	kill -"$signal" "$child"
	end
	check_equal "$status" $((128 + $(kill -l "$signal"))) "SIG$signal in init ends the program"
	check_phase init "SIG$signal in init: the phase"
	check_matches "$T/watch" "early.init.func|early.glob..func" "SIG$signal in init: where it was"
done
begin sleep
kill -TERM "$supervisor"
end
check_equal "$status" 143 "SIGTERM to golaunch in init is passed on"
check_has "$T/watch" "last signal" "and kept"

begin stop
check_true "SIGSTOP in init stops the program" wait_for 10 state_is "$child" "tT"
kill -CONT "$child"
end
check_equal "$status" 0 "SIGCONT continues it"
check_has "$T/out" "tracer=0 text=same" "and it is clean"

begin nap
kill -STOP "$child"
wait_for 10 state_is "$child" "tT"
kill -STOP "$child"
kill -CONT "$child"
end
check_equal "$status" 0 "stopped and continued from outside"
check_phase main "and watched to the end of init"

# Ctrl-Z while init runs: the shell sees a stopped job, and fg continues it.
export HISTFILE= PS1='$ ' INPUTRC=/dev/null TERM=dumb
run "$HELPERS/pty" "send=START=nap '$GOLAUNCH' -- '$program'"$'\n' "wait=ready" $'send=\x1a' "wait=Stopped" "send=fg"$'\n' \
	"wait=tracer=0 text=same" "send=echo alive \$((20+1))"$'\n' "wait=alive 21" $'send=\nexit 0\n' -- bash --norc --noprofile -i
check_status 0 "Ctrl-Z and fg in init"
run "$HELPERS/pty" "send=START=sleep '$GOLAUNCH' -- '$program'"$'\n' "wait=ready" $'send=\x03' "wait=^C" "send=echo status \$?"$'\n' \
	"wait=status 130" $'send=\nexit 0\n' -- bash --norc --noprofile -i
check_status 0 "Ctrl-C in init"

# --- golaunch is killed ---------------------------------------------------------

begin sleep
kill -KILL "$supervisor"
wait "$supervisor" 2>/dev/null
check_true "golaunch killed in init: so is the program" wait_for 10 test ! -d "/proc/$child"
finish
