#!/usr/bin/env bash
# Attempts to get past a policy.  Each is made twice, without golaunch and under
# it: the first has to work, or the second shows nothing.  What cannot work here
# anyway (a kernel without the feature) is skipped, with the errno.
#
# An attempt is a line of a helper's table: NAME open | closed ERRNO | killed SIGNAL.
. "$(dirname "$0")/../lib/cli.sh"

chmod 755 "$T"
cp "$GOLAUNCH" "$HELPERS"/bypass_* "$HELPERS/misleads" "$HELPERS/denied" "$T/" || exit 125
cd "$T" || exit 125
as_user=(setpriv --reuid=1234 --regid=1234 --clear-groups --)
am_root || as_user=(env)
closed=0

# attempts LABEL GOLAUNCH-OPTION... -- COMMAND...: COMMAND prints lines; "as" stands before both.
attempts() {
	local label=$1 name what options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	run "${as[@]}" /bin/sh -c '"$@"; :' sh "$@"
	cp "$T/out" "$T/without"
	run "${as[@]}" "$T/golaunch" "${options[@]}" -- "$@"
	cp "$T/out" "$T/with"
	check_status 0 "$label: the attempts are made"
	while read -r name what; do
		attempt "$label" "$name" "$what" "$(sed -n "s/^$name //p" "$T/with")"
	done <"$T/without"
}

attempt() { # LABEL NAME WITHOUT WITH
	case $3 in
	open) ;;
	*)
		skip "$1: $2" "does not work here without golaunch either: $3"
		return
		;;
	esac
	case $4 in
	"closed "* | "killed "*)
		closed=$((closed + 1))
		pass "$1: $2 works without golaunch, and is $4 under it"
		;;
	*) fail "$1: $2 is closed" "under golaunch: ${4:-nothing was said}" ;;
	esac
}

policy() { # NAME LINE...: a file
	printf 'default allow\n' >"$T/$1.policy"
	printf '%s\n' "${@:2}" >>"$T/$1.policy"
	chmod 644 "$T/$1.policy"
}

# --- single calls ---------------------------------------------------------------------
as=("${as_user[@]}")
attempts "a user, default" -q -- "$T/bypass_calls" user
attempts "a user, default" -q -- "$T/bypass_tricks" user
if am_root; then
	as=(env)
	attempts "root, go-server" -q --policy go-server -- "$T/bypass_calls" root
	attempts "root, default" -q -- "$T/bypass_tricks" root
	as=("${as_user[@]}")
fi

# --- races ----------------------------------------------------------------------------
mkdir -m 777 "$T/race" && policy race "deny mkdir mkdirat"
attempts "arguments swapped while they are looked at" -q --policy "$T/race.policy" -- \
	/bin/sh -c 'cd "$1" && "$2" race; exit' sh "$T/race" "$T/bypass_tricks"

# --- what was taken away --------------------------------------------------------------
policy limits "limit nofile 64:64"
attempts "limits" -q --policy "$T/limits.policy" -- "$T/bypass_regain" limits
if am_root; then
	cp bypass_regain setuid && chmod 4755 setuid
	cp bypass_regain setgid && chmod 2755 setgid
	cp bypass_regain capable && setcap cap_net_raw+ep capable
	touch owned
	attempts "no privileges by programs" -q -- "$T/bypass_regain" gain "$T/setuid" "$T/setgid" "$T/capable"
	as=(env)
	attempts "--user" -q --user 1234:1234 -- "$T/bypass_regain" identity "$T/owned"
	policy capabilities "capabilities none"
	attempts "capabilities none" -q --policy "$T/capabilities.policy" -- "$T/bypass_regain" capabilities "$T/owned"
	as=("${as_user[@]}")
fi

# --- the supervisor -------------------------------------------------------------------
attempts "the supervisor" -q -- "$T/bypass_parent" parent
attempts "the supervisor, without a policy" -q --policy none -- "$T/bypass_parent" parent

# say_alone COMMAND...: the one line that a command prints, whatever becomes of its parent.
say_alone() {
	: >"$T/alone"
	setsid "$@" >>"$T/alone" 2>/dev/null </dev/null &
	local leader=$!
	wait_for 8 test -s "$T/alone"
	{ kill -KILL -- -$leader && wait $leader; } 2>/dev/null
	cat "$T/alone"
}

# Denied calls stay denied when nobody answers for them.
for group in kill stop terminate limit; do
	without=$(say_alone "${as_user[@]}" /bin/sh -c '"$@"; :' sh "$T/bypass_parent" $group)
	with=$(say_alone "${as_user[@]}" "$T/golaunch" -q -- "$T/bypass_parent" $group)
	# A supervisor that is stopped holds whoever is denied, and whom it still watches, until it goes on.
	[ "$group" = stop ] && with=${with:-call closed by waiting}
	attempt "the supervisor" "${without%% *}" "${without#* }" "${with#* }"
