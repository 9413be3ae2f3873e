#!/usr/bin/env bash
# Old container engines, imitated by outer filters that answer EPERM to what they do
# not know: programs break without golaunch, and run with it (GL5005).
. "$(dirname "$0")/../lib/cli.sh"

need_fixture 1.27 engine cgo
chmod 711 "$T"
cp "$GOLAUNCH" "$HELPERS/outer" "$T/" || exit 125
GL=$T/golaunch
NEW=clone3,faccessat2,statx,openat2,rseq,pidfd_open
ALL=$NEW,getrandom,execveat,preadv2,pwritev2,452,close_range,epoll_pwait2,futex_waitv
as_user=(setpriv --reuid 1000 --regid 1000 --clear-groups)
am_root || as_user=()

# take VERSION VARIANT: sets $program to a copy that every user can reach.
take() {
	go_fixture "$1" engine "$2" || return 1
	cp "$program" "$T/engine-$1-$2"
	program=$T/engine-$1-$2
}

all_well() { # DESCRIPTION
	if [ "$status" = 0 ] && [ -s "$T/out" ] && ! grep -qv ' ok$' "$T/out"; then pass "$1"; else fail "$1" "status $status"; fi
}

# What breaks without golaunch, by trial; the other calls are missed by nobody in it.
breaks() { # CALL VERSION VARIANT
	case $1:$3 in
	clone3:cgo | statx:cgo | faccessat2:cgo | faccessat2:musl) return 0 ;;
	getrandom:*) [ "${2#1.}" -ge 24 ] || [ "$3" = cgo ] ;;
	*) return 1 ;;
	esac
}

one_call() { # CALL VERSION VARIANT
	local what="Go $2 $3, EPERM for $1"
	run "$T/outer" "EPERM=$1" -- "$program"
	if breaks "$1" "$2" "$3"; then
		check_true "$what: breaks without golaunch" [ "$status" != 0 ]
	else
		all_well "$what: runs without golaunch"
	fi
	run "$T/outer" "EPERM=$1" -- "$GL" -v --policy none -- "$program"
	all_well "$what: runs"
	if [ "$3" != static ] && [ "$1:$3" != clone3:musl ] && [ "$1:$3" != statx:musl ]; then
		check_stderr_has "golaunch: note[GL5005]: the outer filter's EPERM is now ENOSYS: $1" "$what: said"
	fi
}

all_calls() { # VERSION VARIANT
	local how what="Go $1 $2, EPERM for all"
	for how in "--policy none" "--policy default" "--policy go-server" "--no-supervise" "--policy none --no-supervise"; do
		# go-server denies what the program does: threads and the server are its own
		local steps=()
		[ "$how" != "--policy go-server" ] || steps=(threads lookup serve random)
		run "$T/outer" "EPERM=$ALL" -- "$GL" $how -- "$program" "${steps[@]}"
		all_well "$what, $how: runs"
		check_quiet "$what, $how: without a word"
		run "${as_user[@]}" "$T/outer" "EPERM=$ALL" -- "$GL" $how -- "$program" "${steps[@]}"
		all_well "$what, $how, an ordinary user: runs"
	done
}

