#!/usr/bin/env bash
# Job control: at a terminal, under nohup and in the background, everything is
# as it is without golaunch.  Each scene is played twice, once bare, and the
# program must have seen the same.
. "$(dirname "$0")/../lib/cli.sh"

go=$(newest_go)
need_fixture "${go:-any}" signals
signals=$program
need_fixture "$go" inspect
inspect=$program
need_fixture "$go" fail
failing=$program
pty=$HELPERS/pty
bash=(bash --norc --noprofile -i)
export HISTFILE= PS1='$ ' INPUTRC=/dev/null TERM=dumb
unset PROMPT_COMMAND

# scene PREFIX STEP...: a shell in a terminal starts "PREFIX signals", then the steps.
scene() {
	local prefix=$1
	shift
	rm -f "$T/seen"
	run "$pty" "send=$prefix '$signals' '$T/seen' 7"$'\n' "file=$T/seen=ready" "$@" $'send=\nexit 0\n' -- "${bash[@]}"
	sed 's/ready .*/ready/' "$T/seen" >"$T/saw" 2>/dev/null
}

# as_bare DESCRIPTION STEP...: the program sees the same with golaunch as without.
as_bare() {
	local description=$1
	shift
	scene "" "$@"
	cp "$T/saw" "$T/bare"
	check_status 0 "$description: the scene plays without golaunch"
	scene "'$GOLAUNCH' --" "$@"
	check_status 0 "$description: and with it"
	check_equal "$(cat "$T/saw")" "$(cat "$T/bare")" "$description: the program saw the same"
}

end=("send=kill -TERM %1; wait %1; echo status \$?"$'\n' "wait=status 7")
as_bare "Ctrl-C" $'send=\x03' "lines=$T/seen=2" $'send=\x1c' "lines=$T/seen=3" $'send=\x1a' "wait=Stopped" \
	"send=bg"$'\n' "lines=$T/seen=4" "${end[@]}"
check_equal "$(grep -c '^signal 2$' "$T/saw")" 1 "Ctrl-C: one SIGINT, not two"
as_bare "Ctrl-Z and fg" $'send=\x1a' "wait=Stopped" "send=fg"$'\n' "lines=$T/seen=2" $'send=\x03' \
	"lines=$T/seen=3" $'send=\x1a' "wait=Stopped" "send=bg"$'\n' "lines=$T/seen=4" "${end[@]}"

# The foreground group can read the terminal, and the terminal is back afterwards.  Words typed before the
# program runs would meet the shell's line editor, without echo.
run "$pty" "send='$GOLAUNCH' -- sh -c 'echo rea''dy; head -n 1'"$'\n' "wait=ready" "send=typed words"$'\n' "wait=typed words" \
	"wait=typed words" "send=echo back"$'\n' "wait=back" $'send=exit 0\n' -- "${bash[@]}"
check_status 0 "a program reads the terminal, and the shell gets it back"

# A program that does not handle SIGINT: the shell sees a death by SIGINT and ends its loop.  (Not before the
# program is up: bash itself loses the terminal to a Ctrl-C between its fork and the exec.)
run "$pty" "send=for i in 1 2 3; do '$GOLAUNCH' -- sh -c 'echo >>$T/rounds; exec sleep 5'; done; echo over"$'\n' \
	"lines=$T/rounds=1" $'send=\x03' "wait=^C" "wait=$ " "send=echo alive \$((20+1))"$'\n' "wait=alive 21" \
	$'send=exit 0\n' -- "${bash[@]}"
check_status 0 "Ctrl-C ends the whole loop of a shell"
check_equal "$(wc -l <"$T/rounds")" 1 "not only one round of it"

# Hanging up the terminal ends the program.
rm -f "$T/seen"
run "$pty" "file=$T/seen=ready" hangup -- "$GOLAUNCH" -- "$signals" "$T/seen"
check_status 129 "a terminal that goes away: the program dies of SIGHUP"

