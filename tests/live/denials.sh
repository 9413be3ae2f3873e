#!/usr/bin/env bash
# Denials explained: who made the call, which line of the policy denied it, which
# would allow it; on every Go, under signals, and where nobody can listen.
. "$(dirname "$0")/../lib/cli.sh"

go=$(newest_go)
need_fixture "${go:-any}" denied
chmod 755 "$T"
cp "$GOLAUNCH" "$HELPERS/outer" "$HELPERS/refuse" "$HELPERS/denied" "$T/" || exit 125
mv "$T/denied" "$T/denied-in-c"
mkdir -m 777 "$T/open"
as_user=(setpriv --reuid=1234 --regid=1234 --clear-groups --)
am_root || as_user=(env)
report=$T/open/report

golaunch() { # ARG...: as a user, with a report
	rm -f "$report"
	run "${as_user[@]}" "$T/golaunch" --report "$report" "$@"
}

# denial NAME FIELD: of the first denial of that call in the report
denial() { jq -r --arg name "$1" "[.denials[] | select(.syscall == \$name)][0].$2" "$report"; }

# --- who, by every way to build a Go program -----------------------------------------
# blames LABEL PROGRAM
blames() {
	local label=$1 name
	cp "$2" "$T/program"
	golaunch -- "$T/program" mount vsock closure unshare mount
	check_equal "$status $(tail -n 1 "$T/out")" "0 goes on" "$label: the program goes on"
	check_equal "$(grep -c EPERM "$T/out")" 5 "$label: and was told EPERM"
	check_equal "$(denial mount function) $(denial mount line)" "example.com/denied/attempt.mountProc 52" "$label: function and line"
	check_equal "$(denial socket function)" "example.com/denied/attempt.(*host).dial" "$label: a method"
	check_equal "$(jq -r '[.denials[] | select(.syscall == "mount") | .function] | join(" ")' "$report")" \
		"example.com/denied/attempt.mountProc example.com/denied/attempt.inClosure.func1" "$label: a goroutine of its own"
	check_equal "$(jq -c '[.denials[] | .count]' "$report")" "[2,1,1,1]" "$label: once for each caller, with a count"
	check_has "$T/err" "by       example.com/denied/attempt.mountProc attempt.go:52" "$label: said on stderr"
}
for version in 1.15 1.19 1.24 "$go"; do
	go_fixture "$version" denied || { skip "go $version" "$reason"; continue; }
	blames "go $version" "$program"
done
for variant in cgo pie cgo-pie musl; do
	go_fixture "$go" denied $variant || { skip "$variant" "$reason"; continue; }
	blames "$variant" "$program"
done
go_fixture "$go" denied static -ldflags=-s\ -w && blames "stripped" "$program"
go_fixture "$go" denied static -trimpath && blames "trimmed" "$program"

# --- what is said -------------------------------------------------------------------
go_fixture "$go" denied && cp "$program" "$T/program"
golaunch -- "$T/program" mount vsock
check_has "$T/err" "golaunch: warning[GL5101]: mount() denied" "the finding"
check_has "$T/err" '  call     mount("proc", "/nowhere/at all", "proc", MS_NOSUID, NULL) = EPERM' "the call, with its strings"
check_matches "$T/err" '^  rule     default:[0-9]+ "deny mount unless cap SYS_ADMIN"  \(golaunch.s, not an outer filter.s\)$' "the rule"
check_has "$T/err" '"allow socket if domain == AF_VSOCK"' "what would allow it, no more than that"
check_has "$T/err" "(what it grants: changing what the file system looks like)" "and what that grants"
check_equal "$(denial socket args)" "AF_VSOCK, SOCK_STREAM, IPPROTO_IP" "arguments in the report"
check_json "$report" '.denials[0].rule | test("^default:[0-9]+ ")' true "the rule in the report"
check_equal "$(denial mount errno)" EPERM "and the answer"
check_json "$report" '.denials[0].allow | test("\"allow mount.* \\(what it grants: changing what the file system")' true "and what would allow it"
check_json "$report" .cause null "a denial is no cause of an end"
run "$GOLAUNCH" report "$report"
check_stdout_has ", 2 denials: --format json" "a saved report shows that there are denials"
golaunch -q -- "$T/program" mount
check_quiet "-q"
check_json "$report" '.denials | length' 1 "but the report has it"
golaunch --format json -- "$T/program" mount mount
check_true "JSON: lines of JSON" jq -e . "$T/err"
check_json "$T/err" 'select(.finding) | .finding.code + " " + .finding.evidence.function' "GL5101 example.com/denied/attempt.mountProc" "JSON: the finding"
golaunch -- "$T/program" repeat 3000 keyctl
check_equal "$(grep -c '^golaunch: ' "$T/err") $(denial keyctl count)" "2 3000" "3,000 denials: two words, all counted"
check_has "$T/err" "keyctl() denied, 3000 times, by example.com/denied/attempt.call" "the count is said at the end"
golaunch -- "$T/program" child mount
check_matches "$T/err" "^  in       process [0-9]+ \(exe\), started by the program$" "a child's"
check_equal "$(denial mount function)" "example.com/denied/attempt.mountProc" "with function and line"
golaunch --policy none -- "$T/program" vsock
check_equal "$(jq -c .denials "$report") $(cat "$T/err")" "[] " "--policy none: nothing is"

