#!/usr/bin/env bash
# A file system whose server has gone, and a process that has a file of it open: what
# golaunch says about a program must not wait for that server.
. "$(dirname "$0")/../lib/cli.sh"

am_root || skip_all "a mount needs root here"
mkdir "$T/mounted"
cp /bin/true "$T/busy"
"$HELPERS/unanswered" "$T/mounted" "$T/busy" >"$T/server" 2>"$T/err" &
server=$!
# Its end aborts what waits for it.
trap 'kill -KILL $server 2>/dev/null; wait $server 2>/dev/null; umount -l "$T/mounted" 2>/dev/null; cleanup' EXIT
wait_for 10 sh -c "grep -q ready '$T/server' || [ ! -d /proc/$server/fd ] || ! kill -0 $server" || :
grep -q ready "$T/server" || skip_all "no such mount here: $(head -n 1 "$T/err")"

# The test can tell: to ask for the same file does not end.
descriptor=$(find "/proc/$server/fd" -lname "$T/mounted" | head -n 1)
check_true "a process has a descriptor of it" test -n "$descriptor"
timeout -s KILL 1 stat -L "$descriptor" >/dev/null 2>&1
check_equal $? 137 "and whoever asks for its file waits"

run timeout -s KILL 20 "$GOLAUNCH" -- "$T/busy"
check_status 126 "a program that is being written"
check_stderr_has "GL1008" "is told as such"
check_stderr_has "$server" "with the process that writes it"
finish
