#!/usr/bin/env bash
# "exec deny": nothing executes after golaunch's own execve, by no way, in no program,
# however golaunch is there or not; and everything else of a run is as it was.
. "$(dirname "$0")/../lib/cli.sh"

kills=${GL_KILLS:-60}
go=$(newest_go)
chmod 755 "$T"
cp "$GOLAUNCH" "$HELPERS/outer" "$HELPERS/executes" "$T/" || exit 125
mkdir -m 777 "$T/open"
cp "$T/executes" "$T/open/mark"
mark=$T/open/mark
as_user=(setpriv --reuid=1234 --regid=1234 --clear-groups --)
am_root || as_user=(env)

policy() { # NAME LINE...
	printf '%s\n' "${@:2}" >"$T/$1.policy"
	chmod 644 "$T/$1.policy"
}
policy all "default allow" "exec deny"
policy none "default allow" "exec allow"
policy list "include default" "exec deny"
policy native "default allow" "abis native" "exec deny"

# Of the programs of a race; what they do late must not be taken for the next one's doing.
all_gone() { ! grep -qsaF "$T/" /proc/[0-9]*/cmdline; }
nothing_ran() { [ ! -e "$mark.ran" ]; }
answers() { grep -E '^[a-z0-9-]+ (ran|nothing|killed|E[A-Z]+)$' "$T/out"; }

# --- without golaunch --------------------------------------------------------------------
run "$T/executes" "$mark"
answers | sed -n 's/ ran$//p' | sort >"$T/ways"
answers | sed -n 's/^\(x32.*\) ENOSYS$/\1/p' | sort >"$T/missing"
for way in $(answers | cut -d ' ' -f 1); do
	if grep -qx "$way" "$T/missing"; then
		skip "$way executes without golaunch" "the kernel has no x32"
	else
		check_true "$way executes without golaunch" grep -qx "$way" "$T/ways"
	fi
done
check_true "they are many" [ "$(wc -l <"$T/ways")" -ge 15 ]
for early in main constructor; do
	rm -f "$mark.ran"
	if [ $early = main ]; then run "$T/executes" "$mark" race; else RACE=$mark run "$T/executes" "$mark"; fi
	wait_for 20 all_gone
	check_true "a race from $early executes without golaunch" test -e "$mark.ran"
done

# --- with it ------------------------------------------------------------------------------
# closed LABEL COMMAND...: the command ends before PROGRAM
closed() {
	local label=$1
	shift
	rm -f "$mark.ran"
	run "$@" "$T/executes" "$mark"
	check_equal "$status $(answers | wc -l)" "0 $(cat "$T/ways" "$T/missing" | wc -l)" "$label: every way is tried, and the program goes on"
	check_equal "$(answers | grep -vE ' (EPERM|ENOSYS)$' | grep -v '^\(int80\|x32\).* killed$')" "" "$label: none executes"
	check_equal "$(answers | grep -c ' EPERM$')" "${EPERMS-$(wc -l <"$T/ways")}" "$label: they are told EPERM"
	rm -f "$mark.ran"
	RACE_MS=100 run "$@" "$T/executes" "$mark" race
	check_true "$label: nor does one of many at once" nothing_ran
	RACE_MS=100 RACE=$mark run "$@" "$T/executes" "$mark" execve
	check_equal "$(nothing_ran && answers)" "execve EPERM" "$label: nor one from a constructor"
}
closed "a user" "${as_user[@]}" "$T/golaunch" --policy "$T/all.policy" --
closed "on top of the default policy" "${as_user[@]}" "$T/golaunch" --policy "$T/list.policy" --
closed "--no-supervise" "${as_user[@]}" "$T/golaunch" --no-supervise --policy "$T/all.policy" --
closed "an outer listener" "$T/outer" listener -- "$T/golaunch" --policy "$T/all.policy" --
closed "a kernel without listeners" "$T/outer" no-listener -- "$T/golaunch" --policy "$T/all.policy" --
closed "two golaunches" "$T/golaunch" --policy "$T/none.policy" -- "$T/golaunch" --policy "$T/all.policy" --
native=$(grep -cv ^int80 "$T/ways")
EPERMS=$native closed "one ABI" "$T/golaunch" --policy "$T/native.policy" --
if am_root; then
	closed "root" "$T/golaunch" --policy "$T/all.policy" --
	closed "--user" "$T/golaunch" --user 1234:1234 --cap none --policy "$T/all.policy" --
	closed "PID 1" unshare --fork --pid --mount-proc "$T/golaunch" --policy "$T/all.policy" --