# --- C code ---------------------------------------------------------------------------
c_callers() { # VARIANT CALLER-OF-SOCKET CALLER-OF-KEYCTL
	go_fixture "$go" denied "$1" || { skip "C code in $1" "$reason"; return; }
	cp "$program" "$T/with-c"
	golaunch -- "$T/with-c" c-vsock c-keyctl
	check_matches "$T/err" "^  by       $2\+0x[0-9a-f]+$" "$1: C code that calls a wrapper of libc's"
	check_matches "$T/err" "^  by       $3\+0x[0-9a-f]+$" "$1: C code that calls syscall()"
}
c_callers cgo "vsock_in_c in $T/with-c" "keyctl_in_c in $T/with-c"
# musl's wrappers call others.
c_callers musl "socket in .*/libc.so" "syscall in .*/libc.so"
golaunch -- "$T/denied-in-c" mount keyctl
check_matches "$T/err" "^  by       .*$T/denied-in-c\+0x" "a program without Go"

# --- a storm of signals ------------------------------------------------------------------
# A call whose answer comes together with a signal is made, and so counted, again (kernel/seccomp.c,
# seccomp_do_user_notification: "interrupted"); a thread that gets no processor meanwhile cannot be looked at.
interrupted='[([.denials[].line | numbers] | unique | length), ([.denials[].count] | add | . >= 250 and . <= 260),
	([.denials[] | select(.line == null).count] | add // 0 | . <= 5)]'
storm='[(.denials | length), ([.denials[].count] | unique), ([.denials[].line] | unique | length)]'
for version in 1.15 1.19 1.24 "$go"; do
	go_fixture "$version" denied || { skip "go $version in a storm" "$reason"; continue; }
	cp "$program" "$T/program"
	golaunch -- "$T/program" storm 50
	check_equal "$(tail -n 1 "$T/out") $(jq -c "$storm" "$report")" "goes on [50,[5],50]" "go $version: 50 goroutines under SIGURG, each is counted"
	check_equal "$(grep -c 'GL5101\]: keyctl() denied' "$T/err") $(grep -c 'more callers' "$T/err")" "32 1" "go $version: said 16 times, at the end 16 more"
	rm -f "$report"
	run "${as_user[@]}" "$T/outer" no-killable -- "$T/golaunch" --report "$report" -- "$T/program" storm 50
	check_equal "$(tail -n 1 "$T/out") $(jq -c "$interrupted" "$report")" "goes on [50,true,true]" "go $version: the same where signals interrupt the wait"
done

# --- policies of one's own ------------------------------------------------------------------
cat >"$T/own.policy" <<-END
	include default
	deny errno EACCES sysinfo   # nobody's business
	kill keyctl
END
golaunch --policy "$T/own.policy" -- "$T/program" sysinfo
check_has "$T/out" "sysinfo EACCES" "a policy's own errno"
check_has "$T/err" "  rule     $T/own.policy:2 \"deny errno EACCES sysinfo\"" "its file and line"
check_has "$T/err" "  allow    add \"allow sysinfo\" to $T/own.policy (what it grants:" "and where to add"
golaunch --policy "$T/own.policy" -- "$T/program" mount keyctl sysinfo
check_equal "$status $(tail -n 1 "$T/out")" "159 mount EPERM" "kill: the process, exit 159"
check_has "$T/err" "golaunch: error[GL5102]: killed by golaunch's policy for keyctl()" "the call is named"
check_has "$T/err" "  by       example.com/denied/attempt.call" "and who made it"
check_json "$report" '[.cause.code, .cause.evidence.syscall, .outcome.signal, .denials[1].syscall] | join(" ")' "GL5102 keyctl SIGKILL keyctl" "in the report"
golaunch --policy "$T/own.policy" -- "$T/program" child keyctl
check_equal "$status $(head -n 1 "$T/out")" "0 child signal: killed" "kill of a child: the program goes on"
check_has "$T/err" "GL5101]: keyctl() killed the process that made it" "and it is said"
# golaunch's own kill is told from another's
run "${as_user[@]}" "$T/golaunch" --policy "$T/own.policy" -- /bin/sh -c 'kill -KILL $$'
check_status 137 "another's SIGKILL stays a SIGKILL"

# --- nobody listens ---------------------------------------------------------------------------
unexplained() { # LABEL WORDS COMMAND...: golaunch runs the program after COMMAND
	local label=$1 words=$2
	shift 2
	run "$@" "$T/golaunch" -v -- "$T/program" mount
	check_equal "$status $(head -n 1 "$T/out")" "0 mount EPERM" "$label: denied all the same"
	check_has "$T/err" "$words" "$label: a note says why it is not explained"
	run "$@" "$T/golaunch" -- "$T/program" mount
	check_quiet "$label: which nobody asked for"
}
unexplained "another listener" "an outer filter has a listener already" "${as_user[@]}" "$T/outer" listener --
unexplained "before Linux 5.0" "without a word: Invalid argument" "${as_user[@]}" "$T/outer" no-listener --
unexplained "no seccomp(2)" "Function not implemented" "${as_user[@]}" "$T/refuse" ENOSYS-seccomp --
unexplained "deadly seccomp(2)" "an outer filter kills for seccomp(2)" "${as_user[@]}" "$T/refuse" kill-seccomp --
run "${as_user[@]}" "$T/refuse" kill-process_vm_readv -- "$T/golaunch" -- "$T/program" mount
check_has "$T/err" "by       example.com/denied/attempt.mountProc" "a filter that kills for process_vm_readv: golaunch does without"
run "${as_user[@]}" "$T/golaunch" --no-supervise -- "$T/program" mount
check_equal "$(head -n 1 "$T/out") $(cat "$T/err")" "mount EPERM " "--no-supervise: denied without a word"
if am_root; then
	# Docker's root may not look into another user's processes.
	docker_caps=chown,dac_override,fsetid,fowner,mknod,net_raw,setgid,setuid,setfcap,setpcap,net_bind_service,sys_chroot,kill,audit_write
	run setpriv --inh-caps=-all "--bounding-set=-all,+${docker_caps//,/,+}" -- "$T/golaunch" --user 1234:1234 -- "$T/program" mount
	check_has "$T/err" "by       unknown: its memory may not be read here" "another user's program: the caller is unknown"
	check_has "$T/err" "GL5101]: mount() denied" "the call is not"
fi

# --- golaunch dies --------------------------------------------------------------------------------
mkfifo "$T/line"
chmod 666 "$T/line"
"${as_user[@]}" "$T/golaunch" -- "$T/program" parked mount <"$T/line" >"$T/open/parked" 2>"$T/err" &
exec 7>"$T/line"
wait_for 10 grep -qs ready "$T/open/parked"
kill -KILL $!
wait $! 2>/dev/null
echo go >&7
exec 7>&-
wait_for 10 grep -qs "goes on" "$T/open/parked"
check_equal "$(tr '\n' ' ' <"$T/open/parked")" "ready mount ENOSYS mount ENOSYS goes on " "golaunch was killed: denied calls still fail"

# --- a container, with Docker's own filter around -----------------------------------------------------
if am_root && have_command runc && have docker-profile; then
	mkdir -p "$T/bundle/rootfs"/{proc,dev,sys} && cp "$T/golaunch" "$T/program" "$T/own.policy" "$T/bundle/rootfs/"
	(cd "$T/bundle" && runc spec) && jq --arg machine amd64 --argjson kernel '[6,1]' -f "$TESTS/lib/docker_seccomp.jq" \
		"$GL_CACHE/docker-profile/seccomp.json" >"$T/seccomp.json"
	jq --slurpfile filter "$T/seccomp.json" '.process.terminal = false | .process.capabilities = {} | .process.user = {uid: 1000, gid: 1000} |
		.process.args = ["/golaunch", "--policy", "/own.policy", "--", "/program", "mount", "sysinfo"] |
		.linux.seccomp = $filter[0]' "$T/bundle/config.json" >"$T/config.json" && mv "$T/config.json" "$T/bundle/config.json"
	run runc --root "$T/runc-state" run --bundle "$T/bundle" golaunch-denials-$$
	check_equal "$status $(tr '\n' ' ' <"$T/out")" "0 mount EPERM sysinfo EACCES goes on " "in a container: denied by Docker's filter, and by ours"
	check_has "$T/err" "by       example.com/denied/attempt.sysinfo attempt.go" "ours is explained"
	check_stderr_lacks "mount() denied" "Docker's is not golaunch's to explain"
else
	skip "in a container" "${reason:-runc needs root here}"
fi
finish
