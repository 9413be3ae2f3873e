#!/usr/bin/env bash
# golaunch policy show, check, list, compile, convert.
. "$(dirname "$0")/../lib/cli.sh"

cd "$T" || exit 125

# --- which verb -----------------------------------------------------------------
run "$GOLAUNCH" policy
check_status 125 "no verb: 125"
check_stderr_has "policy needs a verb: show, check, list, compile, convert or learn" "no verb: says which there are"
run "$GOLAUNCH" policy chekc
check_stderr_has "policy has no verb 'chekc': it has show, check, list, compile, convert and learn" "an unknown verb"
run "$GOLAUNCH" policy --help
check_status 0 "--help: 0"
for verb in show check list compile convert; do
	check_stdout_has "golaunch policy $verb" "--help has $verb"
	run "$GOLAUNCH" policy $verb --help
	check_stdout_has "golaunch policy $verb" "$verb --help"
	run "$GOLAUNCH" policy --help
done
for verb in show compile convert; do
	run "$GOLAUNCH" policy $verb
	check_status 125 "$verb without a FILE: 125"
	check_stderr_has "policy $verb takes one NAME or FILE" "$verb without a FILE: says so"
	run "$GOLAUNCH" policy $verb default default
	check_status 125 "$verb with two: 125"
done
run "$GOLAUNCH" policy check
check_stderr_has "policy check needs a NAME or FILE" "check without a FILE"

# --- show -------------------------------------------------------------------------
cat >app.policy <<'END'
# a policy
known-through 6.1
default deny
allow @basic-io
include ./more.policy
no-new-privs on
limit nofile 10:20
END
cat >more.policy <<'END'
allow socket if domain in {AF_UNIX, AF_INET}
deny errno EACCES mount unless cap SYS_ADMIN
END
run "$GOLAUNCH" policy show app.policy
check_status 0 "show: 0"
check_stdout_has $'known-through 6.1\t# app.policy:2' "show: a line has its place"
check_stdout_has $'allow socket if domain in {AF_UNIX, AF_INET}\t# more.policy:1' "show: one that is included too"
check_stdout_has $'limit nofile 10:20\t# app.policy:7' "show: settings"
cp "$T/out" shown.policy
run "$GOLAUNCH" policy show shown.policy
check_equal "$(sed 's/\t# .*//' "$T/out")" "$(sed 's/\t# .*//' shown.policy)" "show: what is shown is a policy and means the same"
run "$GOLAUNCH" policy show --format json app.policy
check_equal "$(jq -r '.schema, .known_through, .default.errno, .no_new_privs, (.rules | length), .settings[0].value' "$T/out" | paste -sd' ')" \
	"golaunch.policy/1 6.1 EPERM on 4 nofile=10:20" "show --format json"
check_equal "$(jq -r '.rules[3] | .calls[0], .action, .errno, .unless_caps[0], .place' "$T/out" | paste -sd' ')" \
	"mount deny EACCES SYS_ADMIN more.policy:2" "show --format json: a rule"
run "$GOLAUNCH" policy show --format bpf app.policy
check_stdout_has "if == " "show --format bpf"
check_stdout_has "unless cap SYS_ADMIN" "show --format bpf: conditions are open"
for preset in default go-server go-cli go-compute; do
	run "$GOLAUNCH" policy show $preset
	check_status 0 "show $preset: 0"
done
run "$GOLAUNCH" policy show --format xml default
check_stderr_has "'--format': must be one of text, json, bpf" "show: an unknown format"

