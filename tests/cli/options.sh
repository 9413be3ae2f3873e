#!/usr/bin/env bash
# Options, verbs and the environment.
. "$(dirname "$0")/../lib/cli.sh"

go=$(newest_go)
need_fixture "${go:-any}" inspect
inspect=$program
need_fixture "$go" hello
hello=$program

# --- verbs ----------------------------------------------------------------------
for verb in doctor; do
	run "$GOLAUNCH" $verb
	check_status 125 "$verb: reserved"
	check_stderr_has "not in this version" "$verb: says that it is not in this version"
	run "$GOLAUNCH" --help
	check_true "$verb is not in --help" [ "$(grep -c "^ *golaunch $verb" "$T/out")" = 0 ]
done
run "$GOLAUNCH" --help
check_status 0 "--help: 0"
check_quiet "--help: on stdout"
cp "$T/out" "$T/help"
run "$GOLAUNCH" help
check_equal "$(cat "$T/out")" "$(cat "$T/help")" "help says the same"
run "$GOLAUNCH" --version
check_status 0 "--version: 0"
check_matches "$T/out" '^golaunch [0-9]+\.[0-9]+\.[0-9]+' "--version: name and number"

# --- the command line -------------------------------------------------------------
run "$GOLAUNCH"
check_status 125 "nothing to do: 125"
run "$GOLAUNCH" --no-such-option "$hello"
check_status 125 "unknown option: 125"
check_stderr_has "--no-such-option" "it is named"
check_lacks "$T/out" hello "and nothing was started"
run "$GOLAUNCH" --policy
check_status 125 "an option without its value: 125"
run "$GOLAUNCH" --check=sometimes "$hello"
check_status 125 "a value that is none: 125"
for policy in no-such-preset /no/such/file; do
	run "$GOLAUNCH" --policy "$policy" "$hello"
	check_status 125 "--policy $policy: 125"
	check_lacks "$T/out" hello "--policy $policy: nothing was started"
done
run "$GOLAUNCH" "$hello" --policy none --help -x
check_equal "$(cat "$T/out")" "hello --policy none --help -x" "words behind PROGRAM are its own"
run "$GOLAUNCH" -- "$hello" -- x
check_equal "$(cat "$T/out")" "hello -- x" "a -- of the program's own is passed on"
run "$GOLAUNCH" run -- "$hello" x
check_equal "$(cat "$T/out")" "hello x" "the verb run"
run "$GOLAUNCH" --policy=none run "$hello" x
check_equal "$(cat "$T/out")" "hello x" "options before the verb"
run "$GOLAUNCH" --program "$hello" check me
check_equal "$(cat "$T/out")" "hello check me" "--program: every word belongs to the program"
mkdir "$T/bin" && cp "$hello" "$T/bin/check"
PATH=$T/bin:$PATH run "$GOLAUNCH" -- check x
check_equal "$(cat "$T/out")" "hello x" "after -- a verb's name is a program"
(cd "$T/bin" && run "$GOLAUNCH" ./check x && [ "$(cat "$T/out")" = "hello x" ]) && pass "with a slash too" || fail "with a slash too"
cp "$hello" "$T/bin/found-in-path"
PATH=$T/bin:$PATH run "$GOLAUNCH" found-in-path x
check_equal "$(cat "$T/out")" "hello x" "a name without a slash is looked up in PATH"
(cd "$T/bin" && PATH=/nowhere run "$GOLAUNCH" found-in-path; [ "$status" = 127 ]) && pass "but not in the working directory" ||
	fail "but not in the working directory"

# --- argv, environment, descriptors ------------------------------------------------
run "$GOLAUNCH" "$inspect" "" "a b" $'\xff'
check_has "$T/out" "arg 0 $inspect" "argv[0] is PROGRAM as it was written"
check_has "$T/out" "arg 2 a b" "arguments pass unchanged"
check_matches "$T/out" '^arg 1 $' "an empty one too"
check_has "$T/out" "executable $inspect" "os.Executable is the program"

