#!/usr/bin/env bash
# golaunch explain, and the codes themselves: numbers, names and severities are contract.
. "$(dirname "$0")/../lib/cli.sh"

# The codes that are fixed: those of this version must be exactly so.
cat >"$T/contract" <<'TABLE'
GL1001 not-found error
GL1002 not-executable error
GL1003 not-a-regular-file error
GL1004 noexec-mount error
GL1005 path-unsearchable error
GL1006 symlink-broken-or-loop error
GL1007 unreadable warning
GL1008 busy-for-writing error
GL1009 file-capability-unavailable error
GL1101 not-an-executable-format error
GL1102 empty-file error
GL1103 script-interpreter-missing error
GL1104 script-carriage-return error
GL1105 script-without-shebang error
GL1106 macho-executable error
GL1107 pe-executable error
GL1108 archive-or-compressed error
GL1109 webassembly error
GL1201 wrong-machine error
GL1202 not-an-executable-type error
GL1203 truncated error
GL1204 malformed-headers error
GL1205 foreign-operating-system error
GL2001 interpreter-missing error
GL2002 interpreter-wrong-machine error
GL2003 interpreter-not-executable error
GL2004 interpreter-invalid error
GL2101 library-missing error
GL2102 library-wrong-machine error
GL2103 library-corrupt error
GL2201 symbol-version-missing error
GL2202 symbol-missing error
GL3001 kernel-too-old error
GL3002 cpu-level-too-low error
GL3003 argument-list-too-big error
GL3004 resource-limit-too-low warning
GL3005 page-size-unsupported error
GL4001 not-a-go-program note
GL4002 cgo-static-nss warning
GL4003 pie-without-libc note
GL4004 stripped note
GL4005 packed warning
GL5001 policy-syntax error
GL5002 policy-unknown-name error
GL5003 policy-starves-go-runtime error
GL5004 protection-unavailable error
GL5005 outer-filter-repaired note
GL5006 privileges-would-be-lost error
GL5101 syscall-denied warning
GL5102 killed-by-policy error
GL6001 init-panic error
GL6002 init-exit error
GL6003 init-signal error
GL6004 loader-failed error
GL6005 runtime-start-failed error
GL6006 init-timeout error
GL6101 panic error
GL6102 fatal-error error
GL6103 killed-by-signal error
GL6104 out-of-memory error
GL7001 fallback-used note
GL7002 bundle-not-found error
GL7003 bundle-corrupt error
GL7004 bundle-unsuitable error
TABLE
# Those that this version must be able to state.
required="GL1001 GL1002 GL1003 GL1004 GL1005 GL1006 GL1007 GL1008 GL1009 GL1101 GL1102 GL1103 GL1104 GL1105 GL1201 GL1202
GL1203 GL1204 GL1205 GL2001 GL2002 GL2003 GL2004 GL2101 GL2102 GL2103 GL2201 GL3001 GL3002 GL3003 GL4001 GL4003 GL4004
GL5004 GL5006 GL5102 GL6001 GL6002 GL6003 GL6004 GL6005 GL6006
GL6101 GL6102 GL6103"

run "$GOLAUNCH" explain
check_status 0 "explain lists the codes"
grep -oE '^ *GL[0-9]{4}' "$T/out" | tr -d ' ' >"$T/codes"
for code in $required; do
	grep -qx "$code" "$T/codes" || fail "$code is not in the list"
done
pass "all required codes were looked for"
check_equal "$(sort -u "$T/codes")" "$(sort "$T/codes")" "no code is listed twice"

while read -r code; do
	run "$GOLAUNCH" explain --format json "$code"
	got=$(jq -r '(if type == "array" then .[0] else . end) | [.code, .name, .severity] | join(" ")' "$T/out" 2>&1)
	if grep -q "^$code " "$T/contract"; then
		check_equal "$got" "$(grep "^$code " "$T/contract")" "$code is what it was fixed to be"
	else
		check_true "$code is not fixed: it states itself" [ "${got%% *}" = "$code" ]
	fi
	run "$GOLAUNCH" explain "$code"
	check_true "$code is explained in at least three lines" [ "$status" = 0 -a "$(wc -l <"$T/out")" -ge 3 ]
done <"$T/codes"

run "$GOLAUNCH" explain interpreter-missing
check_stdout_has GL2001 "a name does as well as a code"
run "$GOLAUNCH" explain GL0000
check_status 125 "an unknown code: 125"
run "$GOLAUNCH" explain -
check_status 125 "a pasted log: not in this version"
check_stderr_has "not in this version" "and it says so"
finish
