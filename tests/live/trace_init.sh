#!/usr/bin/env bash
# golaunch trace --init: packages in the order in which the runtime itself names them
# (GODEBUG=inittrace=1), a program that is what it is without, and nothing said
# before its end.  How exact the times are, and what they cost, is for the bench.
. "$(dirname "$0")/../lib/cli.sh"

have_command jq || skip_all "$reason"
go=$(newest_go)
need_fixture "${go:-any}" start

# trace COMMAND...: $T/trace is the document, $T/packages the names in order.
trace() {
	rm -f "$T/trace"
	run "$GOLAUNCH" trace --init --format json --output "$T/trace" "$@"
	jq -r '.packages[] | select(.state != "waiting").package' "$T/trace" >"$T/packages" 2>/dev/null
}

by_runtime() { GODEBUG=inittrace=1 "$@" 2>&1 >/dev/null </dev/null | sed -n 's/^init \([^ ]*\) @.*/\1/p' | sed 's/%2e/./g'; }

# in_runtime COMMAND...: the same by the runtime; $T/want.  It writes its lines in pieces, so another
# thread's words may break one: what two runs say alike is taken.
in_runtime() {
	local tries=5
	by_runtime "$@" >"$T/want"
	while ! by_runtime "$@" | cmp -s - "$T/want" && [ $((tries -= 1)) -gt 0 ]; do
		by_runtime "$@" >"$T/want"
	done
}

check_order() { # DESCRIPTION
	check_true "$1: the runtime names packages" [ -s "$T/want" ]
	check_equal "$(cat "$T/packages")" "$(cat "$T/want")" "$1: packages in the runtime's order"
}

check_jq() { # FILTER DESCRIPTION
	check_true "$2" jq -e "$1" "$T/trace"
}

# --- every version and link mode -------------------------------------------------

kinds=(static "static -ldflags=-s -w" pie cgo cgo-pie)
for version in $(go_versions); do
	for kind in "${kinds[@]}"; do
		variant=${kind%% *}
		arguments=()
		[ "$kind" = "$variant" ] || arguments=("${kind#* }")
		if ! go_fixture "$version" start "$variant" "${arguments[@]}"; then
			skip "go$version $kind" "$reason"
			continue
		fi
		trace -- "$program"
		check_stdout_has "main tracer=0 text=same" "go$version $kind: untraced in main, its code is the file's"
		check_equal "$status $(wc -c <"$T/err")" "0 0" "go$version $kind: with --output nothing on stderr"
		in_runtime "$program"
		case $version in
		1.15) check_equal "$(tail -n 1 "$T/packages")" example.com/start/early "go$version $kind: the last package" ;;
		*) check_order "go$version $kind" ;;
		esac
	done
done

# --- what is said -----------------------------------------------------------------

go_fixture "$go" start
trace -- "$program"
check_equal "$(jq -r 'keys_unsorted | join(" ")' "$T/trace")" \
	"schema time golaunch program go outcome init_ended phases packages_unknown packages functions_left_out stops" "the document's fields"
check_jq '.schema == "golaunch.trace/1" and .init_ended and .packages_unknown == null' "schema, and all was seen"
check_equal "$(jq -r '[.phases[].phase] | join(" ")' "$T/trace")" \
	"exec loader entry schedinit runtime.main packages main.main" "the phases in their order"
check_jq '[.phases[] | .ms >= 0 and .at_ms >= 0] | all' "their times"
check_jq '[.packages[].at_ms] | . == sort' "packages begin one after the other"
check_jq '[.packages[] | select(.functions | length == 0)] == []' "each has functions"
check_jq '[.packages[].state] | unique == ["done"]' "all are done"
check_jq '[.packages[] | (([.functions[].ms] | add) - .ms) | fabs < 0.001] | all' "a package is the sum of its functions"
check_jq '(([.packages[].ms] | add) - (.phases[] | select(.phase == "packages").ms)) | fabs < 0.01' "a phase that of its packages"
check_jq '.outcome == {kind: "exit", status: 0, signal: null}' "the outcome"
trace -- "$program"
check_equal "$(jq -s length "$T/trace")" 1 "one document for each run"
run "$GOLAUNCH" trace --init --format json -o "$T/trace" -- "$program"
check_equal "$(jq -s length "$T/trace")" 2 "which is added to a file"

