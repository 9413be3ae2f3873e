#!/usr/bin/env bash
# policy learn: what a program did is what its policy allows, and no more; on fixtures
# and on real programs, however they end.
. "$(dirname "$0")/../lib/cli.sh"

go=$(newest_go)
need_fixture "${go:-any}" denied
cp "$GOLAUNCH" "$HELPERS/outer" "$HELPERS/asks" "$program" "$T/" || exit 125
mkdir -m 777 "$T/open"
as_user=(setpriv --reuid=1234 --regid=1234 --clear-groups --)
am_root || as_user=(env)
learned=$T/open/learned.policy
report=$T/open/report

learn() { # ARG...: as a user
	run "${as_user[@]}" "$T/golaunch" policy learn "$@"
}
under() { # POLICY ARG...: as a user, with a report
	local policy=$1
	shift
	rm -f "$report"
	run "${as_user[@]}" "$T/golaunch" --report "$report" --policy "$policy" "$@"
}
statements() { sed 's/ *# .*//' "$1"; }
count_denials() { jq '[.denials[].count] | add // 0' "$report"; }

# The policy can be used as it is: no errors.
check_policy() { # DESCRIPTION [ARG...]
	local description=$1
	shift
	run "${as_user[@]}" "$T/golaunch" policy check "$@" "$learned"
	check_status 0 "$description: policy check finds no error"
	check_lacks "$T/out" "GL5003" "$description: nor that the Go runtime starves"
}

# --- what was seen, and nothing else --------------------------------------------------
learn -o "$learned" -- "$T/denied" vsock sysinfo sysinfo
check_equal "$status $(tail -n 1 "$T/out")" "0 goes on" "a program is learned, as a user"
check_quiet "learning says nothing"
check_has "$learned" "# example.com/denied/attempt.(*host).dial attempt.go:75, once, main
allow socket if domain == AF_VSOCK && type & 0xf == SOCK_STREAM && protocol == IPPROTO_IP" "arguments, and who called"
check_matches "$learned" '^allow sysinfo +# example.com/denied/attempt.sysinfo attempt.go:[0-9]+, 2 times, main$' "and how often"
check_matches "$learned" '^exec deny  ' "nothing was executed"
check_policy "a small program" --program "$T/denied"
cp "$learned" "$T/first"
learn -o "$learned" -- "$T/denied" vsock sysinfo sysinfo
check_true "learned again it is the same" cmp "$T/first" "$learned"
under "$learned" -- "$T/denied" vsock sysinfo
check_equal "$(tail -n 1 "$T/out") $(count_denials)" "goes on 0" "under its policy: nothing is denied"
under "$learned" -- "$T/denied" vsock keyctl unshare sysinfo
check_equal "$(grep -c EPERM "$T/out")" 2 "what was not seen is denied"
check_stderr_has "rule     $learned:" "by the policy"
under "$learned" -- "$T/denied" child sysinfo
check_stdout_has "operation not permitted" "execve and the like too"

learn -o "$learned" -- "$T/denied" child keyctl
check_matches "$learned" '^exec allow +# denied: main.child main.go:[0-9]+, once, main$' "execve was seen"
check_has "$learned" "# exe: example.com/denied/attempt.call attempt.go:" "a child's call, with its name"
check_matches "$learned" 'CLONE_VFORK.* \| SIGCHLD|CLONE_VFORK \| \\$' "and how it was made"
under "$learned" -- "$T/denied" child keyctl
check_equal "$(grep -c 'goes on' "$T/out") $(count_denials)" "2 0" "children live under it too"
under "$learned" -- "$T/denied" child vsock
check_stdout_has "vsock EPERM" "as far as it goes"
go_fixture "$go" denied cgo && cp "$program" "$T/with-c" && learn -o "$learned" -- "$T/with-c" sysinfo
check_matches "$learned" '^allow rseq .*, start' "cgo: what libc called before main.main"
check_policy "cgo" --program "$T/with-c"
under "$learned" -- "$T/with-c" sysinfo
check_equal "$(tail -n 1 "$T/out") $(count_denials)" "goes on 0" "cgo: under its policy nothing is denied"
learn -- "$T/denied" sysinfo
check_stderr_has "allow sysinfo" "without a file: to standard error"