# --- show --syscall -----------------------------------------------------------------
run "$GOLAUNCH" policy show --syscall socket app.policy
check_stdout_has "socket: number 41 of x86-64" "--syscall: the number"
check_equal "$(sed 1d "$T/out" | awk '{ print $1, $NF }' | paste -sd,)" "allow more.policy:1,deny (default)" "--syscall: all lines that may decide"
run "$GOLAUNCH" policy show --syscall socket --arg domain=AF_INET6 app.policy
check_equal "$(sed 1d "$T/out" | tr -s ' ')" " deny app.policy:3 (default)" "--arg: the one that decides"
run "$GOLAUNCH" policy show --syscall socket --arg arg0=2 app.policy
check_stdout_has "allow if domain in" "--arg by the register's name"
run "$GOLAUNCH" policy show --syscall mount app.policy --cap CHOWN
check_stdout_has "deny errno EACCES unless cap SYS_ADMIN" "--cap: another capability"
run "$GOLAUNCH" policy show --syscall mount app.policy --cap CHOWN,CAP_SYS_ADMIN
check_lacks "$T/out" EACCES "--cap lifts a rule"
run "$GOLAUNCH" policy show --syscall ptrace --kernel 4.7 default
check_stdout_has "deny if kernel < 4.8" "--kernel: before"
run "$GOLAUNCH" policy show --syscall ptrace --kernel 4.8 default
check_stdout_has "allow" "--kernel: after"
run "$GOLAUNCH" policy show --syscall exit_group app.policy
check_stdout_has "no policy can deny it" "--syscall exit_group"
run "$GOLAUNCH" policy show --syscall execve app.policy
check_stdout_has "(exec)" "--syscall execve"
run "$GOLAUNCH" policy show --syscall 41 app.policy
check_stdout_has "socket: number 41 of x86-64" "--syscall by number"
run "$GOLAUNCH" policy show --syscall i386:102 app.policy
check_stdout_has "socketcall: number 102 of i386" "--syscall by number, of another ABI"
run "$GOLAUNCH" policy show --syscall i386:socket app.policy
check_stdout_has "  kill " "--syscall of another ABI that has it too: app.policy kills for that"
check_stdout_has "made by i386" "--syscall of another ABI: says so"
run "$GOLAUNCH" policy show --syscall x32:read --format json default
check_equal "$(jq -r '.abi, .number, .decision.errno' "$T/out" | paste -sd' ')" "x32 0 ENOSYS" "--syscall of x32, --format json"
run "$GOLAUNCH" policy show --syscall 0x10 --arg request=TIOCSTI default
check_stdout_has "deny if request in" "--syscall by number, with arguments by name"
run "$GOLAUNCH" policy show --syscall futex_waitv app.policy
check_stdout_has "deny " "--syscall: a known one that no line names"
run "$GOLAUNCH" policy show --syscall cachestat app.policy
check_stdout_has "deny errno ENOSYS" "--syscall: later than known-through"
check_stdout_has "app.policy:2 (later than known-through)" "--syscall: says why"
run "$GOLAUNCH" policy show --syscall socket --arg domain=AF_UNIX --format json app.policy
check_equal "$(jq -r '.schema, .syscall, .number, .decision.action, .decision.zone, .decision.place, (.rules | length)' "$T/out" | paste -sd' ')" \
	"golaunch.policy-call/1 socket 41 allow rule more.policy:1 1" "--syscall --format json"

# wrong WORDS MESSAGE: a wrong question
wrong() {
	local message=$1
	shift
	run "$GOLAUNCH" policy show "$@"
	check_status 125 "$*: 125"
	check_stderr_has "$message" "$*: says why"
}
wrong "no machine has a system call 'sokcet'; did you mean 'socket'?" --syscall sokcet default
wrong "has no system call 'osf_getsysinfo'" --syscall osf_getsysinfo default
wrong "no system call of x86-64 that this golaunch knows has number 99999: it answers ENOSYS" --syscall 99999 default
wrong "no system call of x86-64 that this golaunch knows has number 18446744073709551615" --syscall 99999999999999999999 default
wrong "no machine has a system call '41x'" --syscall 41x default
wrong "i386 has no system call 'arm_sync_file_range'" --syscall i386:arm_sync_file_range default
wrong "has no ABI of the name in 'sparc:read'" --syscall sparc:read default
wrong "argument 'domain' is not of the form NAME=VALUE" --syscall socket --arg domain default
wrong "'socket' has no argument of the name in 'colour=1'" --syscall socket --arg colour=1 default
wrong "neither a constant nor a number: 'red'" --syscall socket --arg domain=red default
wrong "neither a constant nor a number: 'SOCK_DGRM'; did you mean 'SOCK_DGRAM'?" --syscall socket --arg "type=SOCK_CLOEXEC|SOCK_DGRM" default
wrong "'socket' has no argument of the name in 'domian=1'; did you mean 'domain'?" --syscall socket --arg domian=1 default
wrong "unknown capability 'SYS_ADMN'; did you mean 'SYS_ADMIN'?" --syscall socket --cap SYS_ADMN default
wrong "unknown capability 'X'" --syscall socket --cap X default
wrong "--kernel must be a version such as 6.7" --syscall socket --kernel x default
wrong "--arg, --cap and --kernel are for --syscall" --arg a=1 default
wrong "--syscall has no --format bpf" --syscall socket --format bpf default