# As session leader with a terminal golaunch hands it to the program.
FAIL=init:panic run "$pty" -- "$GOLAUNCH" "$failing"
check_status 2 "session leader: status"
check_stdout_has "panic: boom" "session leader: the words of a panic reach the terminal"
run "$pty" -- "$GOLAUNCH" "$inspect"
check_equal "$(grep -c '^tty [012] true' "$T/out")" 3 "session leader: 0 to 2 are the terminal"

# --- without a terminal ---------------------------------------------------------------
same_start() { # DESCRIPTION COMMAND-WITH-%: % is the program, bare or under golaunch
	local description=$1 field
	rm -f "$T/state"
	run sh -c "${2//%/\'$inspect\'}"
	wait_for 5 grep -qs '^limit' "$T/state"
	cp "$T/state" "$T/bare"
	rm -f "$T/state"
	run sh -c "${2//%/\'$GOLAUNCH\' -- \'$inspect\'}"
	wait_for 5 grep -qs '^limit' "$T/state"
	for field in SigIgn SigBlk tty fd cwd; do
		check_equal "$(grep "^$field" "$T/state")" "$(grep "^$field" "$T/bare")" "$description: $field as without golaunch"
	done
}
cd "$T" || exit 125
same_start "plain" "% >'$T/state' 2>/dev/null"
same_start "nohup" "nohup % >'$T/state' 2>/dev/null"
same_start "sh -c '... &'" "% >'$T/state' 2>/dev/null & wait"
same_start "setsid" "setsid % >'$T/state' 2>/dev/null"
same_start "SIGPIPE ignored" "trap '' PIPE; % >'$T/state' 2>/dev/null"

# Under nohup a hang-up must not be forwarded to a program that ignores it by inheritance.
rm -f "$T/seen"
nohup "$GOLAUNCH" -- "$signals" "$T/seen" 7 >/dev/null 2>&1 &
supervisor=$!
wait_for 10 grep -qs ready "$T/seen"
kill -HUP $supervisor
sleep 0.2
check_true "nohup: SIGHUP ends neither" kill -0 $supervisor
kill -TERM $supervisor
wait $supervisor
check_equal $? 7 "nohup: SIGTERM ends it as the program likes"

# golaunch killed outright: the program must not be left stopped or traced.
rm -f "$T/seen"
"$GOLAUNCH" -- "$signals" "$T/seen" 7 >/dev/null 2>&1 &
supervisor=$!
wait_for 10 grep -qs ready "$T/seen"
kill -KILL $supervisor
wait $supervisor 2>/dev/null
left=$(sed -n 's/^ready //p' "$T/seen")
check_true "golaunch killed: the program lives on" kill -0 "$left"
kill -TERM "$left"
check_true "and still hears its signals" wait_for 5 grep -q "signal 15" "$T/seen"
# A SIGCONT for golaunch alone, whose program is stopped: /proc/PID is of another process here.
if am_root && have_command unshare; then
	unshare --pid --fork "$HELPERS/refuse" ptrace -- "$GOLAUNCH" -q -- /bin/sh -c 'kill -STOP $$; echo on' >"$T/out" 2>"$T/err" &
	outer=$!
	child_of() { cat "/proc/$1/task/$1/children" 2>/dev/null; }
	wait_for 10 sh -c "[ -n \"\$(cat /proc/$outer/task/$outer/children)\" ]"
	supervisor=$(child_of $outer) supervisor=${supervisor% }
	wait_for 10 sh -c "grep -qs '^State:.*T' /proc/\$(cat /proc/$supervisor/task/$supervisor/children)/status"
	kill -CONT "$supervisor"
	check_true "another pid namespace's /proc: SIGCONT to golaunch continues the program" wait_for 10 grep -qx on "$T/out"
	[ -s "$T/out" ] || kill -KILL "$supervisor"
	wait "$outer"
else
	skip "/proc of another pid namespace" "${reason:-not root}"
fi
finish