# --- scripts -----------------------------------------------------------------------------
printf '#!/bin/sh\necho hello\n' >"$T/script"
chmod 755 "$T/script"
learn -o "$learned" -- "$T/script"
under "$learned" -- "$T/script"
check_equal "$status $(cat "$T/out")" "0 hello" "a script runs under what was learned of it"

# --- however it ends -----------------------------------------------------------------------
ends() { # DESCRIPTION STATUS COMMAND...: what was seen before is written
	local description=$1 want=$2
	shift 2
	rm -f "$learned"
	learn -o "$learned" -- "$@"
	check_equal "$status $(grep -c '^allow access ' "$learned")" "$want 1" "$description: the status is the program's, the policy is there"
}
ends "exit 3" 3 /bin/sh -c 'exit 3'
ends "SIGTERM" 143 /bin/sh -c 'kill -TERM $$'
ends "SIGKILL" 137 /bin/sh -c 'kill -KILL $$'
rm -f "$learned"
mkfifo "$T/never"
"${as_user[@]}" env --default-signal=INT "$T/golaunch" policy learn -o "$learned" -- "$T/denied" parked sysinfo <>"$T/never" >"$T/out" 2>&1 &
parked=$!
wait_for 10 grep -q ready "$T/out"
kill -INT $parked
wait $parked
check_equal "$? $(grep -c '^exec deny ' "$learned")" "130 1" "SIGINT to golaunch: what there is is written"
chmod 640 "$learned"
learn -o "$learned" -- "$T/denied" sysinfo
check_equal "$(stat -c %a "$learned") $(grep -c '^allow sysinfo' "$learned") $(ls "$T/open" | tr '\n' ' ')" "640 1 learned.policy report " "a file is replaced, and keeps its mode"
if am_root; then
	chown 1234:5678 "$learned"
	run "$T/golaunch" policy learn --merge "$learned" -- "$T/denied" keyctl
	check_equal "$(stat -c '%a %u:%g' "$learned")" "640 1234:5678" "and its owner"
fi
ln -s learned.policy "$T/open/link"
learn -o "$T/open/link" -- "$T/denied" vsock
check_true "a link is followed" test -L "$T/open/link" -a -n "$(grep AF_VSOCK "$learned")"
echo untouched >"$T/open/other"
learn -o "$T/open/planted" -- /bin/sh -c 'ln -s other "$1/planted"' sh "$T/open"
check_equal "$(cat "$T/open/other")" untouched "a link that the program puts there is not followed"
check_true "but replaced" test ! -L "$T/open/planted" -a -s "$T/open/planted"
rm "$T/open/planted" "$T/open/other"
mkfifo -m 666 "$T/open/pipe"
cat "$T/open/pipe" >"$T/piped" &
learn -o "$T/open/pipe" -- /bin/sh -c 'rm "$1/pipe"; : >"$1/pipe"' sh "$T/open"
wait $!
check_has "$T/piped" "default deny" "a pipe is written into, whatever has its name by then"
check_equal "$(cat "$T/open/pipe")" "" "and nothing else is"
rm "$T/open/pipe"
learn -o "$T/none/learned.policy" -- "$T/denied" sysinfo
check_equal "$status $(cat "$T/out")" "125 " "a place that cannot be written: nothing is started"
mkdir "$T/closed"
learn -o "$T/closed/learned.policy" -- /bin/sh -c 'echo started'
am_root && check_equal "$status $(cat "$T/out")" "125 " "nor where the user may not write"

# --- adding to a policy ----------------------------------------------------------------------
cat >"$learned" <<-END
	# Ours.

	include go-compute      # no network
	deny sysinfo            # nobody's business
