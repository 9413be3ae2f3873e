#!/usr/bin/env bash
# What init waits for when it is ended from outside: the call, with its arguments and
# the other end of it.  Each way x Go version x link mode, ended by --start-timeout,
# by SIGTERM to golaunch, by SIGKILL to the program.
#
#   GL_WAITS_VERSIONS="1.19 1.27"   these versions only
. "$(dirname "$0")/../lib/cli.sh"

versions=${GL_WAITS_VERSIONS:-1.15 1.19 1.24 1.27}
newest=$(newest_go)
need_fixture "${newest:-any}" wait
run "$GOLAUNCH" -v -- "$program"
! grep -q 'the start is not watched' "$T/err" || skip_all "the start cannot be watched here: $(head -n 1 "$T/err")"

# A FIFO that is open at both ends and silent, one that nobody else opens, a file that is locked.
mkfifo "$T/silent" "$T/lonely" && exec 7<>"$T/silent"
touch "$T/locked" && exec 8<"$T/locked" && flock 8

file_of() {
	case $1 in
	open-fifo) echo "$T/lonely" ;;
	flock) echo "$T/locked" ;;
	*) echo "$T/silent" ;;
	esac
}

ended() { ! grep -q '^State:[[:space:]]*[^Z]' "/proc/$1/status" 2>/dev/null; }

# sleeps PID: do all of its child's threads?
sleeps() {
	local child
	child=$(cat "/proc/$1/task/$1/children") && child=${child% }
	! grep -hv '^[0-9]* ([^)]*) S' /proc/"$child"/task/*/stat | grep -q . && sleep 0.02 &&
		! grep -hv '^[0-9]* ([^)]*) S' /proc/"$child"/task/*/stat | grep -q .
}

# end_by HOW WAY: leaves $T/report, $T/out, $T/err.
end_by() {
	local how=$1 way=$2 golaunch victim
	rm -f "$T/report"
	set -- "$GOLAUNCH" --report "$T/report"
	[ "$how" != timeout ] || set -- "$@" --start-timeout 300ms
	last_command="WAIT=$way $* $program"
	: >"$T/out"
	WAIT=$way FIFO=$(file_of "$way") "$@" "$program" <&7 8<&- >"$T/out" 2>"$T/err" &
	golaunch=$! victim=$golaunch
	if [ "$how" != timeout ]; then
		wait_for 20 grep -q waiting "$T/out"
		wait_for 20 sleeps "$golaunch"
		[ "$how" != KILL ] || victim=$(cat "/proc/$golaunch/task/$golaunch/children")
		kill "-$how" $victim
	fi
	wait_for 20 ended "$golaunch" || kill -KILL "$golaunch"
	{ wait "$golaunch"; } 2>/dev/null
}

# told: the row, where the address that the program gave is ADDRESS and this test's folder is T.
told() {
	local address
	address=$(sed -n 's/^waiting //p' "$T/out")
	jq -r '.cause.evidence | [.call // "-", .waiting // "-", .sockets // "-"] | join(" | ")' "$T/report" 2>&1 |
		sed -E "s#${address:-no address}#ADDRESS#g; s#$T/#T/#g; s#127\.0\.0\.1:[0-9]+#ADDRESS#g; s# [0-9]+, \.\.\., WEXITED[^)]*# N, ...#"
}

check_way() { # NAME HOW WAY WANT
	local got
	end_by "$2" "$3"
	got=$(jq -r '.cause.code + " " + .phase' "$T/report" 2>&1)
	check_equal "$got: $(told)" "GL6006 init: $4" "$1 $3, $2"
}

# WHERE way        call | what it waits for | what others wait for
# Where: any, cgo (without it the runtime sees that all goroutines wait), native (C code).
ways() {
	cat <<-'WAYS'
		any dial net.Dial | connect to ADDRESS | -
		any get net/http.Get | answer of ADDRESS | -
		any get-unconnected net/http.Get | connect to ADDRESS | -
		any read CONN.Read | read from ADDRESS | -
		any accept net.(*TCPListener).Accept | accept on ADDRESS | -
		any host net.(*Resolver).LookupHost | answer of ADDRESS (DNS) | -
		any text net.(*Resolver).LookupTXT | answer of ADDRESS (DNS) | -
		any open-fifo os.Open | openat(AT_FDCWD, "T/lonely", O_RDONLY|O_CLOEXEC) | -
		any read-fifo os.(*File).Read | read from FIFO T/silent | -
		any stdin os.(*File).Read | read(0 <FIFO T/silent>, ..., 16) | -
		any flock syscall.Flock | flock(3 <T/locked>, LOCK_EX) | -
		any child os/exec.(*Cmd).Wait | waitid(PID, N, ...) | -
		any sleep time.Sleep | - | -
		any behind receive from a channel | - | connect to ADDRESS
		any pause syscall.Pause | pause() | -
		cgo mutex sync.(*Mutex).Lock | - | -
		cgo group sync.(*WaitGroup).Wait | - | -
		cgo channel receive from a channel | - | -
		native native:connect example.com/wait/native._Cfunc_dial | connect to ADDRESS | -
		native native:old example.com/wait/native._Cfunc_old | pause | -
		native native:mutex example.com/wait/native._Cfunc_lock | futex(..., FUTEX_WAIT|FUTEX_PRIVATE_FLAG, 2, NULL) | -
	WAYS
}

