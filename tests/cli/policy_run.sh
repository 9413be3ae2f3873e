#!/usr/bin/env bash
# golaunch --policy FILE: the filter and everything else that a policy says take
# effect, options count over it, and what cannot be read or had is exit status 125.
. "$(dirname "$0")/../lib/cli.sh"

cd "$T" || exit 125
cp "$GOLAUNCH" "$HELPERS/denied" "$T/" && chmod 755 "$T/golaunch" "$T/denied"
# answer NAME: what the kernel answered.
answer() { awk -v name="$1" '$1 == name { print $2 }' "$T/out"; }
# policy LINE...: p.policy
policy() { printf '%s\n' "$@" >p.policy; }
# with OPTION...: runs a shell that shows itself.
with() { run "$GOLAUNCH" "$@" -- sh -c 'env; echo "nofile $(ulimit -Sn):$(ulimit -Hn)"; cat /proc/self/status'; }
field() { awk -v name="$1:" '$1 == name { print $2 }' "$T/out"; }

# --- the filter, from every form --------------------------------------------------
policy 'default allow' 'deny errno EACCES keyctl' 'deny errno EXDEV bpf'
cat >p.json <<'END'
{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
	{"names": ["keyctl"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13},
	{"names": ["bpf"], "action": "SCMP_ACT_ERRNO", "errno": "EXDEV"}]}
END
printf '@default allow\nkeyctl: return EACCES\nbpf: return EXDEV\n' >p.minijail
run "$GOLAUNCH" policy compile p.policy -o p.bpf
check_status 0 "a policy is compiled"
for file in p.policy p.json p.minijail p.bpf; do
	for mode in "" --no-supervise; do
		run "$GOLAUNCH" $mode --policy $file -- ./denied keyctl bpf
		check_status 0 "$file $mode: the program runs"
		check_equal "$(answer keyctl) $(answer bpf)" "EACCES EXDEV" "$file $mode: the filter is in force"
	done
	run "$GOLAUNCH" --policy $file --dry-run -- ./denied
	check_true "$file: --dry-run names it" grep -q "policy *$file ([0-9]* instructions)" "$T/out"
done
GOLAUNCH_POLICY=p.json run "$GOLAUNCH" -- ./denied keyctl
check_equal "$(answer keyctl)" EACCES "GOLAUNCH_POLICY"
run "$GOLAUNCH" --policy p.policy -- sh -c "exec ./denied keyctl"
check_equal "$(answer keyctl)" EACCES "what the program starts lives under it too"
if have docker-profile; then
	run setpriv --bounding-set=-sys_admin,-bpf --inh-caps=-sys_admin,-bpf -- "$T/golaunch" \
		--policy "$GL_CACHE/docker-profile/seccomp.json" -- ./denied bpf keyctl
	check_equal "$(answer bpf) $(answer keyctl)" "EPERM EPERM" "Docker's profile"
else
	skip "Docker's profile" "$reason"
fi
policy 'default allow' 'kill keyctl'
run "$GOLAUNCH" --policy p.policy -- ./denied keyctl
check_status 159 "a call that kills: 159"
check_stderr_has GL5102 "a call that kills: GL5102"
mkdir sub && printf 'deny errno EXDEV bpf\n' >sub/b.policy && printf 'include ./b.policy\n' >sub/a.policy
policy 'default allow' 'include ./sub/a.policy'
run "$GOLAUNCH" --policy p.policy -- ./denied bpf
check_equal "$(answer bpf)" EXDEV "includes are found beside the file that names them"
policy 'include go-server' 'deny errno EXDEV getpriority'
run "$GOLAUNCH" --policy p.policy --dry-run -- ./denied
check_stdout_has "no_new_privs" "what an included preset says counts"
if go_fixture "$(newest_go)" hello; then
	for preset in default go-server go-cli go-compute; do
		run "$GOLAUNCH" --policy $preset -- "$program"
		check_status 0 "--policy $preset: a Go program runs"
	done
else
	skip "a Go program under every preset" "$reason"
fi

# --- limits, environment ------------------------------------------------------------
policy 'default allow' 'limit nofile 100:200' 'env keep PATH A* B' 'env drop AX' 'env set "NEW=a b"' 'env set B=new'
A=1 AX=2 B=old C=3 with --policy p.policy
check_stdout_has "nofile 100:200" "limit"
check_equal "$(grep -E '^(A|AX|B|C|NEW)=' "$T/out" | sort | paste -sd' ')" "A=1 B=new NEW=a b" "env keep, drop, set"
with --policy p.policy --limit nofile=50
check_stdout_has "nofile 50:50" "--limit counts over it"
C=3 A=1 with --policy p.policy --env-keep C --env-keep PATH
check_equal "$(grep -E '^(A|C|NEW)=' "$T/out" | sort | paste -sd' ')" "C=3 NEW=a b" "--env-keep stands in place of env keep"
policy 'default allow' 'env drop SECRET*'
SECRET=1 SECRETS=2 OTHER=3 with --policy p.policy
check_equal "$(grep -E '^(SECRETS?|OTHER)=' "$T/out")" OTHER=3 "env drop alone keeps the others"