# --- from standard input ----------------------------------------------------------------
for verb in show check "convert --to oci"; do
	run "$GOLAUNCH" policy $verb - <app.policy
	check_status 0 "$verb -: standard input"
	check_true "$verb -: says something" [ -s "$T/out" ]
done
cat app.policy | run "$GOLAUNCH" policy show -
check_equal "$(sed 's/\t# .*//' "$T/out")" "$(sed 's/\t# .*//' shown.policy)" "show -: a pipe; includes are found in the current directory"
check_stdout_has "# standard input:2" "show -: lines have a place"
echo '{"defaultAction": "SCMP_ACT_ALLOW"}' | run "$GOLAUNCH" policy show -
check_stdout_has "default allow" "show -: JSON"
echo 'default deny' | run "$GOLAUNCH" policy compile - -o stdin.bpf
check_status 0 "compile -"
run "$GOLAUNCH" policy show - <stdin.bpf
check_stdout_has "default deny" "show -: a compiled policy"
echo 'defualt deny' | run "$GOLAUNCH" policy check -
check_stdout_has "error[GL5001]: standard input:1:1: unknown statement" "check -: what is wrong"
run "$GOLAUNCH" policy show - </dev/null
check_stderr_has "standard input:1:1: the policy does not say 'default'" "show -: nothing"
run "$GOLAUNCH" policy show - <&-
check_status 125 "show -: closed"
check_stderr_has "standard input: " "show -: closed: says so"
run "$GOLAUNCH" policy show - </
check_stderr_has "standard input: " "show -: a directory"
run "$GOLAUNCH" --policy - -- true </dev/null
check_stderr_has "no preset and no file is called '-'" "a run leaves the program's standard input alone"

# --- what cannot be read ----------------------------------------------------------------
# bad TEXT CODE MESSAGE: in every verb that needs a policy, and in check
bad() {
	printf '%s' "$1" >bad.policy
	for verb in show "convert --to oci" "compile -o x.bpf"; do
		run "$GOLAUNCH" policy $verb bad.policy
		check_status 125 "$verb: $3: 125"
		check_stderr_has "error[$2]: $3" "$verb: $3"
		check_true "$verb: nothing on stdout" [ ! -s "$T/out" ]
	done
	run "$GOLAUNCH" policy check bad.policy
	check_status 1 "check: $3: 1"
	check_stdout_has "error[$2]: $3" "check: $3"
}
bad $'default deny\nallow reed\n' GL5002 "bad.policy:2:7: no machine has a system call of this name: 'reed'; did you mean 'read'?"
check_stdout_has "  line     allow reed" "the line is shown"
check_equal "$(grep -A1 ' line ' "$T/out" | tail -n 1)" "                 ^" "and a caret below the place"
bad $'default deny\nallow execve\n' GL5002 "bad.policy:2:7: 'execve' cannot be listed: use 'exec allow' or 'exec deny'"
bad $'default maybe\n' GL5001 "bad.policy:1:9: expected 'allow', 'deny', 'kill', 'trap' or 'log': 'maybe'"
bad $'allow read\n' GL5001 "bad.policy:2:1: the policy does not say 'default'"
bad $'include ./bad.policy\n' GL5001 "bad.policy:1:1: 'bad.policy' includes itself"
bad '{"defaultAction": "SCMP_ACT_ALOW"}' GL5002 "bad.policy: defaultAction: unknown action 'SCMP_ACT_ALOW'; did you mean 'SCMP_ACT_ALLOW'?"
bad '{"defaultAction": ' GL5001 "bad.policy:1:18: not JSON"
bad $'read: 1\nopen: 7\n' GL5001 "bad.policy:2:7: expected an argument, arg0 to arg5: '7'"
bad $'reed: 1\n' GL5002 "bad.policy:1:1: no machine has a system call of this name: 'reed'; did you mean 'read'?"
printf 'default deny\nallow re\033[31md\n' >bad.policy
run "$GOLAUNCH" policy check bad.policy
check_lacks "$T/out" $'\e' "control characters are not passed on"
for verb in show check convert "compile -o x.bpf"; do
	run "$GOLAUNCH" policy $verb none
	check_true "$verb none: says what none is" grep -q "'none' stands for no policy" "$T/out" "$T/err"
done
run "$GOLAUNCH" policy show go-servr
check_stderr_has "error[GL5002]: no preset and no file is called 'go-servr'; did you mean 'go-server'?" "a preset mistyped"
run "$GOLAUNCH" policy check --format json bad.policy
check_equal "$(jq -r '.schema, .results[0].policy, .results[0].findings[0].code' "$T/out" | paste -sd' ')" \
	"golaunch.policy-check/1 bad.policy GL5002" "check --format json"
