#!/usr/bin/env bash
# --capture init on real Go programs: what they write arrives as without golaunch,
# and from main on their standard error is the very one that golaunch was given.
. "$(dirname "$0")/../lib/cli.sh"

ROUNDS=${GL_CAPTURE_ROUNDS:-50} # starts that must all be alike
go=$(newest_go)
need_fixture "${go:-any}" stderr
init=("$GOLAUNCH" -v --capture init --)
said() { grep -a '^golaunch: note: stderr stays captured: ' "$T/err"; }

# --- the same bytes, the same descriptor ---------------------------------------

# as_it_is HOW COMMAND...: with standard error as HOW says; words to $T/words, what the program is told to $T/told.
as_it_is() {
	local how=$1
	shift
	rm -f "$T/words"
	case $how in
	file) "$@" 2>"$T/words" ;;
	append) echo before >"$T/words"; "$@" 2>>"$T/words" ;;
	pipe) { "$@" 2>&1 >&3 | cat >"$T/words"; } 3>&1 ;;
	null) "$@" 2>/dev/null ;;
	closed) "$@" 2>&- ;;
	esac >"$T/told" </dev/null
	[ "$how" = closed ] || [ -e "$T/words" ] || : >"$T/words"
	# Two pipes, or two starts' files, differ in their numbers alone.
	sed -i -E 's/pipe:\[[0-9]+\]/pipe/g; s/^stderr 1[0-9]:[0-9]+ /stderr /' "$T/told"
}

check_alike() { # HOW DESCRIPTION
	as_it_is "$1" "$program"
	mv "$T/told" "$T/told.bare"
	mv "$T/words" "$T/words.bare" 2>/dev/null || : >"$T/words.bare"
	as_it_is "$1" "$GOLAUNCH" -q --capture init -- "$program"
	[ -e "$T/words" ] || : >"$T/words"
	check_true "$2: the same bytes" cmp -s "$T/words" "$T/words.bare"
	# A closed one is /dev/null for newer Go, and when it is handed back.
	[ "$1" = closed ] || check_equal "$(sed 's/^stderr [0-9]*:[0-9]* /stderr /' "$T/told")" \
		"$(sed 's/^stderr [0-9]*:[0-9]* /stderr /' "$T/told.bare")" "$2: the same descriptors in main"
	[ "$1" != closed ] || check_matches "$T/told" " 2=/dev/null" "$2: /dev/null in main"
}

export INIT=200 MAIN=200
for version in 1.15 1.19 1.24 "$go"; do
	for variant in static cgo pie cgo-pie; do
		if ! go_fixture "$version" stderr "$variant"; then
			skip "go$version $variant" "$reason"
			continue
		fi
		for how in file append pipe null closed; do
			check_alike "$how" "go$version $variant, stderr $how"
		done
	done
done
need_fixture "$go" stderr

"${init[@]}" "$program" 2>"$T/words" >"$T/told"
check_matches "$T/told" "^stderr $(stat -c %d:%i "$T/words") " "fstat in main: the file that golaunch was given"
check_equal "$(grep -c '^init ' "$T/words") $(grep -c '^main ' "$T/words")" "200 200" "both parts are in it"

as_it_is file "$program"
mv "$T/words" "$T/words.bare"
bad=0
for ((i = 0; i < ROUNDS; i++)); do
	STATUS=$i "${init[@]}" "$program" 2>"$T/words" >"$T/told"
	[ $? = "$i" ] && cmp -s "$T/words" "$T/words.bare" && grep -q " 2=$T/words" "$T/told" || bad=$((bad + 1))
done
check_equal "$bad" 0 "$ROUNDS starts, all like the bare program"

STDERR=cloexec run "${init[@]}" "$program"
check_matches "$T/out" "^stderr .* flags 1 " "close-on-exec, as the program had set it"

# --- images -----------------------------------------------------------------------