# --- no-new-privs ---------------------------------------------------------------------
policy 'default allow' 'no-new-privs on'
with --policy p.policy
check_equal "$(field NoNewPrivs)" 1 "no-new-privs on"
policy 'default allow' 'no-new-privs off'
if am_root && grep -q '^CapEff:.*[2367abef].....$' /proc/self/status; then
	with --policy p.policy
	check_equal "$(field NoNewPrivs)" 0 "no-new-privs off, with CAP_SYS_ADMIN"
else
	skip "no-new-privs off, with CAP_SYS_ADMIN" "not root"
fi
run setpriv --no-new-privs "$T/golaunch" --policy p.policy true
check_status 125 "no-new-privs off, but set already: 125"
check_stderr_has "error[GL5004]: policy 'p.policy' says no-new-privs off" "no-new-privs off, but set already: GL5004"
if am_root; then
	run setpriv --reuid=1234 --regid=1234 --clear-groups "$T/golaunch" --policy p.policy true
	check_status 125 "no-new-privs off, without CAP_SYS_ADMIN: 125"
	check_stderr_has "GL5004" "no-new-privs off, without CAP_SYS_ADMIN: GL5004"
fi

# --- capabilities, user ------------------------------------------------------------------
if am_root; then
	policy 'default allow' 'capabilities none +CHOWN +KILL'
	with --policy p.policy
	check_equal "$(field CapEff) $(field CapBnd)" "0000000000000021 0000000000000021" "capabilities"
	with --policy p.policy --cap -KILL
	check_equal "$(field CapEff)" 0000000000000001 "--cap goes on from them"
	with --policy p.policy --cap none
	check_equal "$(field CapEff)" 0000000000000000 "--cap none begins anew"
	policy 'default allow' 'user 1234:1235' 'capabilities none +NET_BIND_SERVICE'
	with --policy p.policy
	check_equal "$(field Uid) $(field Gid) $(field CapEff)" "1234 1235 0000000000000400" "user, with just the capability asked for"
	check_stdout_has "HOME=/" "user: HOME follows"
	with --policy p.policy --user 4321:4321
	check_equal "$(field Uid)" 4321 "--user counts over it"
	policy 'default allow' 'user nosuchuser'
	with --policy p.policy
	check_status 125 "user: who is not there: 125"
	chmod 666 p.policy
	with --policy p.policy
	check_status 125 "a file that everybody can write: 125"
	run setpriv --reuid=1234 --regid=1234 --clear-groups "$T/golaunch" --policy p.policy -- true
	check_lacks "$T/err" "can be written" "a user may use any file"
	rm -f p.policy
else
	skip "capabilities and user" "not root"
fi

# --- what cannot be read, or had ---------------------------------------------------------------
# refused CODE MESSAGE LINE...
refused() {
	local code=$1 message=$2
	shift 2
	policy "$@"
	run "$GOLAUNCH" --policy p.policy -- ./denied keyctl
	check_status 125 "$message: 125"
	check_stderr_has "error[$code]: $message" "$message: $code"
	check_stderr_has "125 (nothing was started)" "$message: says what became of it"
	check_true "$message: nothing was started" [ ! -s "$T/out" ]
}
refused GL5001 "p.policy:1:1: unknown statement: 'defualt'; did you mean 'default'?" 'defualt allow'
refused GL5002 "p.policy:2:6: unknown group: '@netwrok-io'; did you mean '@network-io'?" 'default allow' 'deny @netwrok-io'
refused GL5002 "p.policy:2:6: 'execve' cannot be listed" 'default allow' 'deny execve'
refused GL5002 "p.policy:1:9: cannot open 'gone.policy'" 'include ./gone.policy'
printf '#!/bin/sh\necho started\n' >script && chmod 755 script
policy 'default allow' 'exec deny'
run "$GOLAUNCH" --policy p.policy -- ./script
check_status 125 "a script under exec deny: 125"
check_stderr_has "error[GL5010]: ./script is a script, and the policy lets it start no program" "and the reason is said"
check_stderr_has 'p.policy:2 "exec deny"' "with the line that asked for it"
run "$GOLAUNCH" --policy '' -- true
check_status 125 "an empty name: 125"
run "$GOLAUNCH" --policy "$T" -- true
check_stderr_has "is not a regular file" "a directory"
head -c 9000000 /dev/zero | tr '\0' '#' >big.policy
run "$GOLAUNCH" --policy big.policy -- true
check_status 125 "a file of 9 MB: 125"
head -c 2000000 big.policy >less.policy
run "$GOLAUNCH" --policy less.policy -- true
check_stderr_has "has more than 1048576 bytes" "a policy of 2 MB"
policy 'default deny' 'allow reed'
run "$GOLAUNCH" --format json --policy p.policy --report "$T/report" -- true
check_equal "$(jq -r .finding.code "$T/err")" GL5002 "--format json: the finding"
check_equal "$(jq -r '.outcome.kind, .cause.code' "$T/report" | paste -sd' ')" "refused GL5002" "--report: the same"
finish