fi
run "$T/golaunch" --policy "$T/none.policy" -- "$T/executes" "$mark" execve execveat memfd int80
check_equal "$(answers | grep -c ' ran$')" 4 "exec allow: they execute"

# --- the forms of a policy ------------------------------------------------------------------
run "$GOLAUNCH" policy compile "$T/all.policy" -o "$T/all.bpf"
closed "a compiled policy" "$T/golaunch" --policy "$T/all.bpf" --
closed "a compiled policy in place" "$T/golaunch" --no-supervise --policy "$T/all.bpf" --
cat >"$T/neither.json" <<'JSON'
{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["execve", "execveat"], "action": "SCMP_ACT_ERRNO"}]}
JSON
EPERMS=$native closed "an OCI profile that allows neither call" "$T/golaunch" --policy "$T/neither.json" --

# --- said and explained ---------------------------------------------------------------------
report=$T/open/report
golaunch() { # ARG...
	rm -f "$report" "$mark.ran"
	run "${as_user[@]}" "$T/golaunch" --report "$report" --policy "$T/all.policy" "$@"
}
golaunch -- "$T/executes" "$mark" execve fork
check_has "$T/err" "golaunch: warning[GL5101]: execve() denied" "the finding"
check_matches "$T/err" "^  call     execve\(\"$mark\", \[\"$mark\"\]\) = EPERM$" "the path and the arguments"
check_has "$T/err" "  rule     $T/all.policy:2 \"exec deny\"  (golaunch's, not an outer filter's)" "the policy's line"
check_has "$T/err" "add \"exec allow\" to $T/all.policy (what it grants: running other programs)" "what would allow it"
check_json "$report" '[.denials[] | .syscall] | unique | join(" ")' execve "and the report has it"
golaunch -- "$T/executes" "$mark" fexecve
check_json "$report" '.denials[0].syscall' execveat "execveat has its own name"
run "$T/golaunch" --dry-run --policy "$T/all.policy" -- "$T/executes"
check_matches "$T/out" "^policy .*, exec denied" "--dry-run says so"
run "$T/golaunch" --dry-run --format json --policy "$T/none.policy" -- "$T/executes"
check_json "$T/out" .exec_denied false "and in JSON"

