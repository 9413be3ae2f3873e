#!/usr/bin/env bash
# How a death is told: --report, --termination-log, the block, on every Go version.
. "$(dirname "$0")/../lib/cli.sh"

go=$(newest_go)
need_fixture "${go:-any}" fail
need_fixture "$go" hello
hello=$program

# one_line FILE: the last record of a report file.
last_record() { tail -n 1 "$1" >"$T/record"; }

# check_record WAY CODE KIND PHASE FUNCTION LINE-MARK: the last record tells it.
check_record() {
	local way=$1 code=$2 kind=$3 phase=$4 function=$5 mark=$6 line
	line=$(grep -n "$mark" "$TESTS/fixtures/go/fail/conf/conf.go" | head -n 1 | cut -d: -f1)
	check_json "$T/record" .schema golaunch.report/1 "$way: schema"
	check_json "$T/record" .phase "$phase" "$way: phase"
	check_json "$T/record" '[.outcome.kind, .outcome.status] | map(tostring) | join(" ")' "exit 2" "$way: outcome"
	check_json "$T/record" .cause.code "$code" "$way: cause"
	check_json "$T/record" .panic.kind "$kind" "$way: kind"
	check_json "$T/record" '.frames[0] | [.function, (.file | sub(".*/"; "")), .line] | map(tostring) | join(" ")' \
		"$function conf.go $line" "$way: function, file and line"
	if [ "$phase" = init ]; then
		check_json "$T/record" .init.package example.com/fail/conf "$way: package"
		check_json "$T/record" '.init.function | startswith("example.com/fail/conf.init")' true "$way: init function"
		check_json "$T/record" '.init.file | endswith("conf.go")' true "$way: init's file"
	fi
}

versions=${GL_REPORT_VERSIONS:-$(go_versions)}
for version in $versions; do
	go_fixture "$version" fail || { skip "go $version" "$reason"; continue; }
	while read -r way kind mark; do
		for phase in init main; do
			case $kind-$phase in
			panic-init) code=GL6001 ;;
			panic-main) code=GL6101 ;;
			*) code=GL6102 ;;
			esac
			rm -f "$T/report"
			FAIL=$phase:$way run "$GOLAUNCH" --report "$T/report" "$program"
			check_status 2 "go $version $phase:$way: status"
			last_record "$T/report"
			check_record "go $version $phase:$way" $code $kind $phase example.com/fail/conf.Fail "$mark"
		done
	done <<-WAYS
		panic panic panic("boom
		nilmap panic table\["key"\]
		nilderef panic p.b = 1
		deadlock fatal-error select {}
	WAYS
done

# stderr a file, /dev/null, closed: status and record stay.
go_fixture "$go" fail
for stderr in file /dev/null closed; do
	for way in init:panic main:nilmap init:deadlock; do
		rm -f "$T/report"
		last_command="FAIL=$way golaunch --report, stderr $stderr"
		case $stderr in
		file) FAIL=$way "$GOLAUNCH" --report "$T/report" "$program" >"$T/out" 2>"$T/err" ;;
		/dev/null) FAIL=$way "$GOLAUNCH" --report "$T/report" "$program" >"$T/out" 2>/dev/null ;;
		closed) FAIL=$way "$GOLAUNCH" --report "$T/report" "$program" >"$T/out" 2>&- ;;
		esac
		check_equal "$?" 2 "stderr $stderr, $way: status unchanged"
		last_record "$T/report"
		check_json "$T/record" '.phase + " " + (.panic.source // "")' "${way%%:*} stderr" "stderr $stderr, $way: the record knows the phase"
	done
done

# log.Fatal in init: its words, and where.
FAIL=init:logfatal run "$GOLAUNCH" --report "$T/fatal" "$program"
check_status 1 "log.Fatal in init: status"
check_json "$T/fatal" '.phase + " " + .cause.code' "init GL6002" "its phase and cause"
check_json "$T/fatal" '.cause.evidence.call' log.Fatal "and what ended it"
check_stderr_has "error[GL6002]: exited 1 before main.main" "the block says it"
check_json "$T/fatal" '[.phases_ms.exec > 0, .phases_ms.init > 0, (.phases_ms | has("main"))] | map(tostring) | join(" ")' "true true false" "how long it took"
check_json "$T/fatal" '.stderr_tail | contains("cannot load config")' true "its words are in stderr_tail"
check_json "$T/fatal" '.panic' null "it is no panic"

# --- the record itself ------------------------------------------------------------
run "$GOLAUNCH" --report "$T/good" "$hello" secret-argument
check_equal "$(wc -l <"$T/good")" 1 "a good end is one line too"
check_json "$T/good" '[.outcome.kind, .outcome.status, (.cause | tostring)] | map(tostring) | join(" ")' "exit 0 null" "exit 0, no cause"
check_json "$T/good" '[.phase, (.phases_ms | keys | join(" "))] | join(": ")' "main: exec init main" "it came to main.main"
check_lacks "$T/good" secret-argument "arguments are not in the report"
check_json "$T/good" 'keys_unsorted[0]' schema "the schema comes first"
check_json "$T/good" '[has("schema","time","program","phase","outcome","cause","panic","frames","init","phases_ms","denials","stderr_tail","fingerprint","go","host","launch","findings")] | all' \
	true "all keys are there"
