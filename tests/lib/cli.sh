# What every black-box test shares.  Sourced by bash; results are TAP.
#
#	. "$(dirname "$0")/../lib/cli.sh"
#	run "$GOLAUNCH" check "$program"
#	check_status 126 "refused"
#	finish
#
# run keeps what the command did: $status, and the files $T/out and $T/err.  $T
# is a directory of the test's own, removed at the end.  Every check_* is one
# TAP line; a failed one shows the command and what it printed.
set -u

# A background job has SIGINT and SIGQUIT ignored, what nohup(1) starts SIGHUP; a shell
# cannot take that back, and what it starts inherits it.  The mask is sed's: bash itself
# always ignores SIGQUIT.
ignored=$(sed -n 's/^SigIgn:[[:space:]]*//p' /proc/self/status)
if ((16#${ignored: -1} & 7)); then
	exec env --default-signal=HUP,INT,QUIT "$BASH" "$0" "$@"
fi

TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
GL_BUILD=${GL_BUILD:-$TESTS/../build}
GOLAUNCH=$(readlink -f "${GOLAUNCH:-$GL_BUILD/golaunch}")
HELPERS=$(readlink -f "$GL_BUILD/tests/helpers")
GL_CACHE=$("$TESTS/setup/prepare" where)
RUN_TIMEOUT=${RUN_TIMEOUT:-60}
T=$(mktemp -d "${TMPDIR:-/tmp}/golaunch-test.XXXXXX") || exit 125
chmod 755 "$T"
tap_count=0
tap_failed=0
tap_finished=
last_command=
status=
# Nothing of the caller's golaunch settings; and no colour.
unset ${!GOLAUNCH_@} ${!TINI_@} NOTIFY_SOCKET LISTEN_PID LISTEN_FDS NO_COLOR 2>/dev/null
export LC_ALL=C
# Tests of the tree itself (NO_GOLAUNCH=1) do without.
if [ -z "${NO_GOLAUNCH-}" ] && { [ ! -x "$GOLAUNCH" ] || [ ! -d "$HELPERS" ]; }; then
	echo "Bail out! no golaunch or no helpers in ${GL_BUILD}: make test-programs"
	exit 1
fi

cleanup() {
	local code=$?
	# A test that ends before finish has no plan: tests/run counts it as failed.
	[ -n "$tap_finished" ] || echo "# ended early, exit status $code"
	mountpoint -q "$T" && umount -R "$T"
	rm -rf --one-file-system "$T"
}
trap cleanup EXIT

finish() {
	echo "1..$tap_count"
	tap_finished=yes
	[ "$tap_failed" = 0 ]
	exit
}

# skip_all REASON: for a test file that can do nothing here.
skip_all() {
	echo "1..0 # SKIP $1"
	tap_finished=yes
	exit 0
}

pass() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

# fail DESCRIPTION [DETAIL]
fail() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	[ -z "${2-}" ] || printf '%s\n' "$2" | sed 's/^/# /'
	[ -z "$last_command" ] || echo "# command: $last_command"
	show_output
}

show_output() {
	local stream
	for stream in out err; do
		[ ! -s "$T/$stream" ] || head -c 3000 "$T/$stream" | cat -v | head -n 30 | awk -v s="$stream" '{ print "# " s ": " $0 }'
	done
}

skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# run COMMAND...: at most RUN_TIMEOUT seconds; stdin as it is.
run() {
	last_command=$*
	# The braces keep the shell's own word on a signal out of the results.
	{ timeout -k 5 "$RUN_TIMEOUT" "$@" >"$T/out" 2>"$T/err"; } 2>/dev/null
	status=$?
}

check_equal() { # GOT WANT DESCRIPTION
	if [ "$1" = "$2" ]; then pass "$3"; else fail "$3" "want: $2
got:  $1"; fi
}

check_true() { # DESCRIPTION COMMAND...
	local description=$1
	shift
	if "$@"; then pass "$description"; else fail "$description" "false: $*"; fi
}

check_status() { # WANT DESCRIPTION
	check_equal "$status" "$1" "$2"
}

check_has() { # FILE TEXT DESCRIPTION: a fixed string somewhere in the file
	if grep -qaF -e "$2" "$1"; then pass "$3"; else fail "$3" "no '$2' in ${1##*/}"; fi
}

check_lacks() { # FILE TEXT DESCRIPTION
	if grep -qaF -e "$2" "$1"; then fail "$3" "'$2' is in ${1##*/}"; else pass "$3"; fi
}

check_matches() { # FILE REGEX DESCRIPTION: a line of the file matches
	if grep -qaE -e "$2" "$1"; then pass "$3"; else fail "$3" "no line of ${1##*/} matches $2"; fi
}

check_stdout_has() { check_has "$T/out" "$1" "$2"; }
check_stderr_has() { check_has "$T/err" "$1" "$2"; }
check_stderr_lacks() { check_lacks "$T/err" "$1" "$2"; }
check_quiet() { # DESCRIPTION: nothing on stderr
	if [ -s "$T/err" ]; then fail "$1" "stderr is not empty"; else pass "$1"; fi
}

check_json() { # FILE FILTER WANT DESCRIPTION: jq -r FILTER prints WANT
	local got
	got=$(jq -r "$2" "$1" 2>&1)
	if [ "$got" = "$3" ]; then pass "$4"; else fail "$4" "filter: $2
want: $3
got:  $got"; fi
}

# The codes that "check --format json" printed for its n-th file (0), sorted, of one severity or all.
codes_of() { # FILE [SEVERITY]
	jq -r --arg severity "${2-}" \
		'[.results[0].findings[] | select($severity == "" or .severity == $severity) | .code] | unique | join(" ")' "$1"
}

# --- inputs -------------------------------------------------------------------

# go_fixture VERSION FIXTURE [VARIANT] [ARG...]: sets $program; false (and $reason) if it cannot be had.
go_fixture() {
	if program=$("$TESTS/setup/gobuild" "$@" 2>"$T/gobuild"); then
		return 0
	fi
	reason="no Go fixture $*: $(tail -n 1 "$T/gobuild")"
	program=
	return 1
}

need_fixture() { # as go_fixture, but the whole file is skipped without it
	go_fixture "$@" || skip_all "$reason"
}

# Go versions in the cache, oldest first.
go_versions() {
	ls "$GL_CACHE/go" 2>/dev/null | sort -V
}

newest_go() {
	go_versions | tail -n 1
}

# have NAME: something prepare puts into the cache ("root/musl"); else $reason says why not.
have() {
	[ -e "$GL_CACHE/$1" ] && return 0
	reason=$(sed -n "s:^$1\: ::p" "$GL_CACHE/missing" 2>/dev/null | tail -n 1)
	reason="no $1: ${reason:-tests/setup/prepare did not run}"
	return 1
}

# new_root NAME: $root is a copy of the cache's root NAME, with golaunch in it as /golaunch.
new_root() {
	have "root/$1" || return 1
	root=$T/root-$1
	if [ ! -d "$root" ]; then
		cp -a "$(readlink -f "$GL_CACHE/root/$1")" "$root"
		cp "$GOLAUNCH" "$root/golaunch"
	fi
}

am_root() { [ "$(id -u)" = 0 ]; }
have_command() { command -v "$1" >/dev/null 2>&1 || { reason="no $1 here"; return 1; }; }

# wait_for SECONDS COMMAND...: until it is true; false when the time is over.
wait_for() {
	local tries=$(($1 * 50))
	shift
	while [ "$tries" -gt 0 ]; do
		"$@" && return 0
		sleep 0.02
		tries=$((tries - 1))
	done
	return 1
}