for version in 1.19 1.24 1.27; do
	for variant in cgo static musl; do
		if ! take "$version" "$variant"; then
			skip "Go $version $variant" "$reason"
			continue
		fi
		run "$program"
		all_well "Go $version $variant: runs without an outer filter"
		for call in ${NEW//,/ } getrandom; do
			[ "$variant" != static ] || [ "$call" = getrandom ] || [ "$call" = clone3 ] || continue
			one_call "$call" "$version" "$variant"
		done
		all_calls "$version" "$variant"
	done
done

# --- what is said --------------------------------------------------------------

take 1.27 cgo
run "$T/outer" "EPERM=$NEW" -- "$GL" -v --policy none -- "$program" threads
check_stderr_has "golaunch: note[GL5005]: the outer filter's EPERM is now ENOSYS: clone3, faccessat2, statx, openat2, rseq, pidfd_open" "all are named"
check_stderr_has "  for      clone3: pthread_create of glibc 2.34 and later" "and what for"
check_stderr_has "  by       a filter of golaunch's inside of the outer one" "and by what"

run "$T/outer" "EPERM=$NEW" -- "$GL" -v --format json --policy none --report "$T/report" -- "$program" threads
check_json "$T/err" 'select(.finding.code == "GL5005") | .finding.evidence | [.denied_by, .errno, .repaired, (.calls | join(" "))] | join("; ")' \
	"outer-filter; EPERM; ENOSYS; clone3 faccessat2 statx openat2 rseq pidfd_open" "in JSON"
check_json "$T/report" '.findings[] | select(.code == "GL5005") | [.severity, (.evidence.calls | length)] | join(" ")' "note 6" "in the report"
check_json "$T/report" '.cause' null "which has no cause for it"
run "$GL" report "$T/report"
check_stdout_has "note[GL5005]: the outer filter's EPERM is now ENOSYS: clone3, faccessat2" "and golaunch report shows it"
check_stdout_has '  facts    calls ["clone3","faccessat2"' "with its evidence"

run "$T/outer" "EPERM=$NEW" -- "$GL" --dry-run --policy none -- "$program"
check_stdout_has "repair      clone3, faccessat2, statx" "a dry run tells"
run "$T/outer" "EPERM=$NEW" -- "$GL" --dry-run --format json --policy none -- "$program"
check_json "$T/out" '.repairs | join(" ")' "clone3 faccessat2 statx openat2 rseq pidfd_open" "and in JSON"

# An ordinary user's default policy answers ENOSYS to clone3 by itself.
run "${as_user[@]}" "$T/outer" EPERM=clone3 -- "$GL" -v -- "$program" threads
all_well "clone3 under the default policy"
check_stderr_has "  by       golaunch's policy, which answers ENOSYS itself" "clone3 under the default policy: said"

# Policies that are files, compiled files, other formats.
cat >"$T/own.policy" <<'POLICY'
default allow
deny errno EACCES statx
no-new-privs on
POLICY
run "$T/outer" "EPERM=$NEW" -- "$GL" --policy "$T/own.policy" -- "$program" threads serve
all_well "a policy's file"
run "$T/outer" "EPERM=$NEW" -- "$GL" --policy "$T/own.policy" -- "$program" c-statx
check_stdout_has "c-statx: permission denied" "the policy's errno counts over the repair's"
"$GL" policy compile "$T/own.policy" -o "$T/own.bpf" 2>/dev/null
run "$T/outer" "EPERM=$NEW" -- "$GL" --policy "$T/own.bpf" -- "$program" threads serve
all_well "a compiled policy"
echo '{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],"syscalls":[{"names":["acct"],"action":"SCMP_ACT_ERRNO"}]}' >"$T/oci.json"
run "$T/outer" "EPERM=$NEW" -- "$GL" --policy "$T/oci.json" -- "$program" threads serve
all_well "an OCI policy"

# Scripts execute what nobody has examined.
printf '#!/bin/sh\nexec %s threads\n' "$program" >"$T/entrypoint.sh"
chmod 755 "$T/entrypoint.sh"
run "$T/outer" "EPERM=$NEW" -- "$GL" --policy none -- "$T/entrypoint.sh"
all_well "a script in front of it"

# --- nothing is weakened, nobody is hurt ----------------------------------------

run "$GL" -v --policy none -- "$program" threads
check_stderr_lacks GL5005 "no outer filter: nothing to repair"
run "$T/outer" EPERM=acct -- "$GL" -v --policy none -- "$program" threads
check_stderr_lacks GL5005 "an outer filter that denies nothing new"
filters_after() { # HOW...: what the program is under
	"$T/outer" "$@" -- "$GL" --policy none -- /bin/grep -E '^(Seccomp_filters|NoNewPrivs):' /proc/self/status | tr -s '\t\n' ' '
}
check_equal "$(filters_after EPERM=acct)" "NoNewPrivs: 1 Seccomp_filters: 1 " "one filter then"
check_equal "$(filters_after EPERM=clone3)" "NoNewPrivs: 1 Seccomp_filters: 2 " "one more for the repair"
for how in kill trap; do
	run "$T/outer" $how=statx,openat2,pidfd_open -- "$GL" -v --policy none -- "$program" threads serve
	all_well "an outer filter that answers by $how: the program runs"
	check_stderr_has "an outer filter kills for 3 calls" "an outer filter that answers by $how: said"
done
run "$T/outer" silent=statx,openat2 -- "$GL" -v --policy none -- "$program" threads serve
all_well "an outer listener that never answers: the program runs"
check_stderr_has "an outer filter gave no answer" "an outer listener that never answers: said"

# No other filter can be had: the program dies as it would, and is told of.
run "$T/outer" EPERM=clone3 -- "$T/outer" EPERM=prctl -- "$GL" --policy none -- "$program" threads
check_true "no filter to be had: breaks" [ "$status" != 0 ]
check_stderr_has "golaunch: warning[GL5005]: the outer filter answers EPERM, which cannot be repaired: clone3" "no filter to be had: said without -v"

finish