printf '#!/bin/sh\nset -e\n/bin/true\nexec "$@"\n' >"$T/entrypoint.sh"
chmod 755 "$T/entrypoint.sh"
run "${init[@]}" "$T/entrypoint.sh" env A=B "$program"
check_stdout_has " 2=$T/err" "through a script and env"
check_equal "$(said)" "" "and nothing is said"
STDERR=again run "${init[@]}" "$program"
check_equal "$(grep -c '^init ' "$T/err") $(grep -c '^main ' "$T/err")" "400 200" "a program that executes itself in init"
check_has "$T/err" "has closed the one to be handed back" "stays captured"
run "${init[@]}" /bin/sh -c 'echo words >&2'
check_equal "$(head -n 1 "$T/err")" words "a program that is not Go"
if go_fixture "$go" stderr cgo; then
	cp "$program" "$T/bundled"
	run "$GOLAUNCH" bundle create "$T/bundled"
	run "$GOLAUNCH" -v --capture init --fallback always -- "$T/bundled"
	check_stdout_has " 2=$T/err" "by a bundle's stub"
	check_equal "$(said)" "" "by a bundle's stub: and nothing is said"
fi
need_fixture "$go" stderr

# --- what init may have done --------------------------------------------------------

STDERR=close run "${init[@]}" "$program"
check_status 0 "init closes all descriptors: the program runs"
check_equal "$(grep -c '^main ' "$T/err")" 200 "init closes all descriptors: its words arrive"
check_has "$T/err" "has closed the one to be handed back" "init closes all descriptors: said"
LOG=$T/log STDERR=log run "${init[@]}" "$program"
check_equal "$(grep -c '^main ' "$T/log") $(grep -c '^main ' "$T/err")" "200 0" "a file that init put in place is left alone"
check_stdout_has " 2=$T/log" "a file that init put in place stays"
check_has "$T/err" "has replaced it" "a file that init put in place: said"
check_lacks "$T/out" "=$T/err" "a file that init put in place: nothing else is left"
STDERR=close-stderr run "${init[@]}" "$program"
check_lacks "$T/err" "main " "closed by init, it stays closed"

mkfifo "$T/fifo"
FIFO=$T/fifo LOG=$T/child STDERR=child "${init[@]}" "$program" 2>"$T/err" >"$T/out" &
supervisor=$!
{ wait_for 10 grep -q stderr "$T/out"; echo; } >"$T/fifo"
wait "$supervisor"
check_equal "$?" 0 "a child that was started in init"
check_has "$T/err" "child after main" "a child that was started in init: its words arrive"
check_lacks "$T/child" "$T/err" "a child that was started in init does not have the real stderr"

INIT=0 MAIN=0 PAUSE=300 STDERR=talker run "${init[@]}" "$program"
awk '/^talker / { seen[$2]++; if ($2 > max) max = $2; if (n++ && $2 != last + 1) jumps++; last = $2 }
	END { for (i = 0; i <= max; i++) bad += seen[i] != 1; print (n > 100), bad + 0, (jumps <= 3) }' "$T/err" >"$T/order"
# Lines of the very moment of the handing back come a little late: one piece, which makes three jumps.
check_equal "$(cat "$T/order")" "1 0 1" "a goroutine that never stops writing: all arrives, once, nearly in order"

(
	for ((fd = 3; fd <= 511; fd++)); do eval "exec $fd</dev/null"; done
	run "${init[@]}" "$program"
)
check_equal "$(grep -c '^main ' "$T/err")" 200 "all descriptors are taken: its words arrive"
check_has "$T/err" "no descriptor is free" "all descriptors are taken: said"

# --- readers --------------------------------------------------------------------------

# late SECONDS: 600 KB before main, which ring and pipes hold, for a reader that comes late; $T/words is what it gets.
late() {
	("${init[@]}" "$program" 2>&1 >"$T/out") | { sleep "$1"; cat >"$T/words"; }
}

