#!/usr/bin/env bash
# --start-timeout: a start that hangs is ended and explained, any other is left alone.
. "$(dirname "$0")/../lib/cli.sh"

go=$(newest_go)
need_fixture "${go:-any}" hello
hello=$program
need_fixture "$go" fail
run "$GOLAUNCH" -v -- "$hello"
! grep -q 'the start is not watched' "$T/err" || skip_all "the start cannot be watched here: $(head -n 1 "$T/err")"

# check_ended DESCRIPTION: the run was ended in init, and told so.
check_ended() {
	check_status 137 "$1: killed"
	check_stderr_has 'error[GL6006]: ended after 0.3 s of starting (--start-timeout) in the init of example.com/fail/conf' "$1: said"
	check_json "$T/report" '[.phase, .outcome.signal, .cause.code, .init.package] | join(" ")' \
		"init SIGKILL GL6006 example.com/fail/conf" "$1: reported"
	check_json "$T/report" '.frames[0] | .function, (.file | sub(".*/"; ""))' $'example.com/fail/conf.failOddly\nconf.go' \
		"$1: where it hung"
	check_json "$T/report" '([.phases_ms[]] | add) >= 200' true "$1: and how long"
}

# Standard input on which nothing ever comes.
mkfifo "$T/silence" && exec 9<>"$T/silence"
while read -r version variant way; do
	go_fixture "$version" fail "$variant" || { skip "go $version $variant" "$reason"; continue; }
	rm -f "$T/report"
	FAIL=init:$way run "$GOLAUNCH" --start-timeout 300ms --report "$T/report" "$program" <&9
	check_ended "go $version $variant, $way"
done <<WAYS
$(for version in $(go_versions); do echo "$version static sleep"; done)
$go static read
$go cgo sleep
$go cgo-pie read
WAYS
go_fixture "$go" fail
check_stderr_has "golaunch explain GL6006" "and where there is more"

# What a shell executes is followed.
rm -f "$T/report"
FAIL=init:sleep run "$GOLAUNCH" --start-timeout 300ms --report "$T/report" /bin/sh -c 'exec "$0"' "$program"
check_ended "executed by a shell"
FAIL=init:sleep run "$GOLAUNCH" --start-timeout 300ms -e 137 "$program"
check_status 0 "-e 137"

# --- what is left alone ---------------------------------------------------------
run "$GOLAUNCH" --start-timeout 10s "$hello" x
check_equal "$status $(cat "$T/out")" "0 hello x" "a healthy start"
check_quiet "quietly"
FAIL=main:sleep run timeout -s INT 1 "$GOLAUNCH" --start-timeout 300ms "$program"
check_lacks "$T/err" GL6006 "the time of main.main does not count"
check_status 124 "it runs on until somebody ends it"
FAIL=init:exit run "$GOLAUNCH" --start-timeout 10s "$program"
check_matches "$T/err" 'GL6002' "a start that fails by itself keeps its own cause"
run "$GOLAUNCH" --start-timeout 200ms /bin/sh -c 'sleep 0.6; echo done'
check_equal "$status $(cat "$T/out")" "0 done" "a script is not killed"
check_stderr_has "--start-timeout has no effect: " "but that is said"
rm -f "$T/report"
GOLAUNCH_START_TIMEOUT=300ms FAIL=init:sleep run "$GOLAUNCH" --report "$T/report" "$program"
check_ended "from the environment"

# --- what cannot be had -----------------------------------------------------------
for filter in ptrace kill-ptrace; do
	run "$HELPERS/refuse" "$filter" -- "$GOLAUNCH" --start-timeout 10s "$hello"
	check_status 125 "$filter refused: 125"
	check_stderr_has "--start-timeout cannot be had" "$filter refused: the reason"
	check_true "$filter refused: nothing was started" [ ! -s "$T/out" ]
done
if have_command strace && strace -o /dev/null true 2>/dev/null; then
	run strace -f -o /dev/null "$GOLAUNCH" --start-timeout 10s "$hello"
	check_status 125 "another tracer is there already: 125"
	check_true "another tracer: nothing was started" [ ! -s "$T/out" ]
	check_stderr_has "cannot watch the start" "another tracer: the reason"
else
	skip "another tracer is there already" "${reason:-strace does not work here}"
fi
run "$GOLAUNCH" --no-supervise --start-timeout 10s "$hello"
check_status 125 "--no-supervise with --start-timeout: 125"
for value in 0 0s 10x ms -1 '' 1.s .5s 24.1h ' 1s' 25h 99999999999999999999 1sm; do
	run "$GOLAUNCH" --start-timeout="$value" "$hello"
	check_status 125 "the time '$value' is none"
	check_stderr_has "--start-timeout': must be a time like" "and it is said"
done
for value in 5 5s 5000ms 5m 1h 24h; do
	run "$GOLAUNCH" --start-timeout "$value" "$hello"
	check_status 0 "the time '$value'"
done
finish