END
cp "$learned" "$T/before"
learn --merge "$learned" -- "$T/denied" ptrace sysinfo vsock
check_equal "$(diff "$T/before" "$learned" | grep -c '^<')" 0 "merge: nothing is taken away"
check_has "$learned" "allow ptrace if request == PTRACE_ATTACH" "merge: what was new is allowed"
check_lacks "$learned" "allow sysinfo" "merge: what is denied by name is not"
check_stderr_has "$learned:4 denies sysinfo, called by example.com/denied/attempt.sysinfo" "merge: that is told"
check_stderr_has "go-compute:" "merge: what an included preset denies is told too"
check_stderr_has 'what would allow it: "allow socket if domain == AF_VSOCK' "merge: with the line for it"
check_policy "merged"
learn --merge "$learned" -- "$T/denied" keyctl
cp "$learned" "$T/before"
learn --merge "$learned" -- "$T/denied" keyctl
check_true "merge: seen before, nothing changes" cmp "$T/before" "$learned"
under "$learned" -- "$T/denied" keyctl sysinfo
check_equal "$(grep -c 'sysinfo EPERM' "$T/out") $(count_denials)" "1 1" "merge: and the policy is that"
learn -o "$learned" -- "$T/denied" sysinfo
learn --merge "$learned" -o "$T/open/both.policy" -- "$T/denied" vsock
under "$T/open/both.policy" -- "$T/denied" vsock sysinfo
check_equal "$(tail -n 1 "$T/out") $(count_denials)" "goes on 0" "two uses, one after the other, in one policy"
printf 'include go-compute\nkill sysinfo\n' >"$T/open/kills.policy"
learn --merge "$T/open/kills.policy" -- "$T/denied" sysinfo sysinfo
check_matches "$T/err" 'kills.policy:2 kills for sysinfo, called by .*, 2 times: it stays; ' "merge: a kill is called one"
echo 'default deny wrong' >"$T/open/wrong.policy"
learn --merge "$T/open/wrong.policy" -- "$T/denied" sysinfo
check_equal "$status $(cat "$T/out")" "125 " "merge: a policy that cannot be read is found out before the start"
echo '{"defaultAction": "SCMP_ACT_ALLOW"}' >"$T/open/oci.json"
learn --merge "$T/open/oci.json" -- "$T/denied" sysinfo
check_stderr_has "is no policy file in golaunch's own language" "merge: another format is refused"

# --- a dry run ----------------------------------------------------------------------------------
before=$(ls "$T/open")
learn --dry -- "$T/denied" vsock keyctl vsock sysinfo
check_equal "$status $(grep -c EPERM "$T/out")" "0 0" "dry: all is let through"
check_stderr_has "socket() would be denied, 2 times" "dry: the default policy would have denied it, so often"
check_stderr_has "  by       example.com/denied/attempt.(*host).dial attempt.go:75" "dry: by whom"
check_matches "$T/err" '^  rule     default:[0-9]+ "deny socket if domain == AF_VSOCK"' "dry: which line"
check_equal "$(ls "$T/open")" "$before" "dry: no file is written"
echo 'include go-compute
kill sysinfo
exec deny' >"$T/open/strict.policy"
learn --dry --policy "$T/open/strict.policy" -- "$T/denied" child sysinfo
check_equal "$status $(grep -c 'goes on' "$T/out")" "0 2" "dry: neither kill nor exec deny happens"
check_stderr_has "sysinfo() would kill the process" "dry: a kill is named"
check_stderr_has "execve() would be denied" "dry: and execve"
check_matches "$T/err" "^  rule     $T/open/strict.policy:3 \"exec deny\"" "dry: with its line"
learn --dry -- "$T/denied" sysinfo
check_stderr_has "policy 'default' would have stopped nothing" "dry: that it is nothing is said"
learn --dry -o "$learned" -- "$T/denied"
check_status 125 "dry: with -o it is a misuse"

learn --dry --policy none -- "$T/denied" sysinfo
check_stderr_has "policy 'none' would have stopped nothing" "dry: nor does none"

# --- --dry-run: what would be done is what is done -----------------------------------------------
plan() { # WORDS ARG...: the line of the policy
	local words=$1
	shift
	learn --dry-run "$@" -- "$T/denied" sysinfo
	check_equal "$status $(sed -n 's/^policy  *//p' "$T/out" | sed 's/ ([0-9]* instructions)//; s/, no_new_privs//')" "0 $words" "--dry-run $*"
}
plan "none, what it calls is learned"
plan "none, what it calls is learned" --merge "$T/open/both.policy"
plan "default, which denies nothing in a dry run" --dry
plan "$T/open/strict.policy, which denies nothing in a dry run" --dry --policy "$T/open/strict.policy"
plan "$T/open/strict.policy, exec denied, what it calls is learned" --policy "$T/open/strict.policy"
learn --dry-run --format json -- "$T/denied" sysinfo
check_json "$T/out" .exec_denied false "--dry-run: while golaunch learns nobody denies execve"