export INIT_FLOOD=3000
as_it_is file "$program"
mv "$T/words" "$T/words.bare"
late 0.5
check_has "$T/words" "its reader is slow" "a slow reader: stays captured"
check_true "a slow reader gets all, in order" cmp -s <(grep -v '^golaunch' "$T/words") "$T/words.bare"
late 0.03
check_true "one that is only late: handed back, in order" cmp -s "$T/words" "$T/words.bare"
("${init[@]}" "$program" 2>&1 >"$T/out"; echo "$?" >"$T/status") | true
check_equal "$(cat "$T/status")" 141 "a reader that has gone: SIGPIPE"
unset INIT_FLOOD

# --- filters ------------------------------------------------------------------------------

run "$HELPERS/refuse" dup3 -- "${init[@]}" "$program"
check_status 0 "dup3 is denied: the program runs"
check_equal "$(grep -c '^main ' "$T/err")" 200 "dup3 is denied: its words arrive"
run "$HELPERS/refuse" ptrace -- "${init[@]}" "$program"
check_equal "$status $(grep -c '^main ' "$T/err")" "0 200" "ptrace is denied: captured for life"
check_lacks "$T/out" "511=" "ptrace is denied: without another descriptor"
run "${init[@]}" "$HELPERS/refuse" dup3 -- "$program"
check_equal "$status $(grep -c '^main ' "$T/err")" "0 200" "a filter that came later"
check_has "$T/err" "a seccomp filter might kill" "a filter that came later: nothing is tried"

if am_root && have_command unshare; then
	# The filter's count stands in the program's own /proc/PID, which this is not.
	run unshare --pid --fork "${init[@]}" "$HELPERS/refuse" kill-dup3 -- "$program"
	check_status 0 "a filter that kills, and /proc is another pid namespace's"
	check_has "$T/err" "a seccomp filter might kill" "and /proc is another pid namespace's: nothing is tried"
else
	skip "/proc of another pid namespace" "${reason:-not root}"
fi

# --- root as an engine's container has it: another user's /proc/PID/fd is closed to it --------

if am_root && have_command setpriv; then
	contained=(setpriv --bounding-set "-sys_ptrace,-sys_admin,-perfmon" --inh-caps "-sys_ptrace,-sys_admin,-perfmon")
	cp "$program" "$T/program"
	cp "$GOLAUNCH" "$T/golaunch"
	run "${contained[@]}" "$T/golaunch" -v --capture init --user 65534:65534 -- "$T/program"
	check_stdout_has " 2=$T/err" "contained root, the program another user's: handed back"
	STDERR=setuid run "${contained[@]}" "$T/golaunch" -v --capture init -- "$T/program"
	check_stdout_has " 2=$T/err" "contained root, a program that changes its ids in init: handed back"
	check_lacks "$T/out" "511=" "contained root, a program that changes its ids in init: nothing is left"
else
	skip "contained root" "${reason:-not root}"
fi

# --- ends -----------------------------------------------------------------------------------

MAIN=0 STDERR=panic run "$GOLAUNCH" --capture init --report "$T/report" -- "$program"
check_json "$T/report" '.cause.code' GL6001 "a panic in init"
check_json "$T/report" '.stderr_tail | contains("init 199") and contains("panic: in init")' true "a panic in init: its words are in the report"
rm -f "$T/report"
STATUS=2 STDERR=pretend run "$GOLAUNCH" --capture init --report "$T/report" -- "$program"
check_json "$T/report" '.cause' null "words of init do not explain an end after main"
check_json "$T/report" '.stderr_tail | contains("init 199") and (contains("main 0") | not)' true "what was captured is what came before main"

PAUSE=1000 "${init[@]}" "$program" >"$T/out" 2>"$T/err" &
supervisor=$!
wait_for 10 grep -q ready "$T/out"
{ kill -KILL "$supervisor" && wait "$supervisor"; } 2>/dev/null
check_true "golaunch is killed after main: the program writes on" wait_for 10 grep -q '^late' "$T/err"

run "$GOLAUNCH" --no-supervise --capture init -- "$program"
check_status 125 "--no-supervise and --capture init"
check_stderr_has "--no-supervise and --capture init cannot be had together" "--no-supervise and --capture init: said"
finish