done

# --- descriptors: none of golaunch's own is the program's -------------------------------
# What a pipe or socket is called differs from run to run; --capture init gives the program its own stderr twice.
descriptors() {
	run "${as_user[@]}" "$@" /bin/sh -c 'for fd in /proc/$$/fd/*; do [ ${fd##*/} -le 2 ] || readlink $fd; done'
	sed 's/:\[.*//' "$T/out" | grep -vx "$T/err" | sort
}
exec 7<"$T/race.policy"
check_true "a descriptor that is passed on is seen" grep -qx "$T/race.policy" <(descriptors env)
exec 7<&-
mkdir -m 777 "$T/open" && : >"$T/open/termination" && chmod 666 "$T/open/termination"
for capture in off init all; do
	check_equal "$(descriptors "$T/golaunch" --policy "$T/race.policy" --report "$T/open/report" --capture $capture \
		--termination-log "$T/open/termination" --start-timeout 60s --)" "$(descriptors env)" \
		"--capture $capture: the program has no descriptor of golaunch's"
done

# --- who looks at a caller ---------------------------------------------------------------
mkdir -m 777 "$T/misleading"
run "${as_user[@]}" /bin/sh -c 'cd "$1" && shift && exec "$@"' sh "$T/misleading" "$T/golaunch" -- "$T/misleads"
check_stderr_has "keyctl() denied" "a caller in a file that is gone is denied"
check_equal "$(cat "$T/out")" untouched "and what has its name now, which is no file, is not opened"

# --- kill, where golaunch may not kill ----------------------------------------------------
if am_root; then
	policy kill "kill keyctl"
	for caps in -all,+setuid,+setgid -all,+setuid,+setgid,+kill; do
		run setpriv --inh-caps=-all "--bounding-set=$caps" -- "$T/golaunch" -q --policy "$T/kill.policy" --user 1234:1234 -- \
			/bin/sh -c '"$1" keyctl; echo $?' sh "$T/denied"
		check_matches "$T/out" '^(137|159)$' "kill keyctl is done with the capabilities $caps"
	done
	run setpriv --inh-caps=-all --bounding-set=-all,+setuid,+setgid -- "$T/golaunch" -q --policy "$T/kill.policy" \
		--user 1234:1234 -- "$T/denied" keyctl
	check_status 159 "the program itself is killed, and that it was the policy is said"
fi

# --- a starter that wants the program dead with golaunch -----------------------------------
# A Go program, which nobody traces any more: the tie itself has to hold.
is_dead() { ! grep -qs "^State:[[:space:]][^ZX]" "/proc/$1/status"; } # reaped or not
if go_fixture "$(newest_go)" hello; then
	cp "$program" "$T/hello"
	for preset in none default go-server go-compute; do
		: >"$T/open/said"
		KILL=0 setpriv --pdeathsig KILL "$T/golaunch" -q --policy $preset -- "$T/hello" "$preset-$$" >>"$T/open/said" 2>/dev/null &
		launcher=$!
		wait_for 10 test -s "$T/open/said"
		pid=$(pgrep -f "^$T/hello $preset-$$")
		wait_for 5 grep -q "^TracerPid:[[:space:]]0$" "/proc/$pid/status"
		{ kill -KILL $launcher && wait $launcher; } 2>/dev/null
		check_true "$preset: the program dies with golaunch" wait_for 5 is_dead "${pid:-self}"
		[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null
	done
else
	skip "the program dies with golaunch" "$reason"
fi

# --- files and ports ------------------------------------------------------------------
if "$HELPERS/landlock" --version >/dev/null; then
	mkdir -p fs/in fs/out fs/both fs/hidden
	for name in in out both hidden; do echo words >fs/$name/file; done
	cp bypass_tricks fs/in/program && cp bypass_tricks fs/hidden/program && cp /bin/true fs/in/true
	am_root && chown -R 1234:1234 fs
	exec 9<fs/hidden 8<fs/in/file
	policy files "read $T/fs/in $T/fs/both" "write $T/fs/out $T/fs/both"
	attempts "read and write lines" -q --policy "$T/files.policy" -- "$T/bypass_files" files "$T/fs"
	attempts "no execute line" -q --policy "$T/files.policy" -- "$T/bypass_files" execute "$T/fs"
	exec 9<&- 8<&-
	"$T/bypass_files" listen "$T/fs" >"$T/listening" &
	listener=$!
	wait_for 10 test -s "$T/listening"
	policy ports "bind 1" "connect 1"
	attempts "bind and connect lines" -q --policy "$T/ports.policy" -- "$T/bypass_files" ports "$T/fs"
	kill $listener
	wait $listener 2>/dev/null
else
	skip "read, write, execute, bind and connect lines" "no Landlock in this kernel"
fi

check_true "at least 60 attempts worked and were closed ($closed)" [ "$closed" -ge 60 ]
finish
