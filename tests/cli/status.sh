#!/usr/bin/env bash
# Exit statuses, and what is said when.
. "$(dirname "$0")/../lib/cli.sh"

go=$(newest_go)
need_fixture "${go:-any}" hello
hello=$program
need_fixture "$go" fail
failing=$program

for mode in "" --no-supervise "--policy none" "--capture all"; do
	for code in 0 1 2 3 42 125 126 127 128 143 159 255; do
		EXIT=$code run "$GOLAUNCH" $mode "$hello"
		[ "$status" = "$code" ] || fail "exit $code comes through ($mode)" "got $status"
		[ ! -s "$T/err" ] || fail "exit $code ($mode): golaunch is quiet"
	done
	pass "exit statuses come through, without a word ($mode)"
	for signal in 1 2 3 15; do
		KILL=$signal run "$GOLAUNCH" $mode "$hello"
		# Go itself turns SIGQUIT into a dump and exit status 2.
		[ $signal = 3 ] && want=2 || want=$((128 + signal))
		[ "$status" = $want ] || fail "signal $signal ($mode)" "got $status, want $want"
		[ $signal = 3 ] || [ ! -s "$T/err" ] || fail "signal $signal ($mode): golaunch is quiet"
	done
	pass "deaths by INT, TERM, HUP, QUIT come through ($mode)"
	KILL=9 run "$GOLAUNCH" $mode "$hello"
	check_status 137 "SIGKILL: 137 ($mode)"
done
KILL=9 run "$GOLAUNCH" "$hello"
check_stderr_has GL6103 "a death by SIGKILL is told"

# golaunch dies of the same signal: the kernel's word, not a shell's arithmetic.
cat >"$T/how.c" <<'C'
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	int status;
	(void)argc;
	if (fork() == 0) { execv(argv[1], argv + 1); _exit(127); }
	wait(&status);
	printf("%s %d core %d\n", WIFSIGNALED(status) ? "signal" : "exit",
	       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), WIFSIGNALED(status) && WCOREDUMP(status));
	return 0;
}
C
gcc -o "$T/how" "$T/how.c"
for signal in 15 13 11 6 9; do
	# Go catches SEGV and ABRT sent to itself and ignores PIPE; sh does not.
	run "$T/how" "$GOLAUNCH" -- /bin/sh -c "kill -$signal \$\$"
	check_equal "$(tail -n 1 "$T/out")" "signal $signal core 0" "golaunch dies of signal $signal itself, without a core"
done

run "$GOLAUNCH" -- /bin/sh -c 'kill -PIPE $$'
check_quiet "a death by SIGPIPE is quiet"

# --- signals --------------------------------------------------------------------
need_fixture "$go" signals
signals=$program
"$GOLAUNCH" "$signals" "$T/seen" 7 2>"$T/err" &
supervisor=$!
wait_for 10 grep -qs ready "$T/seen"
for signal in 2 10 12 28 40; do
	kill -$signal $supervisor
	wait_for 5 grep -q "^signal $signal\$" "$T/seen" || fail "signal $signal is forwarded"
done
kill -TERM $supervisor
wait $supervisor
check_equal "$?" 7 "after SIGTERM the program ends as it likes"
check_equal "$(grep -c signal "$T/seen")" 6 "each signal came once"

# --- stdin, stdout ----------------------------------------------------------------
echo "a line" | "$GOLAUNCH" /bin/cat >"$T/out" 2>"$T/err"
check_equal "$(cat "$T/out")" "a line" "stdin and stdout are the program's own"
head -c 3000000 /dev/urandom >"$T/data"
for capture in auto all off; do
	run "$GOLAUNCH" --capture $capture --report "$T/report.$capture" /bin/sh -c "cat '$T/data' >&2; cat '$T/data'"
	check_true "--capture $capture: 3 MB of stderr arrive unchanged" cmp -s "$T/data" "$T/err"
	check_true "--capture $capture: 3 MB of stdout too" cmp -s "$T/data" "$T/out"
done
# A reader that stops reading blocks the program as it would without golaunch, and loses nothing.
("$GOLAUNCH" --capture all /bin/sh -c "cat '$T/data' >&2; echo done >'$T/done'" 2>&1 >/dev/null) | (
	sleep 1
	[ ! -e "$T/done" ] && echo blocked >"$T/blocked"
	cat >"$T/slow"
)
check_true "a full stderr blocks the program" [ -e "$T/blocked" ]
check_true "and nothing is lost" cmp -s "$T/data" "$T/slow"

# --- not found, not started ---------------------------------------------------------
run "$GOLAUNCH" "$T/nothing"
check_status 127 "not found: 127"
run "$GOLAUNCH" no-such-program-anywhere
check_status 127 "not in PATH: 127"
run "$GOLAUNCH" /etc/passwd
check_status 126 "found, not executable: 126"
FAIL=main:panic run "$GOLAUNCH" "$failing"
check_status 2 "a panic in main: the program's own 2"
check_stderr_lacks "golaunch:" "and no word from golaunch"
finish