GODEBUG=inittrace=1 run "$GOLAUNCH" trace --init -o "$T/text" -- "$program"
sed -n 's/^init \([^ ]*\) @.*/\1/p' "$T/err" | sed 's/%2e/./g' >"$T/both"
in_runtime "$program"
check_equal "$(cat "$T/both")" "$(cat "$T/want")" "the runtime's own trace works under ours"
check_matches "$T/text" "^golaunch: start of .*: main\.main after [0-9.]+ ms, [0-9]+ packages in [0-9.]+ ms" "the headline"
check_has "$T/text" "slowest packages" "the slowest"
check_lacks "$T/text" "packages in their order" "not all of them"
run "$GOLAUNCH" -v trace --init -o "$T/all" -- "$program"
check_equal "$(sed -n '/packages in their order/,$p' "$T/all" | grep -c '  [a-z]')" "$(($(wc -l <"$T/packages") + 1))" "with -v all, in their order"

# Until the end standard error is the program's alone.
if go_fixture "$go" http; then
	server=$program
	"$GOLAUNCH" trace --init -- "$server" serve "$T/address" >"$T/out" 2>"$T/err" </dev/null &
	supervisor=$!
	wait_for 20 [ -s "$T/address" ]
	sleep 0.2
	check_equal "$(wc -c <"$T/err")" 0 "a server: nothing is said while it runs"
	check_true "a server serves" "$server" load "$(cat "$T/address")" 10
	kill -TERM "$supervisor"
	wait "$supervisor"
	check_equal "$?" 0 "a server: its status"
	check_matches "$T/err" "^golaunch: start of .*main.main after" "and then the trace"
	trace -e 1 -e 2 -- "$server"
	in_runtime "$server"
	check_order "net/http"
fi

# --- the program is what it is without ----------------------------------------------

as_bare() { # WAY DESCRIPTION
	local bare bare_status
	bare=$(START=$1 "$program" 2>/dev/null </dev/null | sort)
	START=$1 run "$program"
	bare_status=$status
	START=$1 trace -- "$program"
	check_equal "$status $(sort "$T/out")" "$bare_status $bare" "$2 $1: as without golaunch"
}

ways="child children exec exec-shell exec-thread setuid close recover spin write exit exit-thread trap kill"
for version in 1.15 1.19 "$go"; do
	go_fixture "$version" start && for way in $ways; do as_bare "$way" "go$version static"; done
	go_fixture "$version" start cgo || continue
	for way in $ways fork-constructor exit-constructor crash-constructor crash-c exit-c; do
		as_bare "$way" "go$version cgo"
	done
done

go_fixture "$go" start
run "$GOLAUNCH" trace --init -- /bin/sh -c 'exec "$0"' "$program"
check_stderr_has "packages in" "through a shell"
run "$GOLAUNCH" trace --init -- /bin/sh -c 'exit 5'
check_status 5 "a program that is not Go keeps its status"
check_stderr_has "there is no trace: not a Go program" "and has no trace"
run "$GOLAUNCH" trace --init --policy none -e 0 --limit nofile=64:64 -- "$program"
check_status 0 "options of run are taken"

if go_fixture "$go" hostile cgo; then
	for linger in "" 2500ms; do
		HOSTILE=forget-text LINGER=$linger run "$GOLAUNCH" trace --init -- "$program"
		check_status 0 "a program that throws its code's pages away${linger:+ and stays}: its status"
		check_stderr_has "there is no trace: what runs is not what the file has" "is not said to have ended before main.main"
	done
else
	skip "a program that throws its code's pages away" "$reason"
fi

# --- a death in init ------------------------------------------------------------------

for version in 1.15 1.19 "$go"; do
	go_fixture "$version" start || continue
	START=exit trace -- "$program"
	check_status 7 "go$version: an exit in init keeps its status"
	check_jq '.init_ended == false and .outcome.status == 7' "go$version: init did not end"
	check_equal "$(jq -r '[.packages[] | select(.state == "running").package] | join(" ")' "$T/trace")" \
		"example.com/start/early" "go$version: which package ran"
	START=exit run "$GOLAUNCH" trace --init -- "$program"
	check_matches "$T/err" "running when it ended: example.com/start/early .*early\.go:[0-9]+" "go$version: in words, with its place"
	check_stderr_has "error[GL6002]" "go$version: and the cause as ever"
