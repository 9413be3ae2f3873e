#!/usr/bin/env bash
# What golaunch must not do when its surroundings are poor: hang on a full
# stderr, lose a report to a reader that is gone, blame itself or others
# wrongly, fail where the program would run.
. "$(dirname "$0")/../lib/cli.sh"

go=$(newest_go)
need_fixture "${go:-any}" hello && static=$program
cp "$static" "$T/hello"

# --- stderr that takes nothing, or whose reader is gone -----------------------------
mkfifo "$T/full"
exec 9<>"$T/full"
dd if=/dev/zero bs=4096 count=16 >&9 2>/dev/null
for options in "--policy none" "--capture all" "--report $T/full.report"; do
	begin=$SECONDS
	{ timeout -k 5 20 "$GOLAUNCH" $options /bin/sh -c 'kill -SEGV $$' 2>&9; } 2>/dev/null
	check_equal "$?" 139 "a full stderr, $options: golaunch ends all the same"
	check_true "a full stderr, $options: soon" [ $((SECONDS - begin)) -le 10 ]
done 2>/dev/null
{ timeout -k 5 20 "$GOLAUNCH" -s -w /bin/sh -c '(sleep 0.1 &); sleep 0.4; exit 3' 2>&9; } 2>/dev/null
check_equal "$?" 3 "-w on a full stderr does not stop the supervisor"
exec 9>&-

# sigpipe OPTION...: golaunch with a stderr that nobody reads; its status is in $T/status.
sigpipe() { { "$GOLAUNCH" "$@" 2>&1 >/dev/null; echo $? >"$T/status"; } | true; sleep 0.2; }
sigpipe --report "$T/pipe.report" "$T/nothing"
check_equal "$(cat "$T/status")" 127 "a reader that is gone does not change the status"
check_json "$T/pipe.report" .cause.code GL1001 "and the report is written"

# --- SIGSYS that is not golaunch's -----------------------------------------------------
run "$GOLAUNCH" /bin/sh -c 'kill -SYS $$'
check_status 159 "SIGSYS of the program's own doing: it dies of it"
check_stderr_lacks "golaunch's policy" "and the default policy, which kills nobody, is not blamed"
run "$GOLAUNCH" --report "$T/sys.report" /bin/sh -c 'kill -SYS $$'
check_json "$T/sys.report" '.outcome.kind + " " + .outcome.signal' "signal SIGSYS" "the report says so too"

# --- poor limits -----------------------------------------------------------------------
(ulimit -n 10 && run "$GOLAUNCH" --report "$T/few.report" "$T/hello" && [ "$status" = 0 ]) && pass "ten descriptors are enough" || fail "ten descriptors are enough"

if am_root; then
	cp "$GOLAUNCH" "$T/golaunch" # where that user may go
	run setpriv --reuid=54321 --regid=54321 --clear-groups -- bash -c 'ulimit -u 1; exec "$@"' bash "$T/golaunch" -v /bin/echo started
	check_equal "$(cat "$T/out")" started "no process more: the program takes golaunch's place"
	check_stderr_has "takes golaunch's place" "and -v says so"
	run setpriv --reuid=54321 --regid=54321 --clear-groups -- bash -c 'ulimit -u 1; exec "$@"' bash "$T/golaunch" -s /bin/echo started
	check_status 125 "unless a parent was asked for"
else
	skip "no process more" "not root"
fi

# --- the working directory -------------------------------------------------------------
mkdir "$T/gone"
(cd "$T/gone" && rmdir "$T/gone" && run "$GOLAUNCH" ./nothing && [ "$status" = 127 ]) && pass "a working directory that is gone: not found is 127" || fail "a working directory that is gone: not found is 127"
(cd "$T/gone" 2>/dev/null || { mkdir "$T/gone" && cd "$T/gone" && rmdir "$T/gone"; }; run "$GOLAUNCH" check ./nothing; [ "$status" = 1 ]) && pass "and check answers" || fail "and check answers"