run "$GOLAUNCH" policy show --format json bad.policy
check_equal "$(jq -r '.finding.code, .finding.evidence.line' "$T/err" | paste -sd' ')" "GL5002 2" "show --format json: the finding is a line of JSON"
if am_root; then
	printf 'default allow\n' >open.policy && chmod 666 open.policy
	run "$GOLAUNCH" policy show open.policy
	check_status 125 "root: a file that everybody can write: 125"
	check_stderr_has "'open.policy' can be written by everybody" "root: says so"
fi

# --- check ----------------------------------------------------------------------------------
printf 'include go-server\n' >good.policy
run "$GOLAUNCH" policy check good.policy
check_status 0 "check: 0"
check_equal "$(cat "$T/out")" "good.policy: nothing is wrong with it" "check: says so"
run "$GOLAUNCH" policy check -q good.policy
check_equal "$(cat "$T/out")" "" "check -q: does not"
printf 'include go-server\ndeny reboot\nallow reboot\nallow bpf\ncapabilities none +SYS_ADMIN\n' >doubtful.policy
run "$GOLAUNCH" policy check doubtful.policy
check_status 0 "check: warnings are 0"
check_stdout_has "warning[GL5007]: doubtful.policy:2: never decides" "check: a dead line"
check_stdout_has "by       doubtful.policy:3: allow reboot" "check: and what overrides it"
check_stdout_has "warning[GL5008]: doubtful.policy grants what undoes sandboxes: 3" "check: dangerous grants"
check_stdout_has "bpf: loading code into the kernel (doubtful.policy:4)" "check: with the reason and the line"
check_stdout_has "+SYS_ADMIN: nearly all that root can do (doubtful.policy:5)" "check: capabilities too"
run "$GOLAUNCH" policy check --fail-on warning doubtful.policy
check_status 1 "check --fail-on warning: 1"
if [ "$(uname -m)" = x86_64 ]; then
	printf 'default allow\ndeny socket if domain == AF_VSOCK\ndeny mmap if prot & PROT_EXEC\n' >i386.policy
	run "$GOLAUNCH" policy check i386.policy
	check_status 0 "check: conditions that i386 passes by: a warning"
	check_stdout_has "warning[GL5011]: i386.policy:2: i386 programs pass by this condition on socket" "check: GL5011"
	check_stdout_has "by       socketcall, whose arguments are in memory" "check: by which call"
	check_stdout_has "warning[GL5011]: i386.policy:3: i386 programs pass by this condition on mmap" "check: mmap itself"
	printf 'abis native\n' >>i386.policy
	run "$GOLAUNCH" policy check i386.policy
	check_lacks "$T/out" GL5011 "check: not where i386 is not served"
fi
{
	echo "default allow"
	for ((i = 0; i < 40; i++)); do
		echo "deny read if arg1 in {$(for ((j = 0; j < 60; j++)); do printf '%s%d' "${comma-}" $(((j << 33) + i)); comma=', '; done)}"
		unset comma
	done
	echo "deny write if arg1 in {1, 2, 3}"
} >large.policy
run "$GOLAUNCH" policy check large.policy
check_status 1 "check: too large for a filter: 1"
check_stdout_has "error[GL5001]: policy 'large.policy' needs more than the 4096 instructions of a filter" "check: says so"
check_stdout_has "compare arguments with 2403 numbers, those in large.policy:2 with 60" "check: and where most of it comes from"
run "$GOLAUNCH" --policy large.policy -- true
check_status 125 "too large: not run"
check_stderr_has "error: policy 'large.policy' needs more" "too large: the name is said once"
run "$GOLAUNCH" policy check good.policy bad.policy
check_status 1 "check: one of two is bad: 1"
check_stdout_has "good.policy: nothing" "check: both are told"
run "$GOLAUNCH" policy check --fail-on never good.policy
check_stderr_has "'--fail-on': must be error or warning" "check: --fail-on"

