#!/usr/bin/env bash
# golaunch is killed at random moments of a start: while the program is watched, it
# dies too, for it may have a breakpoint; after that it runs on, clean.
#
#	GL_KILLS=N watch_killed.sh    N of each kind
. "$(dirname "$0")/../lib/cli.sh"

kills=${GL_KILLS:-200}
CLEAN="main tracer=0 text=same"
RUN_TIMEOUT=$((200 + kills))

# count NAME: from the helper's line.
count() { sed -n "s/.* $1 \([0-9]*\).*/\1/p" "$T/out"; }

# killed DESCRIPTION COMMAND...
killed() {
	local description=$1
	shift
	run "$HELPERS/killed" "$kills" "$CLEAN" "$@"
	check_equal "$status $(count wrong) $(count left)" "0 0 0" "$description: $kills kills, nothing is left and nothing is met"
	check_true "$description: some of them came while it was watched ($(cat "$T/out"))" [ "$(count with)" -gt 0 ]
}

go=$(newest_go)
for kind in "1.15 static" "1.19 static" "$go static" "$go cgo" "$go pie" "$go cgo-pie"; do
	go_fixture ${kind% *} start ${kind#* } || { skip "go $kind" "$reason"; continue; }
	killed "go $kind" "$GOLAUNCH" -- "$program"
done
need_fixture "$go" start cgo
killed "with a report" "$GOLAUNCH" --report "$T/report" -- "$program"
killed "with its stderr taken for init" "$GOLAUNCH" --capture init -- "$program"
START=children killed "children in init" "$GOLAUNCH" -- "$program"
printf '#!/bin/sh\n/bin/true\nexec "$@"\n' >"$T/entrypoint.sh"
chmod 755 "$T/entrypoint.sh"
killed "behind a script" "$GOLAUNCH" -- "$T/entrypoint.sh" "$program"
START=fork-constructor killed "forked by a constructor" "$GOLAUNCH" -- "$program"
if run "$GOLAUNCH" bundle create -o "$T/bundle" "$program" && [ "$status" = 0 ]; then
	killed "from a bundle" "$GOLAUNCH" --bundle "$T/bundle" -- "$program"
else
	skip "from a bundle" "$(tail -n 1 "$T/err")"
fi
finish