# --- several files, one of which cannot be examined ---------------------------------------
run "$GOLAUNCH" check --format json /proc/self/mem "$T/hello"
check_json "$T/out" '.results | length' 2 "what cannot be examined does not end the check"
check_json "$T/out" '.results[1].verdict' runs "the others are judged"

# --- other users -----------------------------------------------------------------------
if am_root; then
	mkdir -m 700 "$T/closed"
	cp "$static" "$T/closed/hello"
	run "$GOLAUNCH" --user 1000:1000 -- "$T/closed/hello"
	check_status 126 "a directory closed to --user: 126"
	check_stderr_has GL1005 "and it is named"
	mkdir -p "$T/closed/lib" && echo junk >"$T/closed/lib/libc.so.6" && cp /usr/bin/id "$T/id"
	run env LD_LIBRARY_PATH="$T/closed/lib" "$GOLAUNCH" --user 1000:1000 -- "$T/id" -u
	check_equal "$(cat "$T/out")" 1000 "libraries in a directory closed to --user are passed over, as by the loader"
	cp /usr/bin/id "$T/setuid" && chmod 4755 "$T/setuid"
	run "$GOLAUNCH" --user 1000:1000 -- "$T/setuid" -u
	check_equal "$(cat "$T/out")" 0 "a setuid program keeps its bit under --user and the default policy"
	run "$GOLAUNCH" --user 1000:1000 --policy default -- "$T/setuid" -u
	check_status 125 "with the policy asked for by name it is not started"
	check_stderr_has GL5006 "and the reason is said"
else
	skip "other users" "not root"
fi

# --- options, environment, failures -------------------------------------------------------
GOLAUNCH_CAPTURE=bogus run "$GOLAUNCH" --policy none --no-env /bin/true
check_status 0 "--no-env counts wherever it stands"
GOLAUNCH_CAPTURE=bogus GOLAUNCH_BYPASS=1 run "$GOLAUNCH" /bin/true
check_status 0 "the bypass works in a broken environment"
GOLAUNCH_BYPASS=1 run "$GOLAUNCH" "$T/nothing"
check_status 127 "the bypass too knows what is not there"
run "$GOLAUNCH" --report "$T/failed.report" --user no-such-user -- /bin/true
check_status 125 "golaunch's own failure: 125"
check_json "$T/failed.report" '.outcome.kind + " " + (.outcome.status | tostring)' "refused 125" "has its line in the report"
run "$GOLAUNCH" --report syslog /bin/true
check_status 125 "--report syslog is of a later version"
check_true "and makes no file" [ ! -e syslog ]
"$GOLAUNCH" --report fd:2 -- /bin/true 2>&-
check_equal "$?" 125 "--report fd:2 with a closed fd 2: 125"
run "$GOLAUNCH" --no-supervise -e 3 /bin/true
check_status 125 "-e needs a parent"
run "$GOLAUNCH" --user $'x\e[31m\n::error::y' /bin/true
check_lacks "$T/err" $'\e' "words from the command line are escaped"
check_equal "$(wc -l <"$T/err")" 1 "and stay on one line"
for verb in check explain; do
	run "$GOLAUNCH" $verb --help
	check_status 0 "$verb --help"
	check_stdout_has "golaunch $verb" "shows its usage"
done

# --- sysroot ---------------------------------------------------------------------------
mkdir -p "$T/system/bin"
cp "$static" "$T/system/bin/hello"
for name in "$T/system/bin/hello" "$T/hello"; do
	run "$GOLAUNCH" check --format json --sysroot "$T/system" "$name"
	check_json "$T/out" '.results[0] | .verdict + " " + .file' "runs $name" "--sysroot judges ${name#"$T"}"
done
(cd "$T/system" && run "$GOLAUNCH" check --sysroot . bin/hello && [ "$status" = 0 ]) && pass "--sysroot . and a relative file" || fail "--sysroot . and a relative file"
finish