printf 'include go-server\ndeny getrandom\ndeny clone3\n' >starving.policy
run "$GOLAUNCH" policy check starving.policy
check_status 0 "check: what starves some programs is a warning"
check_stdout_has "warning[GL5003]: starving.policy starves Go programs: 2 calls" "check: GL5003"
check_stdout_has "clone3 (with cgo): pthread_create fails: libc takes clone after ENOSYS alone (starving.policy:3)" "check: which and why"
printf 'include go-server\ndeny getpid getuid\n' >untrue.policy
run "$GOLAUNCH" policy check untrue.policy
check_stdout_has "untrue.policy starves Go programs: 1 call" "check: getpid that fails"
check_stdout_has "os.Getpid() is -1 after EPERM, and who signals itself signals every process" "check: and what comes of it"
check_stdout_has "warning[GL5003]: untrue.policy may harm Go programs: 1 call" "check: getuid that fails"
check_stdout_has "getuid: an errno is taken for the number: -1 (4294967295) after EPERM" "check: what it is taken for"
run "$GOLAUNCH" policy check --program /bin/true starving.policy
check_status 125 "check --program: no Go program: 125"
check_stderr_has "'/bin/true' is not a Go program" "check --program: says so"
run "$GOLAUNCH" policy check --program ./nosuch starving.policy
check_stderr_has "cannot open './nosuch'" "check --program: not there"
run "$GOLAUNCH" policy check --program / starving.policy
check_stderr_has "cannot read '/': not a regular file" "check --program: a directory"
printf '#!/bin/sh\nexit 0\n' >script.sh
run "$GOLAUNCH" policy check --program ./script.sh starving.policy
check_status 0 "check --program: of a script as without"
check_stdout_has "warning[GL5003]: starving.policy starves Go programs: 2 calls" "check --program: a script may start any of them"
check_stderr_has "'./script.sh' is a script of '/bin/sh': which Go programs it starts is not known" "check --program: and it is said"
printf 'default allow\nexec deny\n' >noexec.policy
run "$GOLAUNCH" policy check --program ./script.sh noexec.policy
check_status 1 "check --program: a script that may start nothing: 1"
check_stdout_has "./script.sh is a script, and the policy lets it start no program" "check --program: as at a launch"
check_stdout_has 'noexec.policy:2 "exec deny"' "check --program: with the line"
if go_fixture 1.19 hello; then
	run "$GOLAUNCH" policy check --program "$program" starving.policy
	check_status 0 "check --program: Go 1.19 without cgo needs neither"
	printf 'include go-server\ndeny futex\n' >futex.policy
	run "$GOLAUNCH" policy check --program "$program" futex.policy
	check_status 1 "check --program: without futex: 1"
	check_stdout_has "error[GL5003]" "check --program: GL5003"
	check_stdout_has "(go1.19" "check --program: the release is named"
	printf 'default allow\ndeny getuid\n' >untrue.policy
	run "$GOLAUNCH" policy check --program "$program" untrue.policy
	check_status 0 "check --program: what may harm is a warning"
	check_stdout_has "warning[GL5003]: untrue.policy may harm $program (go1.19" "check --program: and named"
else
	skip "check --program, Go 1.19" "$reason"
fi
if go_fixture 1.27 hello; then
	run "$GOLAUNCH" policy check --program "$program" starving.policy
	check_status 1 "check --program: Go 1.27 without getrandom: 1"
	check_stdout_has "starves $program (go1.27" "check --program: which program"
	check_lacks "$T/out" "clone3 (" "check --program: clone3 is cgo's"
else
	skip "check --program, Go 1.27" "$reason"
fi
if go_fixture 1.19 nu cgo; then
	run "$GOLAUNCH" policy check --program "$program" starving.policy
	check_status 1 "check --program: cgo without clone3: 1"
	check_stdout_has "cgo): 1 call" "check --program: cgo is named"
	check_lacks "$T/out" getrandom "check --program: getrandom is later's"
else
	skip "check --program, cgo" "$reason"
fi

# --- list -----------------------------------------------------------------------------------
run "$GOLAUNCH" policy list
check_status 0 "list: 0"
for name in none default go-server go-cli go-compute @network-io @go-runtime @system-service; do
	check_true "list has $name, with a summary" grep -qE "^  $name +[a-z].{8}" "$T/out"
done
run "$GOLAUNCH" policy list --format json
check_equal "$(jq '(.groups | length) > 30 and all(.groups[]; .calls | length > 0)' "$T/out")" true "list --format json: every group has calls"
check_equal "$(jq -r .schema "$T/out")" "golaunch.policy-list/1" "list --format json: schema"
run "$GOLAUNCH" policy list @module
check_stdout_has "finit_module" "list @GROUP: its text"
run "$GOLAUNCH" policy list go-server
check_stdout_has "default deny" "list NAME: its text"
run "$GOLAUNCH" policy list --format json @module go-cli
check_equal "$(jq -r '.schema, .groups[].name, .groups[0].calls[0], .presets[].name' "$T/out" | paste -sd' ')" \
	"golaunch.policy-list/1 module delete_module go-cli" "list --format json of what is named"
