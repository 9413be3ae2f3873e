#!/usr/bin/env bash
# tests/run itself: whatever goes wrong with a test program must be counted.
NO_GOLAUNCH=1
. "$(dirname "$0")/../lib/cli.sh"
runner=$TESTS/run

# program NAME: a test program with the body on stdin.
program() {
	{ echo '#!/bin/sh'; cat; } >"$T/$1"
	chmod +x "$T/$1"
}

# check_counts WANT STATUS PROGRAM... DESCRIPTION
check_counts() {
	local want=$1 want_status=$2 description=${!#}
	local -a programs=("${@:3:$#-3}")
	run "$runner" "${programs[@]/#/$T/}"
	check_equal "$(tail -n 1 "$T/out") / $status" "$want / $want_status" "$description"
}

program good <<'E'
echo 1..2; echo ok 1 - one; echo ok 2 - two
E
program bad <<'E'
echo ok 1 - fine; echo not ok 2 - broken; echo "# because of this"; echo 1..2; exit 1
E
program skips <<'E'
echo "ok 1 - this # SKIP no such thing"; echo ok 2; echo 1..2
E
program skips_all <<'E'
echo "1..0 # SKIP not here"
E
program no_plan <<'E'
echo ok 1 - one
E
program too_few <<'E'
echo 1..3; echo ok 1; echo ok 2
E
program crash <<'E'
echo 1..1; echo ok 1; kill -SEGV $$
E
program silent_failure <<'E'
echo 1..1; echo ok 1; exit 3
E
program signals <<'E'
# 32 and 33 are libc's own; make's posix_spawn leaves them ignored.
echo 1..1; grep -qE '^SigIgn:.0000000[01][08]0000000$' /proc/self/status && echo ok 1 || echo not ok 1
E
program hang <<'E'
echo 1..1; echo ok 1; sleep 60
E

check_counts "2 passed, 0 failed, 0 skipped" 0 good "passes are counted"
check_counts "1 passed, 1 failed, 0 skipped" 1 bad "failures are counted"
check_stdout_has "not ok 2 - broken" "a failing line is shown"
check_stdout_has "# because of this" "its diagnostics are shown"
check_counts "1 passed, 0 failed, 1 skipped" 0 skips "skipped tests are counted"
check_stdout_has "skipped: this: no such thing" "a skip is shown with its reason"
check_counts "0 passed, 0 failed, 1 skipped" 0 skips_all "a program that skips everything counts as one"
check_stdout_has "not here" "its reason is shown"
check_counts "1 passed, 1 failed, 0 skipped" 1 no_plan "a missing plan is a failure"
check_counts "2 passed, 1 failed, 0 skipped" 1 too_few "fewer tests than planned are a failure"
check_counts "1 passed, 1 failed, 0 skipped" 1 crash "a crash is a failure"
check_counts "1 passed, 1 failed, 0 skipped" 1 silent_failure "a bad exit status is a failure"
check_counts "0 passed, 1 failed, 0 skipped" 1 not_there "a program that is not there is a failure"
check_counts "7 passed, 2 failed, 1 skipped" 1 good good skips bad no_plan "several programs are added up"
check_counts "1 passed, 0 failed, 0 skipped" 0 signals "a program starts with no signal ignored"
run env --ignore-signal=HUP,INT,QUIT "$runner" "$T/signals"
check_equal "$(tail -n 1 "$T/out")" "1 passed, 0 failed, 0 skipped" "also in the background, under nohup"
cat >"$T/itself" <<E
NO_GOLAUNCH=1
. "$TESTS/lib/cli.sh"
grep -qE '^SigIgn:.0000000[01][08]0000000$' /proc/self/status && pass "with \$*"
finish
E
run env --ignore-signal=HUP,INT,QUIT bash "$T/itself" its words
check_equal "$status $(head -n 1 "$T/out")" "0 ok 1 - with its words" "and by itself"

GL_TEST_TIMEOUT=1
export GL_TEST_TIMEOUT
check_counts "1 passed, 1 failed, 0 skipped" 1 hang "a hanging program is a failure"
check_stdout_has "still running after 1 s" "and is named"

run "$runner" -c "$T/counts" "$T/good"
check_equal "$(cat "$T/counts")" "2 passed, 0 failed, 0 skipped" "-c keeps the sum in a file"
run "$runner"
check_equal "$(tail -n 1 "$T/out") / $status" "0 passed, 0 failed, 0 skipped / 0" "nothing to run is no failure"
finish
