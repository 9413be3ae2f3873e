#!/usr/bin/env bash
# The start watch and programs that make it hard: what their C libraries' start-up
# code and init functions do to processes, memory, signals, filters; tables and
# names that lie.  Each must run as without golaunch, and golaunch must never wait
# for it, nor believe it.
#
# Not among the ways, as they cannot be had: a process made by clone(2) with
# another signal than SIGCHLD, or CLONE_UNTRACED, in which the same Go program goes
# on: nobody tells of it, and it keeps the breakpoint.
. "$(dirname "$0")/../lib/cli.sh"

go=$(newest_go)
need_fixture "${go:-any}" hostile cgo
# Root as an engine's container has it.
contained=(setpriv --bounding-set "-sys_ptrace,-sys_admin,-perfmon" --inh-caps "-sys_ptrace,-sys_admin,-perfmon")

watched() { # as run; what the watch says is $T/watch
	run "$GOLAUNCH" -vv "$@"
	grep -a "^golaunch: [a-z]*: \(watch: \|the start is not\)" "$T/err" >"$T/watch"
}

# words: of the last run, in no order; what goes on without its parent gets a moment for them.
words() {
	case $1 in daemonise | clone-parent | exec-both) sleep 0.1 ;; esac
	sort "$T/out"
}

# as_bare WAY: the same words and status with golaunch as without.
as_bare() {
	local bare
	HOSTILE=$1 run "$program"
	bare="$status $(words "$1")"
	HOSTILE=$1 watched -- "$program"
	check_equal "$status $(words "$1")" "$bare" "$2 $1: as without golaunch"
}

# --- what it does to its process ---------------------------------------------------

ways="fork clone-ptrace clone3 clone-parent clone-vm clone-vm-silent clone-vm-ptrace clone-vm-vfork
	clone-vm-vfork-silent spawn vfork-exit storm storm-threads stillborn daemonise exec-self exec-thread exec-both
	exec-memfd exec-naked exec-huge exec-many leader-gone move-text open-text closed-text close-memory own-traps
	own-stops timers realtime block-all own-tracer own-filter session close-all
	go-goexit go-ignore-all go-dumpable go-exit-0 go-fork"
! am_root || ways="$ways chroot drop-root drop-and-filter"
for version in 1.15 1.19 "$go"; do
	if ! go_fixture "$version" hostile cgo; then
		skip "go$version" "$reason"
		continue
	fi
	for way in $ways; do as_bare "$way" "go$version"; done
done
need_fixture "$go" hostile cgo
HOSTILE=exec-many watched -- "$program"
check_has "$T/watch" "too many programs" "a chain of forty is followed only so far"
HOSTILE=exec-memfd watched -- "$program"
check_has "$T/watch" "phase main, 2 images" "a program in a memfd is watched"
HOSTILE=leader-gone watched -- "$program"
check_has "$T/watch" "phase unknown" "a main thread that leaves alone explains nothing"

# A child that nobody tells of, in the same memory: it must not stay stopped.
HOSTILE=clone-vm-ptrace-silent watched -- "$program"
check_status 0 "a child by CLONE_PTRACE alone"
# The breakpoint is gone: main is told by what is on the stack.
HOSTILE=forget-text watched -- "$program"
check_status 0 "a program that throws its code's pages away"
check_has "$T/watch" "phase main," "is known to have reached main"
HOSTILE=forget-text LINGER=2500ms watched -- "$program"
check_equal "$status $(cat "$T/out")" "0 main tracer=0" "and is let go of when that is noticed"
check_has "$T/watch" "what runs is not what the file has" "which is said"

# --- a C program with Go code in it --------------------------------------------------

for version in 1.15 1.19 1.22 "$go"; do
	go_fixture "$version" archive cgo -buildmode=c-archive || { skip "go$version archive" "$reason"; continue; }
	cc -o "$T/host" "$TESTS/fixtures/go/archive/host/host.c" "$program" -lpthread 2>"$T/gobuild" ||
		{ skip "go$version archive" "$(tail -n 1 "$T/gobuild")"; continue; }
	watched -- "$T/host"
	check_equal "$status $(sort "$T/out" | paste -sd' ')" "0 init sum 42" "go$version archive: it runs"
	check_has "$T/watch" "a C program with Go code in it" "go$version archive: unwatched"
	FAIL=1 watched -- "$T/host"
	check_status 4 "go$version archive: an exit of its init"
done

# --- filters of its own, where golaunch cannot touch its memory -----------------------

need_fixture "$go" hostile cgo
if am_root && have_command setpriv; then
	cp "$program" "$T/hostile"
	cp "$GOLAUNCH" "$T/golaunch"
	for way in own-filter drop-root drop-and-filter close-memory; do
		for options in "" "--policy none" "--capture init --report $T/report"; do
			HOSTILE=$way run "${contained[@]}" "$T/golaunch" $options -- "$T/hostile"
			check_equal "$status $(cat "$T/out")" "0 main tracer=0" "contained root $options: $way"
		done
	done
	HOSTILE=drop-and-filter run "${contained[@]}" "$T/golaunch" trace --init -- "$T/hostile"
	check_status 137 "contained root, a trace: a breakpoint that cannot be taken out is the program's end"
	check_stderr_has "golaunch has killed the program" "and golaunch says that it was its doing"