check_equal "$(jq -r '.presets[0].text' "$T/out")" "$("$GOLAUNCH" policy list go-cli)" "list --format json: with its text"
run "$GOLAUNCH" policy list --format json @modul
check_equal "$status $(cat "$T/out")" "125 " "list --format json: an unknown group"
run "$GOLAUNCH" policy list @modul
check_status 125 "list: an unknown group: 125"
check_stderr_has "no group is called '@modul'; did you mean '@module'?" "list: an unknown group"
run "$GOLAUNCH" policy list defualt
check_stderr_has "no preset is called 'defualt'; did you mean 'default'?" "list: an unknown preset"

# --- compile ----------------------------------------------------------------------------------
run "$GOLAUNCH" policy compile app.policy
check_stderr_has "policy compile needs --output FILE" "compile: needs -o"
run "$GOLAUNCH" policy compile app.policy -o app.bpf
check_status 0 "compile: 0"
check_equal "$(ls | grep -c '^app\.bpf')" 1 "compile: leaves nothing beside it"
run "$GOLAUNCH" policy show app.bpf
check_equal "$(sed 's/\t# .*//' "$T/out")" "$(sed 's/\t# .*//' shown.policy)" "compile: show shows the same of it"
check_stdout_has "more.policy:2" "compile: includes keep their places"
run "$GOLAUNCH" policy show --format bpf app.bpf
check_stdout_has "unless cap SYS_ADMIN" "compile: conditions stay open"
run "$GOLAUNCH" policy compile app.bpf -o again.bpf
check_stderr_has "'app.bpf' is compiled already" "compile: twice"
run "$GOLAUNCH" policy compile app.policy -o no/such/dir/x.bpf
check_status 125 "compile: cannot write: 125"
check_stderr_has "cannot write 'no/such/dir/x.bpf'" "compile: cannot write"
ln -s linked.bpf link.bpf && mkfifo pipe.bpf && { cat pipe.bpf >piped.bpf & }
run "$GOLAUNCH" policy compile app.policy -o link.bpf
check_true "compile: a link is written through, not replaced" [ -L link.bpf -a -s linked.bpf ]
run timeout 10 "$GOLAUNCH" policy compile app.policy -o pipe.bpf
wait $!
run "$GOLAUNCH" policy show piped.bpf
check_equal "$(sed 's/\t# .*//' "$T/out")" "$(sed 's/\t# .*//' shown.policy)" "compile: a pipe is written into"
# But for where app.policy and more.policy are, which a file alone can have.
check_equal $(($(stat -c %s app.bpf) - $(stat -c %s piped.bpf))) 21 "compile: what goes into a pipe tells no places"
check_true "compile: and stays one" [ -p pipe.bpf ]
ln -s /proc/self/fd/1 stdout.bpf && run "$GOLAUNCH" policy compile app.policy -o stdout.bpf
check_true "compile: what /dev/stdout is gets the bytes" cmp -s "$T/out" piped.bpf
check_true "compile: and is not replaced" [ -L stdout.bpf ]
cp app.bpf cut.bpf && truncate -s -1 cut.bpf
run "$GOLAUNCH" policy show cut.bpf
check_stderr_has "error[GL5001]: policy 'cut.bpf': a damaged compiled policy" "compile: a damaged one is refused"
cp app.bpf changed.bpf
printf 'X' | dd of=changed.bpf bs=1 seek=100 conv=notrunc status=none
run "$GOLAUNCH" policy show changed.bpf
check_status 125 "compile: a changed one is refused"