run "$GOLAUNCH" --report "$T/good" "$hello"
check_equal "$(wc -l <"$T/good")" 2 "records are appended"
KILL=9 run "$GOLAUNCH" --report "$T/killed" "$hello"
check_json "$T/killed" '[.outcome.kind, .outcome.signal, .cause.code] | map(tostring) | join(" ") | sub("9|KILL|SIGKILL"; "K")' \
	"signal K GL6103" "a death by signal"
run "$GOLAUNCH" --report "$T/refused" /etc/passwd
check_json "$T/refused" '.outcome.kind + " " + .cause.code' "exec-failed GL1002" "what execve refused"
exec 8>"$T/by-number"
run "$GOLAUNCH" --report fd:8 "$hello"
exec 8>&-
check_json "$T/by-number" .schema golaunch.report/1 "--report fd:N"
run "$GOLAUNCH" --report fd:99 "$hello"
check_status 125 "--report to a closed descriptor: 125"
check_lacks "$T/out" hello "and nothing was started"
run "$GOLAUNCH" --report /no/such/dir/file "$hello"
check_status 125 "--report to a place that is not there: 125"
run "$GOLAUNCH" --no-supervise --report "$T/x" "$hello"
check_status 125 "--no-supervise with --report: 125"
ln -s "$T/elsewhere" "$T/link"
run "$GOLAUNCH" --report "$T/link" "$hello"
check_true "--report does not follow a link" [ "$status" = 125 -a ! -e "$T/elsewhere" ]

# --- hostile words -----------------------------------------------------------------
FAIL=init:hostile run "$GOLAUNCH" --report "$T/hostile" --termination-log "$T/term" "$program"
check_status 2 "hostile words: status"
check_equal "$(wc -l <"$T/hostile")" 1 "hostile words: one line of JSON"
check_json "$T/hostile" .schema golaunch.report/1 "hostile words: valid JSON"
check_true "hostile words: the record is valid UTF-8" iconv -f UTF-8 -t UTF-8 "$T/hostile" -o /dev/null
check_lacks "$T/term" $'\e' "hostile words: no escape sequence in the termination log"
check_true "hostile words: the termination log is valid UTF-8" iconv -f UTF-8 -t UTF-8 "$T/term" -o /dev/null
# Without its preemption signal: one that comes during a long write to a pipe makes the runtime drop the rest.
GODEBUG=asyncpreemptoff=1 FAIL=init:huge run "$GOLAUNCH" --report "$T/huge" --termination-log "$T/term2" "$program"
check_status 2 "10 MB of panic: status"
check_true "10 MB of panic: it arrives whole" [ "$(stat -c %s "$T/err")" -gt 10485760 ]
check_json "$T/huge" .cause.code GL6001 "10 MB of panic: the cause"
check_true "10 MB of panic: the record stays small" [ "$(stat -c %s "$T/huge")" -lt 65536 ]

# --- the termination log --------------------------------------------------------------
check_true "termination log: at most 2048 bytes" [ "$(stat -c %s "$T/term2")" -le 2048 ]
rm -f "$T/term3"
FAIL=init:panic run "$GOLAUNCH" --termination-log "$T/term3" "$program"
check_matches "$T/term3" 'GL6001' "termination log: names the cause"
check_true "termination log: cause first" [ "$(grep -n GL6001 "$T/term3" | head -n 1 | cut -d: -f1)" = 1 ]
echo "the program's own words" >"$T/term4"
FAIL=init:panic run "$GOLAUNCH" --termination-log "$T/term4" "$program"
check_equal "$(cat "$T/term4")" "the program's own words" "termination log: the program's own words stay"
rm -f "$T/term5"
EXIT=1 run "$GOLAUNCH" --termination-log "$T/term5" "$hello"
check_true "termination log: empty where there is nothing to tell" [ ! -s "$T/term5" ]
run "$GOLAUNCH" --termination-log /no/such/dir/file "$hello"
check_status 125 "a termination log asked for by name that cannot be had: 125"

# --- the block ------------------------------------------------------------------------
FAIL=init:panic run "$GOLAUNCH" --capture all "$program"
check_stderr_has "error[GL6001]" "--capture all prints the block"
check_stderr_has "panic: boom" "and the program's own words stay"
FAIL=init:panic run "$GOLAUNCH" "$program"
check_has "$T/err" "panic: boom" "without capture the program's words are untouched"
FAIL=init:panic run "$HELPERS/pty" -- "$GOLAUNCH" --capture all "$program"
check_status 2 "on a terminal with --capture all: status"
check_stdout_has "GL6001" "on a terminal with --capture all: the block"
finish
