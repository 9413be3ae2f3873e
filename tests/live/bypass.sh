#!/usr/bin/env bash
# Attempts to get past a policy.  Each is made twice, without golaunch and under
# it: the first has to work, or the second shows nothing.  What cannot work here
# anyway (a kernel without the feature) is skipped, with the errno.
#
# An attempt is a line of a helper's table: NAME open | closed ERRNO | killed SIGNAL.
. "$(dirname "$0")/../lib/cli.sh"

chmod 755 "$T"
cp "$GOLAUNCH" "$HELPERS/bypass_calls" "$T/" || exit 125
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

as=("${as_user[@]}")
attempts "a user, default" -q -- "$T/bypass_calls" user
if am_root; then
	as=(env)
	attempts "root, go-server" -q --policy go-server -- "$T/bypass_calls" root
fi

check_true "at least 60 attempts worked and were closed ($closed)" [ "$closed" -ge 60 ]
finish
