#!/usr/bin/env bash
# GL5003 against the truth: each call that the Go runtime or libc is known to make is denied
# alone, with EPERM, with ENOSYS and by killing, to a program that uses all of the runtime
# (fixture "needs").  It must die, hang or lose its last word exactly where "policy check
# --program" says that the policy starves it, and be told an untrue number where that is said.
#
#	starve.sh                    the newest Go, static and cgo, the calls that decide
#	GL_STARVE=all starve.sh      Go 1.15 to the newest, every call ("make soak")
#	GL_STARVE="1.19 1.27"        these versions, every call
#	GL_TABLE=1                   prints what was found
#
# A program whose getpid() answers -1 may signal everybody: every trial is alone in a pid
# namespace, and runs as a user that no other process has.
. "$(dirname "$0")/../lib/cli.sh"

user=$((47113 + $$ % 10000))
limit=4 # seconds; a trial takes 0.1

case ${GL_STARVE-} in
'') versions=$(newest_go) ;;
all) versions="1.15 1.19 1.22 1.24 $(newest_go)" ;;
*) versions=$GL_STARVE ;;
esac
groups=$TESTS/../policy/groups
never='exit\|exit_group\|rt_sigreturn' # no policy is taken that denies these
few="clone clone3 close fcntl futex getpid getrandom gettid getuid kill madvise mmap pipe2 tgkill write"

calls() {
	[ -n "${GL_STARVE-}" ] || { printf '%s\n' $few; return; }
	sed 's/#.*//' "$groups/go-runtime.group" "$groups/go-cgo.group" | tr -s ' \t' '\n' |
		grep -v '^@\|^$' | grep -vx "$never" | sort -u
}

# confined COMMAND...: in a pid namespace of its own, for limit seconds.  99: this is no such place.
# (The runtime names its mappings in programs whose go.mod asks for Go 1.25: GODEBUG.)
confined() {
	unshare --pid --fork --mount-proc --kill-child setpriv --reuid "$user" --regid "$user" --clear-groups \
		--inh-caps=-all --bounding-set=-all env GODEBUG=decoratemappings=1 bash -c '
		[[ $$ = 1 && $EUID = '$user' ]] || exit 99
		exec timeout -s KILL '$limit' "$@"' trial "$@" </dev/null
}

# next_user: one that no process has.
next_user() {
	user=$((user + 1))
	while [ -n "$(ps -o pid= -u $user)" ]; do user=$((user + 1)); done
}

# It holds when nobody else is in sight.
holds() {
	confined true 2>/dev/null || { reason="no pid namespace"; return 1; }
	[ "$(confined bash -c 'ls -d /proc/[0-9]* | wc -l')" -le 5 ] &&
		[ "$(confined readlink /proc/self/ns/pid)" != "$(readlink /proc/self/ns/pid)" ] ||
		{ reason="the pid namespace leaks"; return 1; }
}

policy() { # CALL ANSWER
	if [ "$2" = kill ]; then set -- "$1" "kill"; else set -- "$1" "deny errno $2"; fi
	printf 'default allow\n%s %s\n' "$2" "$1" >"$T/$cell.policy"
}

# said: by golaunch; "starves", "harms" or "fine".
said() {
	"$GOLAUNCH" -q policy check --format json --program "$program" "$T/$cell.policy" 2>/dev/null | jq -r '
		[.results[].findings[] | select(.code == "GL5003") | .severity] |
		if index("error") then "starves" elif index("warning") then "harms" else "fine" end'
}

# lives [start]: does the program get to its end?
lives() {
	confined "$T/golaunch" -q --no-supervise --policy "$T/$cell.policy" -- "$T/$cell" "$@" >"$T/$cell.out" 2>"$T/$cell.err"
	ended=$?
	[ $ended = 0 ] && [ "$(tail -n 1 "$T/$cell.out")" = "done" ]
}

# found ANSWER SAID: as said, by trial.  What is said to starve may live twice, as luck has it.
# "used": being killed at it ends the program, but not at its start: not every program calls it.
# "untried": it was not started.
found() {
	local tries=1 ended
	[ "$2" != starves ] || tries=3
	while lives; do
		tries=$((tries - 1))
		[ $tries = 0 ] || continue
		if grep -q '^untrue: ' "$T/$cell.out"; then echo harms; else echo fine; fi
		return
	done
	case $ended in 99 | 12[56]) echo untried; return ;; esac
	if [ "$1" = kill ] && lives start; then echo used; else echo starves; fi
}

# try: "CALL ANSWER SAID FOUND" a line.  What the program is not killed at it does not call.
try() {
	local call answer said result
	while read -r call; do
		for answer in kill EPERM ENOSYS; do
			policy "$call" "$answer"
			said=$(said)
			[ "$answer" != kill ] && [ "$result" = fine ] || result=$(found "$answer" "$said")
			echo "$call $answer $said $result"
		done
	done <"$T/calls" >"$T/$cell.result"
}

# wrong: lines where both differ.  Of what only some programs call either may be said; and a
# warning may be about others: clone about a libc that knows no clone3, munmap about larger heaps.
wrong() {
	awk '$3 != $4 && $4 != "used" && !($1 ~ /^(clone|munmap)$/ && $3 == "harms" && $4 == "fine")' "$1"
}

am_root || skip_all "not root"
for command in unshare setpriv ps jq; do have_command $command || skip_all "$reason"; done
next_user
holds || skip_all "$reason"
pass "every trial is alone in a pid namespace"
cell=never
for call in $(printf '%s' "$never" | sed 's/\\|/ /g'); do
	policy "$call" EPERM
	run "$GOLAUNCH" policy check "$T/never.policy"
	check_stdout_has "'$call' can never be denied" "$call: no policy denies it"
done
cp "$GOLAUNCH" "$T/golaunch"
calls >"$T/calls"
for version in $versions; do
	for variant in static cgo; do
		cell=$version-$variant
		next_user
		go_fixture "$version" needs "$variant" || { skip "go $version, $variant" "$reason"; continue; }
		cp "$program" "$T/$cell"
		printf 'default allow\n' >"$T/$cell.policy"
		lives || { fail "go $cell: lives under a policy that allows all" "$(cat "$T/$cell.err")"; continue; }
		while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
		try &
		cells="${cells-} $cell"
	done
done
wait
for cell in ${cells-}; do
	[ -z "${GL_TABLE-}" ] || sed "s/^/# $cell /" "$T/$cell.result"
	check_equal "$(wc -l <"$T/$cell.result")" $(($(wc -l <"$T/calls") * 3)) "go $cell: every call was tried"
	check_equal "$(wrong "$T/$cell.result")" "" \
		"go $cell: $(grep -c 'starves$' "$T/$cell.result") denials starve it, as GL5003 says"
done
finish