# --- compile: texts that were changed since ---------------------------------------------------
remedy="has been changed since it was compiled: compile it again (golaunch policy compile)"
mkdir -p made/in/sub
cd made || exit 125
begin() { # afresh: in/app.policy includes in/sub/more.policy, and is in/app.bpf
	printf 'include default\ninclude ./sub/more.policy\n' >in/app.policy
	printf 'deny keyctl\n' >in/sub/more.policy
	run "$GOLAUNCH" policy compile in/app.policy -o in/app.bpf
}
passes() { # BPF DESCRIPTION: in every verb
	run "$GOLAUNCH" --policy "$1" -- true
	check_status 0 "$2: runs"
	check_quiet "$2: nothing is said"
	for verb in show check "convert --to oci -q"; do
		run "$GOLAUNCH" policy $verb "$1"
		check_status 0 "$2: $verb"
	done
}
refused() { # BPF TEXT DESCRIPTION: in every verb, for a changed TEXT
	run "$GOLAUNCH" --policy "$1" -- touch ran
	check_status 125 "$3: no run"
	check_equal "$(head -n 1 "$T/err")" "golaunch: error[GL5001]: policy '$1': '$2' $remedy" "$3: says so"
	check_true "$3: nothing was run" [ ! -e ran ]
	for verb in show "convert --to oci" "compile -o x.bpf"; do
		run "$GOLAUNCH" policy $verb "$1"
		check_status 125 "$3: $verb: 125"
		check_stderr_has "error[GL5001]: policy '$1': '$2' $remedy" "$3: $verb says so"
	done
	run "$GOLAUNCH" policy check "$1"
	check_status 1 "$3: check: 1"
	check_stdout_has "error[GL5001]: policy '$1': '$2' $remedy" "$3: check says so"
}
begin
check_status 0 "texts are compiled"
passes in/app.bpf "texts as they were"
(cd / && run "$GOLAUNCH" --policy "$T/made/in/app.bpf" -- true; exit $status)
check_equal $? 0 "texts as they were: from another folder"
touch -d '2030-01-01' in/app.policy in/sub/more.policy
passes in/app.bpf "texts that were touched"
cp in/sub/more.policy same && mv same in/sub/more.policy
passes in/app.bpf "a text in another file"
printf 'deny bpf\n' >>in/app.policy
refused in/app.bpf in/app.policy "a text was edited"
(cd in && exec "$GOLAUNCH" policy show app.bpf) 2>alone
check_has alone "policy 'app.bpf': 'app.policy' $remedy" "a text was edited: as seen from its folder"
(cd / && exec "$GOLAUNCH" policy show "$T/made/in/app.bpf") 2>alone
check_has alone "policy '$T/made/in/app.bpf': '$T/made/in/app.policy' $remedy" "a text was edited: as seen from elsewhere"
run "$GOLAUNCH" policy show - <in/app.bpf
check_status 0 "a text was edited: standard input is not looked after"
ln -sf in/app.bpf link.bpf
refused link.bpf in/app.policy "a text was edited: by a link"
run "$GOLAUNCH" policy compile in/app.policy -o in/app.bpf
passes in/app.bpf "compiled again"
printf 'deny keyctx\n' >in/sub/more.policy
refused in/app.bpf in/sub/more.policy "an included text was edited"
: >in/sub/more.policy
refused in/app.bpf in/sub/more.policy "an included text was emptied"
begin
mv in moved
passes moved/app.bpf "moved together"
printf 'deny bpf\n' >>moved/app.policy
refused moved/app.bpf moved/app.policy "moved together and edited"
mkdir alone.d && cp moved/app.bpf alone.d
passes alone.d/app.bpf "shipped alone"
mv moved in && begin
printf 'deny bpf\n' | tee in/app.policy >in/sub/more.policy
if am_root; then
	cp "$GOLAUNCH" "$T/golaunch" && chmod 600 in/app.policy && chmod 700 in/sub
	run setpriv --reuid=65534 --regid=65534 --clear-groups -- "$T/golaunch" --policy in/app.bpf -- true
	check_status 0 "texts that another may not read are not looked at"
	check_quiet "texts that another may not read: nothing is said"
	chmod 644 in/app.policy && chmod 755 in/sub
	run setpriv --reuid=65534 --regid=65534 --clear-groups -- "$T/golaunch" --policy in/app.bpf -- true
	check_status 125 "those that another may read are"
else
	skip "texts that another may not read" "not root"
