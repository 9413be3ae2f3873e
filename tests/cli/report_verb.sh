#!/usr/bin/env bash
# golaunch report: saved reports, as they are and as somebody made them.
. "$(dirname "$0")/../lib/cli.sh"

go=$(newest_go)
need_fixture "${go:-any}" hello
hello=$program
need_fixture "$go" fail

FAIL=init:panic run "$GOLAUNCH" --report "$T/log" "$program"
cp "$T/err" "$T/said"
run "$GOLAUNCH" --report "$T/log" "$hello"
KILL=9 run "$GOLAUNCH" --report "$T/log" "$hello"
run "$GOLAUNCH" --report "$T/log" /etc/passwd

run "$GOLAUNCH" report "$T/log"
check_status 0 "a report is shown: 0"
check_matches "$T/out" '^error\[GL1002\]: ' "the last one is shown"
check_equal "$(grep -c '\[GL' "$T/out")" 1 "and no other"
check_quiet "nothing on stderr"
run "$GOLAUNCH" report --all "$T/log"
check_equal "$(grep -oE '\[GL[0-9]+\]|: exit status 0' "$T/out" | tr -d '\n')" "[GL6001]: exit status 0[GL6103][GL1002]" "--all shows all, in order"
check_stdout_has "conf.Fail conf.go:" "the frames are named"
check_stdout_has "golaunch explain GL6001" "and where there is more"
head -n 1 "$T/log" >"$T/panic"
check_true "the first line is what the run itself said" [ "$("$GOLAUNCH" report "$T/panic" | head -n 1)" = \
	"$(FAIL=init:panic "$GOLAUNCH" --capture all "$program" 2>&1 | sed -n 's/^golaunch: \(error\[GL6001\]\)/\1/p')" ]

run "$GOLAUNCH" report - <"$T/log"
check_matches "$T/out" '^error\[GL1002\]: ' "- is standard input"
run sh -c 'cat "$1" | "$2" report -' sh "$T/log" "$GOLAUNCH"
check_matches "$T/out" '^error\[GL1002\]: ' "and may be a pipe"
run "$GOLAUNCH" report --format json "$T/log"
check_json "$T/out" '.schema + " " + .cause.code' "golaunch.report/1 GL1002" "--format json prints the record"
check_true "over several lines" [ "$(wc -l <"$T/out")" -gt 10 ]
run "$GOLAUNCH" report --all --format json "$T/log"
check_equal "$(jq -r '.cause.code' "$T/out" | paste -sd' ')" "GL6001 null GL6103 GL1002" "--all --format json prints all"
run "$GOLAUNCH" report --color always "$T/panic"
check_stdout_has $'\e[' "--color always"
{ printf '\n \r\n'; cat "$T/panic"; printf '\n\n'; } >"$T/blank"
run "$GOLAUNCH" report "$T/blank"
check_status 0 "blank lines are passed over"

# --- what is no report --------------------------------------------------------
# bad TEXT WORDS DESCRIPTION
bad() {
	printf '%s' "$1" >"$T/bad"
	run "$GOLAUNCH" report "$T/bad"
	check_status 1 "$3: 1"
	check_stderr_has "$2" "$3: it says why"
	check_true "$3: nothing on stdout" [ ! -s "$T/out" ]
}
bad '' 'has no report in it' "an empty file"
bad $'\n\n' 'has no report in it' "blank lines alone"
bad 'hello' 'last line: column 5: not JSON' "text"
bad '{"schema":"golaunch.check/1","program":"x","outcome":{"kind":"exit"}}' "'golaunch.check/1'" "another schema"
bad '{"schema":"golaunch.report/1","program":"x","outcome":{"kind":7}}' "'outcome.kind' must be a string" "a wrong type"
bad "$(head -c 300 "$T/panic")" 'not JSON' "a line cut short"
bad $'{"schema":"golaunch.report/1","program":"x\e[31m","outcome":{}}' 'not JSON' "a bare escape character"
check_stderr_lacks $'\e' "which is not passed on"

# Numbers at the edge of what they are kept in.
sed 's/"done":[0-9]*,"total":[0-9]*/"done":9223372036854775807,"total":-1/' "$T/panic" >"$T/edge"
run "$GOLAUNCH" report "$T/edge"
check_status 0 "a record with odd numbers is shown"
check_lacks "$T/out" "-9223372036854775808" "without wrapping round"
{ sed 's/golaunch.report/other/' "$T/panic"; cat "$T/panic"; echo nonsense; } >"$T/mixed"
run "$GOLAUNCH" report --all "$T/mixed"
check_status 1 "--all: 1 if one line is none"
check_stdout_has GL6001 "--all: the others are shown"
check_stderr_has "line 1: " "--all: the first bad line has its number"
check_stderr_has "line 3: " "--all: and the last"
head -c 3000000 /dev/zero | tr '\0' x >"$T/long"
bad "$(cat "$T/long")" 'longer than 1048576 bytes' "a line of 3 MB"
{ cat "$T/long"; echo; cat "$T/panic"; } >"$T/after"
run "$GOLAUNCH" report "$T/after"
check_status 0 "a report behind it is found"
cat "$T/panic" "$T/after" >"$T/around"
run sh -c 'cat "$1" | "$2" report --all -' sh "$T/around" "$GOLAUNCH"
check_equal "$status $(grep -c GL6001\] "$T/out")" "1 2" "--all: and those around it"
check_equal "$(grep -c '^$' "$T/out")" 1 "--all: with one line between them"
head -c 200000 /dev/urandom >"$T/random"
run "$GOLAUNCH" report --all "$T/random"
check_status 1 "random bytes: 1"

# --- usage --------------------------------------------------------------------
run "$GOLAUNCH" report
check_status 125 "no FILE: 125"
run "$GOLAUNCH" report "$T/log" "$T/log"
check_status 125 "two files: 125"
run "$GOLAUNCH" report "$T/no-such-file"
check_status 125 "a file that is not there: 125"
run "$GOLAUNCH" report "$T"
check_status 125 "a directory: 125"
run sh -c '"$1" report "$2" >/dev/full' sh "$GOLAUNCH" "$T/log"
check_status 125 "a full standard output: 125"
finish