done
for version in 1.15 1.19 "$go"; do
	go_fixture "$version" inits || continue
	for way in none exit; do
		INITS=$way trace -- "$program"
		jq -r '.packages[].package' "$T/trace" >"$T/$way"
	done
	check_status 9 "go$version: its status"
	check_equal "$(cat "$T/exit")" "$(cat "$T/none")" "go$version: what ran and what had not begun are all, in their order"
	check_equal "$(jq -r '.packages[] | select(.state != "done" and (.package | test("inits|main"))) | .package + " " + .state' "$T/trace" | paste -sd ' ')" \
		"example.com/inits/first running example.com/inits/second waiting main waiting" "go$version: and which is which"
	check_jq '[.packages[] | select(.state == "waiting") | .ms == null and .functions == []] | all' "go$version: the latter without times"
	INITS=exit run "$GOLAUNCH" trace --init -- "$program"
	check_matches "$T/err" "not begun: [0-9]+ packages: .*example.com/inits/second.*, main$" "go$version: in words"
	trace -- "$program"
	check_jq '.packages[] | select(.package == "example.com/inits/second") | .ms >= 40 and .functions[-1].ms >= 40 and .functions[0].ms < 40' \
		"go$version: the time is where it was spent"
done
if go_fixture "$go" start cgo; then
	START=crash-constructor trace -- "$program"
	check_jq '([.packages[].state] | unique == ["waiting"]) and .packages_unknown == "runtime.main was not reached"' "a crash before runtime.main: no package has begun"
	check_equal "$(jq -r '.phases[-1].phase' "$T/trace")" entry "but a phase"
fi
go_fixture "$go" start
START=sleep "$GOLAUNCH" trace --init --format json -o "$T/asked" -- "$program" >"$T/out" 2>/dev/null </dev/null &
supervisor=$!
wait_for 20 grep -q ready "$T/out"
kill -TERM "$supervisor"
wait "$supervisor" 2>/dev/null
check_equal "$?" 143 "SIGTERM in init: the status"
check_true "and where it was" jq -e '.outcome.signal == "SIGTERM" and ([.packages[] | select(.state == "running")] | length == 1)' "$T/asked"

# --- usage ------------------------------------------------------------------------------

run "$GOLAUNCH" trace -- "$program"
check_status 125 "trace without --init"
check_stderr_has "trace needs --init" "says so"
run "$GOLAUNCH" trace --init
check_status 125 "no program"
run "$GOLAUNCH" trace --init --no-supervise -- "$program"
check_status 125 "trace and --no-supervise"
run "$GOLAUNCH" trace --init -o /nowhere/trace -- "$program"
check_equal "$status $(wc -c <"$T/out")" "125 0" "an output that cannot be had: nothing is started"
# (AddressSanitizer's leak check has no ptrace either, and ends with a status of its own.)
ASAN_OPTIONS=detect_leaks=0 run "$HELPERS/refuse" ptrace -- "$GOLAUNCH" trace --init -- "$program"
check_equal "$status $(wc -c <"$T/out")" "125 0" "without ptrace nothing is started"
check_stderr_has "trace --init cannot be had" "and it is said why"

# --- real programs ------------------------------------------------------------------------

is_static() { ! ldd "$1" >/dev/null 2>&1 || ldd "$1" | grep -q statically || { reason="golaunch is not static"; false; }; }
if am_root && have root/sid && have program/sid && is_static "$GOLAUNCH"; then
	new_root sid
	for words in "hugo version" "podman --version"; do
		name=${words%% *}
		cp "$GL_CACHE/program/sid/usr/bin/$name" "$root/$name"
		mkdir -p "$root/tmp"
		mkdir -p "$root/proc"
		mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
		run chroot "$root" /golaunch trace --init --format json -o /tmp/trace -- /$words
		check_status 0 "$words: runs"
		mv "$root/tmp/trace" "$T/trace"
		jq -r '.packages[].package' "$T/trace" >"$T/packages"
		in_runtime chroot "$root" /$words
		check_order "$words"
	done
	umount "$root/proc"
else
	skip "hugo and podman" "${reason:-needs root}"
fi
finish