# --- what was asked for holds -----------------------------------------------------------------------
learn --policy "$T/open/strict.policy" -o "$learned" -- "$T/denied" vsock ptrace
check_equal "$(grep -c EPERM "$T/out")" 2 "--policy: what it denies is denied while golaunch learns"
check_lacks "$learned" "AF_VSOCK" "--policy: and not learned"
learn --policy "$T/open/strict.policy" -o "$learned" -- "$T/denied" child vsock
check_stdout_has "operation not permitted" "--policy: so is execve"
learn --policy "$T/open/strict.policy" -o "$learned" -- "$T/denied" sysinfo
check_equal "$status $(wc -c <"$T/out")" "159 0" "--policy: kill kills"
for action in deny kill; do
	printf 'default allow\n%s seccomp\n' $action >"$T/open/no-seccomp.policy"
	learn --policy "$T/open/no-seccomp.policy" -o "$learned" -- "$T/denied" sysinfo
	check_equal "$status $(grep -c '^allow sysinfo' "$learned")" "0 1" "--policy: golaunch itself needs no seccomp(2) under it: $action"
done
if am_root; then
	run "$T/golaunch" policy learn --cap none -o "$learned" -- grep -E 'Cap(Eff|Bnd)' /proc/self/status
	check_equal "$(tr -s '\t\n' '  ' <"$T/out")" "CapEff: 0000000000000000 CapBnd: 0000000000000000 " "--cap: capabilities are dropped"
fi
learn -- grep -E '^(NoNewPrivs|Seccomp_filters)' /proc/self/status
check_equal "$(tr -s '\t\n' '  ' <"$T/out")" "NoNewPrivs: 1 Seccomp_filters: 1 " "one filter, no more privileges than any"

# --- nobody can listen --------------------------------------------------------------------------------
unlistened() { # DESCRIPTION HOW
	run "${as_user[@]}" "$T/outer" "$2" -- "$T/golaunch" policy learn -o "$learned" -- /bin/echo started
	check_equal "$status $(cat "$T/out") $(codes_of "$T/err")" "125  GL5004" "$1: GL5004, nothing is started"
}
codes_of() { grep -oE 'GL[0-9]{4}' "$1" | sort -u | head -n 1; }
unlistened "another listener" listener
check_stderr_has "nobody can look on at what the program calls: an outer filter has a listener already" "it says why"
unlistened "before Linux 5.0" no-listener
check_stderr_has "this kernel has no listeners, which came with Linux 5.0" "it says why"
run "${as_user[@]}" "$T/outer" no-killable -- "$T/golaunch" policy learn -o "$learned" -- "$T/denied" storm 50
check_matches "$learned" '^allow keyctl if cmd == KEYCTL_READ .*, 250 times, main$' "signals interrupt the wait: the call is learned, and counted once each"
learn --no-supervise -- "$T/denied" sysinfo
check_status 125 "--no-supervise: nobody would look on"

# --- more than there is room for ---------------------------------------------------------------------------
learn -o "$learned" -- "$T/asks" 1100
check_equal "$status $(cat "$T/out")" "125 asked 1100" "a table that is full: exit status 125"
check_stderr_has "the policy is not whole: at least" "it is said"
check_has "$learned" "# NOT WHOLE: at least" "and stands in the policy"
lost=$(sed -n 's/.*at least \([0-9]*\) more distinct calls were seen, and not.*/\1/p' "$learned")
check_true "no more are counted than there were" [ "$lost" -gt 50 -a "$lost" -le 90 ]
learn -o "$learned" -- "$T/asks" 900
under "$learned" -- "$T/asks" 900
check_equal "$status $(count_denials)" "0 0" "many values: all of them are allowed"
under "$learned" -- "$T/asks" 903
check_equal "$status $(count_denials)" "0 3" "and no other"