ENV_TEST=1 run "$GOLAUNCH" "$inspect"
check_has "$T/out" "env ENV_TEST=1" "the environment is inherited"
ENV_TEST=1 run "$GOLAUNCH" --env-clear "$inspect"
check_equal "$(grep -c '^env ' "$T/out")" 0 "--env-clear: nothing is left"
ENV_TEST=1 ENV_OTHER=2 PLAIN=3 run "$GOLAUNCH" --env-keep 'ENV_*' "$inspect"
check_equal "$(grep '^env ' "$T/out" | sort | tr '\n' ' ')" "env ENV_OTHER=2 env ENV_TEST=1 " "--env-keep PATTERN: only these"
GOLAUNCH_SERVICE_HOST=10.0.0.1 GOLAUNCH_PORT_80_TCP=x GOLAUNCH_COLOR=never run "$GOLAUNCH" "$inspect"
check_has "$T/out" "env GOLAUNCH_SERVICE_HOST=10.0.0.1" "foreign GOLAUNCH_* variables pass"
check_has "$T/out" "env GOLAUNCH_PORT_80_TCP=x" "foreign GOLAUNCH_* variables pass"
check_lacks "$T/out" "GOLAUNCH_COLOR" "golaunch's own are not passed on"
GOLAUNCH_POLICY=none run "$GOLAUNCH" -v "$inspect"
check_has "$T/out" "Seccomp 0" "GOLAUNCH_POLICY is heard"
check_stderr_has "GOLAUNCH_POLICY" "and named with -v"
GOLAUNCH_POLICY=none run "$GOLAUNCH" --policy default "$inspect"
check_has "$T/out" "Seccomp 2" "the command line wins"
GOLAUNCH_POLICY=none run "$GOLAUNCH" --user "$(id -u):$(id -g)" "$inspect"
check_has "$T/out" "Seccomp 2" "and closes what the environment could weaken"

exec 3</dev/null 17<"$hello"
run "$GOLAUNCH" "$inspect"
check_has "$T/out" "fd 17 $hello" "descriptors are inherited"
check_equal "$(grep -c '^fd ' "$T/out")" "$(timeout 5 "$inspect" 2>&1 | grep -c '^fd ')" "and golaunch adds none of its own"
run "$GOLAUNCH" --close-fds "$inspect"
check_equal "$(grep '^fd ' "$T/out" | awk '$2 > 2')" "" "--close-fds: only 0 to 2 are left"
run "$GOLAUNCH" --close-fds --keep-fd 17 "$inspect"
check_equal "$(grep '^fd ' "$T/out" | awk '$2 > 2')" "fd 17 $hello" "--keep-fd N: and N"
exec 3<&- 17<&-
run "$GOLAUNCH" --close-fds --keep-fd 99 "$inspect"
check_status 125 "keeping what is not open: 125"
for fd in 0 1 2; do
	last_command="golaunch with fd $fd closed"
	case $fd in
	0) "$GOLAUNCH" "$hello" x >"$T/out" 2>"$T/err" 0<&- ;;
	1) "$GOLAUNCH" "$hello" x 2>"$T/err" 1>&- ;;
	2) "$GOLAUNCH" "$hello" x >"$T/out" 2>&- ;;
	esac
	check_equal "$?" 0 "fd $fd closed: the program runs"
done