# --- Go programs ------------------------------------------------------------------------------
words() { # NAME: of the line
	sed -n "s/^$1: //p" "$T/out"
}
go_program() { # LABEL PROGRAM
	local label=$1
	cp "$2" "$T/program"
	rm -f "$mark.ran"
	EXECUTES_INIT=$mark run "$T/program" "$mark"
	check_equal "$(words init) $(words command) $(test -e "$mark.ran" && echo ran)" "<nil> <nil> ran" "$label: executes without golaunch"
	EXECUTES_INIT=$mark golaunch -- "$T/program" "$mark"
	check_equal "$status $(nothing_ran && echo nothing)" "0 nothing" "$label: nothing executes"
	check_equal "$(words init)|$(words command)|$(words start)" "$(yes "fork/exec $mark: operation not permitted" | head -n 3 | paste -sd '|')" "$label: the words of os/exec"
	check_equal "$(words thread)|$(words exec)" "operation not permitted|operation not permitted" "$label: the words of syscall.Exec"
	check_json "$report" '.denials | length >= 1 and all(.function != null)' true "$label: the report names the function ($(jq -c '[.denials[].function]' "$report"))"
	EXECUTES_INIT=$mark run "$T/golaunch" -q --no-supervise --policy "$T/all.policy" -- "$T/program" "$mark"
	check_equal "$status $(words command) $(nothing_ran && echo nothing)" "0 fork/exec $mark: operation not permitted nothing" "$label: in place"
}
for kind in "1.15 static" "1.19 static" "1.24 static" "$go static" "$go cgo" "$go pie" "$go cgo-pie" "$go musl"; do
	go_fixture ${kind% *} executes ${kind#* } || { skip "go $kind" "$reason"; continue; }
	go_program "go $kind" "$program"
done
if go_fixture "$go" executes cgo; then
	cp "$program" "$T/program"
	rm -f "$mark.ran"
	EXECUTES_EARLY=$mark run "$T/program" "$mark"
	wait_for 20 all_gone
	check_true "threads of a C constructor execute without golaunch" test -e "$mark.ran"
	EXECUTES_EARLY=$mark golaunch -q -- "$T/program" "$mark"
	check_equal "$(nothing_ran && words command)" "fork/exec $mark: operation not permitted" "threads of a C constructor: nothing executes"
fi
if go_fixture "$go" executes static; then
	cp "$program" "$T/program"
	policy server "include go-server" "exec deny"
	run "$T/golaunch" --policy "$T/server.policy" -- "$T/program" "$mark"
	check_equal "$(nothing_ran && words command)" "fork/exec $mark: operation not permitted" "an allow-list with exec deny"
fi

# --- the rest of a run is as it was --------------------------------------------------------
if go_fixture "$go" start static; then
	cp "$program" "$T/start"
	run "${as_user[@]}" "$T/start"
	plain=$(cat "$T/out")
	for options in "--capture all" "--capture init" "--capture off"; do
		golaunch $options -- "$T/start"
		check_equal "$status $(cat "$T/out")" "0 $plain" "$options: the program runs as without"
		check_json "$report" '.phases_ms.init != null' true "$options: its start is watched"
	done
	run "$T/golaunch" trace --init --policy "$T/all.policy" -- "$T/start"
	check_matches "$T/err" "^ +[0-9.]+ .* packages$" "trace --init"
fi
golaunch -- /bin/sh -c 'while read -r word rest; do [ $word = TracerPid: ] && echo tracer $rest; done </proc/$$/status'
check_has "$T/out" "tracer 0" "a program that is not Go is not traced: nothing can follow"
if go_fixture "$go" ext cgo && run "$GOLAUNCH" bundle create -o "$T/ext.bundle" "$program" && [ "$status" = 0 ]; then
	cp "$program" "$T/ext"
	run "$T/ext"
	plain=$(cat "$T/out")
	golaunch --fallback always --bundle "$T/ext.bundle" -- "$T/ext"
	check_equal "$status $(cat "$T/out")" "0 $plain" "the stub of a bundle needs no other execve"
	mkdir "$T/other" && cp "$T/ext" "$T/other/other" && printf '\0' >>"$T/other/other"
	golaunch -q --fallback always --bundle "$T/ext.bundle" -- "$T/other/other"
	check_equal "$status $(cat "$T/out")" "0 $plain" "nor does the stub in a memfd"
	check_json "$report" .launch bundle-memfd "it was that one"
	mkdir -m 700 "$T/cache"
	run "$T/golaunch" --policy "$T/all.policy" --fallback always --bundle "$T/ext.bundle" --bundle-cache "$T/cache" -- "$T/other/other"
	check_equal "$status $(cat "$T/out")" "0 $plain" "nor does a cached stub"
	if am_root; then
		run unshare --mount sh -c 'mount -t tmpfs none /proc && exec "$@"' sh "$T/golaunch" -q --policy "$T/all.policy" \
			--fallback always --bundle "$T/ext.bundle" -- "$T/other/other"
		check_equal "$status $(cat "$T/out")" "0 $plain" "without /proc it is executed by its descriptor"
	fi
else
	skip "bundles" "no bundle: $(tail -n 1 "$T/err")"
fi
golaunch -- "$T/nothing"
check_status 127 "a program that is not there: 127"
cp "$T/executes" "$T/closed" && chmod 644 "$T/closed"
golaunch -- "$T/closed"
check_status 126 "one that is not executable: 126"
cp "$T/executes" "$T/busy"
(exec 9<>"$T/busy"; sleep 0.3) &
sleep 0.1
run "$T/golaunch" --policy "$T/all.policy" -- "$T/busy" "$mark" execve
check_equal "$status $(answers)" "0 execve EPERM" "a busy one is tried again"
wait
if am_root; then
	cp "$T/executes" "$T/unreadable" && chmod 711 "$T/unreadable"
	rm -f "$mark.ran"
	run "${as_user[@]}" "$T/golaunch" --policy "$T/all.policy" -- "$T/unreadable" "$mark" execve fork
	check_equal "$status $(answers | paste -sd ' ')" "0 execve EPERM fork EPERM" "a program that nobody may read"
fi

# --- scripts ----------------------------------------------------------------------------------
printf '#!/bin/sh\necho started\n' >"$T/run.sh"
printf '#! %s\n' "$T/run.sh" >"$T/nested.sh"
chmod 755 "$T/run.sh" "$T/nested.sh"
for check in strict off; do
	golaunch --check $check -- "$T/run.sh"
	check_equal "$status $(cat "$T/out")" "125 " "--check $check: a script is not started"
	check_has "$T/err" "golaunch: error[GL5010]: $T/run.sh is a script, and the policy lets it start no program" "--check $check: GL5010"
	check_has "$T/err" "  rule     $T/all.policy:2 \"exec deny\"" "--check $check: the line that asked for it"
	check_has "$T/err" "golaunch [OPTION...] -- /bin/sh $T/run.sh" "--check $check: what to write instead"
done
check_json "$report" '.outcome.kind + " " + .cause.code' "refused GL5010" "the report has it"
golaunch -- "$T/nested.sh"
check_equal "$status" 125 "a script for a script"
golaunch -- /bin/sh "$T/run.sh"
check_equal "$status $(cat "$T/out")" "0 started" "an interpreter that was named runs"
run "$T/golaunch" --no-supervise --policy "$T/all.policy" -- "$T/run.sh"
check_status 125 "--no-supervise: neither"
run "$T/golaunch" --dry-run --policy "$T/all.policy" -- "$T/run.sh"
check_status 125 "--dry-run says it too"
run "$T/golaunch" --policy "$T/none.policy" -- "$T/run.sh"
check_equal "$status $(cat "$T/out")" "0 started" "exec allow: a script runs"

# --- setuid and capabilities ---------------------------------------------------------------------
privileged() { # LABEL OPTION...
	local label=$1
	shift
	run "${as_user[@]}" "$T/golaunch" "$@" -- "$T/setuid" -u
	check_equal "$status $(cat "$T/out")" "125 " "$label: a user's setuid program is not started"
	check_has "$T/err" "GL5006" "$label: GL5006"
}
if am_root; then
	cp /usr/bin/id "$T/setuid" && chmod 4755 "$T/setuid"
	policy nnp "default allow" "no-new-privs on"
	run "$GOLAUNCH" policy compile "$T/none.policy" -o "$T/none.bpf"
	privileged "exec deny" --policy "$T/all.policy"
	privileged "exec deny in place" --no-supervise --policy "$T/all.policy"
	privileged "a file" --policy "$T/none.policy"
	privileged "a preset" --policy go-cli
	privileged "a compiled policy" --policy "$T/none.bpf"
	privileged "an OCI profile" --policy "$T/neither.json"
	GOLAUNCH_POLICY=$T/all.policy privileged "the environment"
	privileged "capabilities given up" --cap none
	privileged "capabilities given up, without a filter" --policy none --cap -NET_RAW
	policy caps "default allow" "capabilities none"
	privileged "a policy's capabilities" --policy "$T/caps.policy"
	chmod 4755 "$T/run.sh"
	run "${as_user[@]}" "$T/golaunch" --policy "$T/none.policy" -- "$T/run.sh"
	check_equal "$status $(cat "$T/out")" "0 started" "a script's setuid bit counts for nothing"
	run "$T/golaunch" --user 1234:1234 --policy "$T/all.policy" -- "$T/setuid" -u
	check_status 125 "--user drops what a filter needs"
	run "$T/golaunch" --user 1234:1234 --cap +SYS_ADMIN --policy "$T/all.policy" -- "$T/setuid" -u
	check_equal "$status $(cat "$T/out")" "0 0" "with CAP_SYS_ADMIN nothing is lost"
	run "$T/golaunch" --policy "$T/nnp.policy" -- "$T/setuid" -u
	check_equal "$status" 0 "root's setuid program gains nothing, so nothing is lost"
	chown 1234 "$T/setuid" && chmod 4755 "$T/setuid"
	run "$T/golaunch" --policy "$T/all.policy" -- "$T/setuid" -u
	check_equal "$status $(cat "$T/out")" "0 1234" "root: exec deny leaves setuid alone"
	run "$T/golaunch" --policy "$T/nnp.policy" -- "$T/setuid" -u
	check_status 125 "root: no-new-privs on does not"
	check_has "$T/err" "GL5006" "and is refused"
fi

# --- golaunch is killed ----------------------------------------------------------------------------
rm -f "$mark.ran"
started=0
for _ in $(seq "$kills"); do
	RACE_MS=30 RACE=$mark "${as_user[@]}" "$T/golaunch" -q --policy "$T/all.policy" -- "$T/executes" "$mark" race 2>/dev/null &
	pid=$!
	sleep "0.0$(printf %03d $((RANDOM % 40)))"
	kill -KILL $pid 2>/dev/null && started=$((started + 1))
	wait $pid 2>/dev/null
done 2>/dev/null
check_true "golaunch was killed ($started of $kills)" [ "$started" -gt $((kills / 2)) ]
check_true "nothing is left of its programs" wait_for 20 all_gone
check_true "and nothing has ever been executed" nothing_ran
finish