else
	skip "filters of its own" "${reason:-not root}"
fi

# --- the loop goes on whatever the program's processes do -----------------------------

freezer=/sys/fs/cgroup/freezer/golaunch-test.$$
if mkdir "$freezer" 2>/dev/null; then
	held=0
	for ((i = 0; i < 20; i++)); do
		HOSTILE=storm "$GOLAUNCH" -q -- sh -c "echo \$\$ >$freezer/cgroup.procs; exec $program" >/dev/null 2>&1 &
		supervisor=$!
		perl -e 'select(undef, undef, undef, 0.01 + rand(0.04))'
		echo FROZEN >"$freezer/freezer.state"
		sleep 0.03
		# It may be in poll(2) or on its way there, but in no call that waits for a child.
		case $(cut -d' ' -f1 "/proc/$supervisor/syscall" 2>/dev/null) in 61 | 247) held=$((held + 1)) ;; esac
		echo THAWED >"$freezer/freezer.state"
		wait "$supervisor" || held=$((held + 100))
	done
	rmdir "$freezer"
	check_equal "$held" 0 "frozen in the midst of forking: golaunch does not wait for a child"
else
	skip "frozen in the midst of forking" "no freezer cgroup to be had"
fi

bad=0
for ((i = 0; i < 20; i++)); do
	HOSTILE=stillborn "$GOLAUNCH" -q -- "$program" >/dev/null 2>&1 &
	supervisor=$!
	perl -e 'select(undef, undef, undef, rand(0.03))'
	victim=$(pgrep -P "$supervisor")
	[ -z "$victim" ] || kill -KILL $victim 2>/dev/null
	wait "$supervisor" 2>/dev/null
	case $? in 0 | 137) ;; *) bad=$((bad + 1)) ;; esac
done
check_equal "$bad" 0 "killed in the midst of forking: golaunch ends with it"

# Its supervisor gives up: the program goes on, without a breakpoint.
bad=0
for ((i = 0; i < 20; i++)); do
	HOSTILE=storm run "$HELPERS/refuse" waitid -- "$GOLAUNCH" -q -- "$program"
	[ "$status" = 125 ] && wait_for 5 grep -q "main tracer=0" "$T/out" || bad=$((bad + 1))
done
check_equal "$bad" 0 "golaunch cannot wait, and gives up: the program runs on, clean"

# --- golaunch in golaunch, and under others --------------------------------------------

need_fixture "$go" start
watched -- "$GOLAUNCH" -- "$program"
check_equal "$status $(cat "$T/out")" "0 main tracer=0 text=same uid=0 " "golaunch in golaunch"
START=exit run "$GOLAUNCH" -- "$GOLAUNCH" -- sh -c "exec '$GOLAUNCH' -- '$program'"
check_status 7 "four deep: the status"
check_equal "$(grep -c 'error\[GL6002' "$T/err")" 1 "and one explanation"
if have_command strace && strace -o /dev/null true 2>/dev/null; then
	START=exit run strace -o /dev/null "$GOLAUNCH" -- "$program"
	check_status 7 "golaunch traced itself: the status"
	check_stderr_has "GL6002" "and it still watches"
fi

# --- who ended it ------------------------------------------------------------------------

need_fixture "$go" hostile cgo
HOSTILE=go-term-143 "$GOLAUNCH" -- "$program" >"$T/out" 2>"$T/err" &
supervisor=$!
wait_for 20 grep -q ready "$T/err"
kill -TERM "$supervisor"
wait "$supervisor"
status=$?
check_status 143 "SIGTERM in init, answered by a goroutine"
check_stderr_has "GL6006]: ended by SIGTERM in the init of main" "is told as what it is"
HOSTILE=go-exit-2 run "$GOLAUNCH" --capture all -- "$program"
check_stderr_has "GL6002]: exited 2 before main.main" "os.Exit(2) with a panic's words is an exit"

# --- names that nobody would choose ---------------------------------------------------------

need_fixture "$go" fail
# Of the length of "example.com/fail/conf": a title, a colour, a line for a CI system, no UTF-8.
perl -pe 'BEGIN { binmode STDIN; binmode STDOUT } s{example\.com/fail/conf}{\e]0;name\a\e[31m\n::e\xff\xfe\xc2}g; s{conf\.go}{\e[2J\n\r\t}g' \
	<"$program" >"$T/named"
chmod 755 "$T/named"
check_equal "$(wc -c <"$T/named")" "$(wc -c <"$program")" "names of the same length"
for way in exit panic nilderef; do
	: >"$T/termination"
	rm -f "$T/report"
	FAIL=init:$way run "$GOLAUNCH" -vv --capture all --report "$T/report" --termination-log "$T/termination" -- "$T/named"
	grep -a '^golaunch: ' -A 20 "$T/err" >"$T/said"
	"$GOLAUNCH" report "$T/report" >>"$T/said"
	check_true "$way: something is said" [ -s "$T/said" ]
	check_true "$way: it is text" [ -z "$(tr -d '\n\40-\176\200-\377' <"$T/said" | sed 's/goroutine.*//')" ]
	check_true "$way: in UTF-8" iconv -f UTF-8 -t UTF-8 -o /dev/null "$T/said" "$T/report" "$T/termination"
	check_json "$T/report" '.schema' "golaunch.report/1" "$way: the record is JSON"
done
finish