# --- real programs --------------------------------------------------------------------------------------------
bin() { # CACHE-ENTRY PATH: sets $real, a copy
	have "$1" && real=$T/${2##*/} && cp "$GL_CACHE/$1/$2" "$real"
}
# As one use is learned and again under the policy; the function use gets what stands before the program.
carries() { # NAME USE UNSEEN...: what was not seen is denied: UNSEEN says what of
	local name=$1 use=$2 unseen=$3
	rm -rf "$T/open/backed-up"
	mkdir -m 777 "$T/open/backed-up"
	$use "${as_user[@]}" "$T/golaunch" policy learn -o "$learned" --
	check_equal "$used" fine "$name: is learned"
	check_policy "$name" --program "$real"
	rm -rf "$T/open/backed-up"
	mkdir -m 777 "$T/open/backed-up"
	rm -f "$report"
	$use "${as_user[@]}" "$T/golaunch" --report "$report" --policy "$learned" --
	check_equal "$used $(count_denials)" "fine 0" "$name: its own use passes under its policy, nothing is denied"
	$unseen
	under "$learned" -- "$T/denied" mount keyctl unshare
	check_equal "$(grep -c EPERM "$T/out") $(count_denials)" "3 3" "$name: calls that it never made are denied"
}

port_of() { # FILE REGEX: sets $port, once a server has said it
	wait_for 20 grep -qE "$2" "$1" && port=$(sed -nE "s/$2/\1/p" "$1" | head -n 1)
}
nats_use() {
	local server answer
	: >"$T/server" # what the server before said is no port of this one
	"$@" "$real" -a 127.0.0.1 -p -1 >"$T/server" 2>&1 &
	server=$!
	port_of "$T/server" '.*client connections on 127.0.0.1:([0-9]+)$' && exec 8<>"/dev/tcp/127.0.0.1/$port"
	printf 'CONNECT {"verbose":false}\r\nSUB hello 1\r\nPUB hello 5\r\nworld\r\nPING\r\n' >&8
	answer=$(timeout 10 sed '/PONG/q' <&8 | tr -d '\r' | tr '\n' ' ')
	exec 8>&-
	kill -INT $server
	wait $server
	used="$? ${answer##*\} }"
	[ "$used" = "0  MSG hello 1 5 world PONG " ] && used=fine
}
if bin service/bookworm usr/sbin/nats-server; then
	carries nats-server nats_use :
else
	skip "nats-server" "$reason"
fi

# A port that is free, as far as can be known.
free_port() {
	port=$((20000 + RANDOM % 10000))
	while (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
		port=$((port + 1))
	done
}
is_open() { (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
caddy_use() {
	local server
	free_port
	echo "a page" >"$T/open/backed-up/page.txt"
	"$@" env HOME="$T/open/backed-up" "$real" file-server --listen "127.0.0.1:$port" --root "$T/open/backed-up" >"$T/server" 2>&1 &
	server=$!
	wait_for 20 is_open && exec 8<>"/dev/tcp/127.0.0.1/$port"
	printf 'GET /page.txt HTTP/1.0\r\n\r\n' >&8
	used=$(timeout 10 tail -n 1 <&8)
	exec 8>&-
	kill -TERM $server
	wait $server
	used="$? $used"
	[ "$used" = "0 a page" ] && used=fine
}
if bin service/trixie usr/bin/caddy; then
	carries caddy caddy_use :
else
	skip "caddy" "$reason"
fi

restic_use() {
	local at=$T/open/backed-up
	"$@" env HOME="$at" RESTIC_PASSWORD=x "$real" -q -r "$at/repository" init >"$T/used" 2>&1 && used=fine
}
restic_unseen() {
	learn --merge "$learned" -- env HOME="$T/open/backed-up" RESTIC_PASSWORD=x "$real" -q -r "$T/open/backed-up/repository" backup /etc/hostname
	check_equal "$status" 0 "restic: another use is learned on top"
	under "$learned" -- env HOME="$T/open/backed-up" RESTIC_PASSWORD=x "$real" -q -r "$T/open/backed-up/repository" backup /etc/hostname
	check_equal "$status $(count_denials)" "0 0" "restic: and passes then"
}
if bin program/bookworm usr/bin/restic; then
	carries restic restic_use restic_unseen
else
	skip "restic" "$reason"
fi

rclone_use() {
	local at=$T/open/backed-up
	mkdir -p "$at/from"
	echo something >"$at/from/file"
	"$@" env HOME="$at" "$real" -q sync "$at/from" "$at/to" >"$T/used" 2>&1
	used="$? $(cat "$at/to/file")"
	[ "$used" = "0 something" ] && used=fine
}
rclone_unseen() {
	under "$learned" -- env HOME="$T/open/backed-up" timeout 10 "$real" rcd --rc-no-auth --rc-addr 127.0.0.1:0
	check_true "rclone: serving, which was not seen, is denied" [ "$status" -ne 0 -a "$(count_denials)" -gt 0 ]
}
if bin service/bookworm usr/bin/rclone; then
	carries rclone rclone_use rclone_unseen
else
	skip "rclone" "$reason"
fi
finish