# --- saying and not doing -----------------------------------------------------------
run "$GOLAUNCH" --dry-run "$hello" word
check_status 0 "--dry-run: 0"
check_lacks "$T/out" "hello word" "--dry-run: nothing was started"
check_true "--dry-run: says something" [ -s "$T/out" -o -s "$T/err" ]
run "$GOLAUNCH" --dry-run "$T/nothing"
check_status 127 "--dry-run tells the status of a refusal"
GOLAUNCH_BYPASS=1 run "$GOLAUNCH" --policy default "$inspect"
check_has "$T/out" "Seccomp 0" "GOLAUNCH_BYPASS=1: no filter"
check_equal "$(wc -l <"$T/err")" 1 "it says so in one line"
GOLAUNCH_BYPASS=1 run "$GOLAUNCH" --no-bypass "$inspect"
check_has "$T/out" "Seccomp 2" "--no-bypass forbids it"
run "$GOLAUNCH" --format json "$T/nothing"
check_equal "$(jq -r '[has("time", "level", "msg")] | all' "$T/err" 2>&1 | sort -u)" true "--format json: golaunch's own words are JSON lines"
run "$GOLAUNCH" -q "$T/nothing"
check_status 127 "-q: the status stays"
run "$GOLAUNCH" --color always "$T/nothing"
check_stderr_has $'\e[' "--color always: colour"
run "$GOLAUNCH" "$T/nothing"
check_stderr_lacks $'\e' "no colour where stderr is no terminal"
check_matches "$T/err" '^golaunch: error\[GL1001\]: ' "the first line is greppable"

# --- privileges and limits -----------------------------------------------------------
run "$GOLAUNCH" --limit core=0:0 "$inspect"
check_has "$T/out" "limit core 0 0" "--limit"
run "$GOLAUNCH" --limit nonsense=1 "$inspect"
check_status 125 "--limit of an unknown resource: 125"
if am_root; then
	cp "$inspect" "$T/inspect" && cp "$GOLAUNCH" "$T/golaunch"
	run "$GOLAUNCH" --user 1234:2345 "$T/inspect"
	check_has "$T/out" "Uid 1234 1234 1234 1234" "--user U:G: uid"
	check_has "$T/out" "Gid 2345 2345 2345 2345" "--user U:G: gid"
	check_has "$T/out" "CapEff 0000000000000000" "--user: no capability is left"
	run "$GOLAUNCH" --user 1234 "$T/inspect"
	check_status 125 "a number without a passwd entry needs a group"
	run "$GOLAUNCH" --user nobody "$T/inspect"
	check_has "$T/out" "Uid $(id -u nobody) " "--user NAME"
	run "$GOLAUNCH" --cap none "$T/inspect"
	check_has "$T/out" "CapEff 0000000000000000" "--cap none: effective"
	check_has "$T/out" "CapBnd 0000000000000000" "--cap none: bounding"
	run "$GOLAUNCH" --user 1234:2345 --cap +NET_BIND_SERVICE "$T/inspect"
	check_has "$T/out" "CapEff 0000000000000400" "--cap +NET_BIND_SERVICE for a user"
	run setpriv --reuid=1234 --regid=1234 --clear-groups -- "$T/golaunch" --cap +SYS_ADMIN "$T/inspect"
	check_status 125 "a capability that cannot be had: 125"
	check_stderr_has GL5004 "GL5004 says so"
	check_lacks "$T/out" "Uid" "and nothing was started"
	run setpriv --reuid=1234 --regid=1234 --clear-groups -- "$T/golaunch" --user 0:0 "$T/inspect"
	check_status 125 "a user that cannot be had: 125"
	cp "$inspect" "$T/setuid" && chmod 4755 "$T/setuid"
	run setpriv --reuid=1234 --regid=1234 --clear-groups -- "$T/golaunch" --policy default "$T/setuid"
	check_status 125 "a setuid program under a policy asked for by name: 125"
	check_stderr_has GL5006 "GL5006 says so"
	run setpriv --reuid=1234 --regid=1234 --clear-groups -- "$T/golaunch" "$T/setuid"
	check_has "$T/out" "Uid 1234 0 0 0" "under the default one it keeps its privileges"
	chmod 4755 "$T/golaunch"
	run setpriv --reuid=1234 --regid=1234 --clear-groups -- "$T/golaunch" "$T/inspect"
	check_status 125 "golaunch itself setuid refuses to work"
else
	skip "--user and --cap" "not root"
fi
finish