fi
rm -r in/sub in/app.policy
passes in/app.bpf "the texts were removed"
mkfifo in/app.policy && mkdir -p in/sub/more.policy
RUN_TIMEOUT=10 passes in/app.bpf "a pipe and a folder in their place"
rm -r in && mkdir -p in/sub && begin
mkdir far && run "$GOLAUNCH" policy compile in/app.policy -o far/app.bpf
passes far/app.bpf "texts of another folder"
check_lacks far/app.bpf "$T" "no absolute path is in it"
printf 'deny bpf\n' >>in/sub/more.policy
refused far/app.bpf far/../in/sub/more.policy "a text of another folder was edited"
begin
"$GOLAUNCH" policy compile in/app.policy -o /dev/stdout >in/out.bpf
printf 'default allow\n' >given
"$GOLAUNCH" policy compile /dev/stdin -o in/stdin.bpf <given
"$GOLAUNCH" policy compile - -o in/dash.bpf <given
"$GOLAUNCH" policy compile in/app.policy -o in/again.bpf
printf 'default kill\n' >given
printf 'deny bpf\n' >>in/app.policy
passes in/out.bpf "what went to standard output tells of no texts"
passes in/stdin.bpf "what came from /dev/stdin has none" <in/app.policy
passes in/dash.bpf "what came from standard input has none"
refused in/again.bpf in/app.policy "what went into a file has"
printf '{"defaultAction": "SCMP_ACT_ALLOW"}\n' >in/app.json
printf '@default allow\nkeyctl: return EACCES\n' >in/app.minijail
for original in app.json app.minijail; do
	run "$GOLAUNCH" policy compile in/$original -o in/app.bpf
	check_status 0 "$original is compiled"
	passes in/app.bpf "$original as it was"
	echo >>in/$original
	refused in/app.bpf in/$original "$original was edited"
done
printf 'default allow\n' >in/app.policy
run "$GOLAUNCH" policy compile in/app.policy -o in/app.policy
passes in/app.policy "in the place of its text"
cd "$T" || exit 125

# --- convert ----------------------------------------------------------------------------------
run "$GOLAUNCH" policy convert --to oci app.policy
check_status 0 "convert --to oci: 0"
check_equal "$(jq -r '.defaultAction, .defaultErrnoRet' "$T/out" | paste -sd' ')" "SCMP_ACT_ERRNO 1" "convert --to oci: is JSON"
check_stderr_has "limit: is not of a profile" "convert --to oci: says what is lost"
check_stderr_has "no-new-privs: is not of a profile" "convert --to oci: all of it"
cp "$T/out" app.json
run "$GOLAUNCH" policy show --syscall socket --arg domain=AF_UNIX app.json
check_stdout_has "allow" "convert --to oci: is read again"
run "$GOLAUNCH" policy show --syscall socket --arg domain=AF_INET6 app.json
check_stdout_has "deny" "convert --to oci: and means the same"
run "$GOLAUNCH" policy show --syscall mount app.json
check_stdout_has "deny errno EACCES" "convert --to oci: an errno of its own"
check_stdout_has "app.json:" "convert --to oci: with the JSON's lines"
run "$GOLAUNCH" policy convert app.json
check_stdout_has "# from app.json, an OCI seccomp profile" "convert: JSON to text"
run "$GOLAUNCH" policy convert --to systemd app.policy
check_stdout_has "SystemCallErrorNumber=EPERM" "convert --to systemd"
check_stdout_has "RestrictAddressFamilies=AF_UNIX AF_INET" "convert --to systemd: families"
check_stdout_has "LimitNOFILE=10:20" "convert --to systemd: limits"
for preset in default go-server go-cli go-compute; do
	"$GOLAUNCH" policy convert --to systemd -q $preset >lines 2>/dev/null
	if have_command systemd-analyze; then
		{ printf '[Service]\nExecStart=/bin/true\n' && grep -v '^\[' lines; } >gl-test.service
		run systemd-analyze verify "$T/gl-test.service"
		# What is later than the libseccomp that systemd was built with is passed over there.
		check_equal "$(grep gl-test.service "$T/err" | grep -v 'Failed to parse system call, ignoring: [a-z_0-9]*$')" "" "convert --to systemd $preset: systemd takes the lines"
		check_lacks "$T/err" probe "convert --to systemd $preset: no calls that programs do not make"
	else
		skip "convert --to systemd $preset: systemd takes the lines" "$reason"
	fi
done
printf 'read: 1\nsocket: arg0 == AF_UNIX; return EPERM\n' >mini.policy
run "$GOLAUNCH" policy convert mini.policy
check_stdout_has "allow socket if arg0 == 1" "convert: a minijail policy"
run "$GOLAUNCH" policy convert --to xml app.policy
check_stderr_has "'--to': must be one of text, oci, systemd" "convert: an unknown format"
if have docker-profile; then
	run "$GOLAUNCH" policy check "$GL_CACHE/docker-profile/seccomp.json"
	check_status 0 "Docker's profile is read"
	check_lacks "$T/out" GL5009 "without a loss to warn of"
	run "$GOLAUNCH" policy show --syscall personality --arg persona=0x20008 "$GL_CACHE/docker-profile/seccomp.json"
	check_stdout_has "allow if arg0 ==" "Docker's profile: a call with arguments"
else
	skip "Docker's profile" "$reason"
fi
finish