# adapt VERSION: what differs between versions.
adapt() {
	local connection='net.(*conn)' pid=P_PID
	case $1 in 1.21 | 1.22 | 1.23) connection='net.(*TCPConn)' ;; esac
	case $1 in 1.15 | 1.19 | 1.21 | 1.22) ;; *) pid=P_PIDFD ;; esac
	sed "s/CONN/$connection/; s/waitid(PID/waitid($pid/"
}

column() { # VERSION LINK HOW WHERES [ARG...]
	local version=$1 link=$2 how=$3 wheres=$4 where way want
	shift 4
	go_fixture "$version" wait "$link" "$@" || { skip "go $version $link" "$reason"; return; }
	while read -r where way want; do
		case " $wheres " in *" $where "*) check_way "go $version $link:" "$how" "$way" "$want" ;; esac
	done < <(ways | adapt "$version")
}

for version in $versions; do
	column "$version" static timeout any
	column "$version" cgo TERM "any cgo native" -tags=native
done
column "$newest" cgo-pie KILL "any cgo native" -tags=native
column "$newest" static TERM any "-ldflags=-s -w"

# A name server that C code asks, in namespaces of our own.
printf 'nameserver 127.0.0.9\noptions timeout:20\n' >"$T/resolv.conf"
printf 'hosts: dns\n' >"$T/nsswitch.conf"
cat >"$T/hidden" <<HIDDEN
#!/bin/sh
ip link set lo up && mount --bind "$T/resolv.conf" /etc/resolv.conf && mount --bind "$T/nsswitch.conf" /etc/nsswitch.conf && exec "\$@"
HIDDEN
chmod +x "$T/hidden"
if ! unshare -mn "$T/hidden" true 2>"$T/err"; then
	skip "C code asks a name server" "no namespaces here: $(head -n 1 "$T/err")"
elif ! go_fixture "$newest" wait cgo -tags=native; then
	skip "C code asks a name server" "$reason"
else
	rm -f "$T/report"
	WAIT=native:resolve run unshare -mn "$T/hidden" "$GOLAUNCH" --report "$T/report" --start-timeout 300ms "$program"
	check_json "$T/report" '.cause.evidence.waiting | sub("\\[[0-9]+"; "[N")' 'poll([N <UDP to 127.0.0.9:53>], 1, 20000)' \
		"C code asks a name server"
fi

# Another user's program, whose descriptors a container's root may not look at: there is less to tell.
if am_root && have_command setpriv; then
	go_fixture "$newest" wait && cp "$program" "$T/wait"
	rm -f "$T/report"
	WAIT=dial run setpriv --bounding-set -all,+setuid,+setgid,+setpcap --inh-caps -all \
		"$GOLAUNCH" --user 12345:12345 --report "$T/report" --start-timeout 300ms "$T/wait"
	check_json "$T/report" '.cause | .code + " " + .evidence.call' "GL6006 net.Dial" "another user's: the call at least"
else
	skip "another user's program" "${reason:-no root here}"
fi

# --- a filter's SIGSYS ------------------------------------------------------------
for version in $versions; do
	go_fixture "$version" wait || { skip "go $version" "$reason"; continue; }
	for way in trap kill; do
		rm -f "$T/report"
		WAIT=forbidden run "$HELPERS/refuse" $way-mount -- "$GOLAUNCH" --report "$T/report" "$program"
		check_json "$T/report" '[.cause.code, .cause.evidence.syscall, .cause.evidence.call] | join(" | ")' \
			'GL6003 | mount | mount("proc", "/nowhere", "proc", MS_NOSUID|MS_NODEV, NULL)' "go $version: an outer filter, $way"
		check_stderr_has 'filtered mount("proc"' "go $version: an outer filter, $way: said"
	done
done
finish
