#!/usr/bin/env bash
# Deaths before main.main: each way x link mode x Go version x stripped or not x
# stderr captured or not.  What is told must be right: code, phase, package,
# function, file and line.
#
#   GL_DEATHS_VERSIONS="1.19 1.27"   these versions only
#   GL_DEATHS_MATRIX=full            stripped or not with captured or not, each with each
#                                    ("make soak"); else plain captured, stripped not
#   GL_TABLE=1                       prints the table of cells
. "$(dirname "$0")/../lib/cli.sh"

versions=${GL_DEATHS_VERSIONS:-1.15 1.19 1.22 1.24 1.27}
sources=$TESTS/fixtures/go/fail
mkfifo "$T/stdin" && exec 7<>"$T/stdin"

# line_of FILE MARK: where the fixture says so; "null" without a mark.
line_of() { if [ "$2" = - ]; then echo null; else grep -nF -e "$2" "$sources/$1/$1.go" | head -n 1 | cut -d: -f1; fi; }

# What the record says, in the form of a row's expectation.
told() {
	jq -r '[.cause.code, .phase, .init.package,
		(if (.frames[0].function // "" | test("^(runtime|syscall|os)\\.")) then "RUNTIME" else .frames[0].function end),
		(.frames[0].file // "" | sub(".*/"; "")), .frames[0].line] | map(. // "null" | tostring | sub("example.com/fail/"; "")) | join(" ")' "$1" 2>&1
}

# asked SIGNAL COMMAND...: sends it to golaunch (KILL: to the program) once init waits.
asked() {
	local signal=$1 golaunch victim
	shift
	: >"$T/out"
	"$@" <&7 >"$T/out" 2>"$T/err" &
	golaunch=$! victim=$golaunch
	wait_for 20 grep -q waiting "$T/out"
	[ "$signal" != KILL ] || victim=$(cat "/proc/$golaunch/task/$golaunch/children")
	wait_for 20 sleeps "$golaunch"
	kill "-$signal" $victim
	wait_for 20 ended "$golaunch" || kill -KILL "$golaunch"
	wait "$golaunch" 2>/dev/null
}

ended() { ! grep -q '^State:[[:space:]]*[^Z]' "/proc/$1/status" 2>/dev/null; }

# sleeps PID: do all of its child's threads?
sleeps() {
	local child
	read -r child <"/proc/$1/task/$1/children"
	! grep -hv '^[0-9]* ([^)]*) S' /proc/"$child"/task/*/stat | grep -q . && sleep 0.02 &&
		! grep -hv '^[0-9]* ([^)]*) S' /proc/"$child"/task/*/stat | grep -q .
}

# die WAY SIGNAL CAPTURE: leaves the record in $T/report.
die() {
	local way=$1 signal=$2 capture=$3
	rm -f "$T/report"
	set -- "$GOLAUNCH" --report "$T/report" --capture "$capture" "$program"
	last_command="FAIL=$way $*"
	if [ "$signal" != - ]; then
		FAIL=$way asked "$signal" "$@"
	elif [ "$capture" = off ]; then
		{ FAIL=$way timeout -k 5 60 "$@" <&7 >/dev/null 2>&1; } 2>/dev/null
	else
		{ FAIL=$way timeout -k 5 60 "$@" <&7 >"$T/out" 2>"$T/err"; } 2>/dev/null
	fi
}

# WHERE  way               signal code   unseen phase package function              mark
# Where: any, pure (without cgo: with it the runtime does not see that all goroutines
# wait), native (with C code).  unseen: the code where stderr was not captured.
ways() {
	grep -v '^#' <<-'WAYS'
		any init:panic - GL6001 GL6001 init conf conf.Fail panic("boom
		any var:panic - GL6001 GL6001 init conf conf.Fail panic("boom
		any init:error - GL6001 GL6001 init conf conf.Fail panic(errors.New
		any init:nilmap - GL6001 GL6001 init conf conf.Fail table["key"]
		any init:index - GL6001 GL6001 init conf conf.Fail numbers[len
		any init:nilderef - GL6001 GL6001 init conf conf.Fail p.b = 1
		any var:nilderef - GL6001 GL6001 init conf conf.Fail p.b = 1
		any init:overflow - GL6102 GL6102 init conf conf.deeper func deeper(
		any init:outofmemory - GL6102 GL6102 init conf conf.failOddly make([]byte, 1<<
		any var:exit - GL6002 GL6002 init conf conf.Fail os.Exit(3)
		any init:exit - GL6002 GL6002 init conf conf.Fail os.Exit(3)
		any init:syscallexit - GL6002 GL6002 init conf conf.Fail syscall.Exit(4)
		any init:logfatal - GL6002 GL6002 init conf conf.Fail log.Fatal("
		any init:logdiscard - GL6002 GL6002 init conf conf.Fail Fatalf(
		any init:inlined - GL6002 GL6002 init conf conf.must os.Exit(7)
		any init:forged - GL6002 GL6002 init conf conf.failOddly os.Exit(2)
		any init:recovered - GL6002 GL6002 init conf conf.exitOnPanic.func1 os.Exit(8)
		any init:otherexit - other other init conf conf.failOddly other has exited
		any init:otherpanic - GL6001 other init conf conf.panicElsewhere panic("in a goroutine
		any init:badpointer - GL6003 GL6003 init conf conf.failOddly table["at"]
		any init:abort - GL6003 GL6003 init conf conf.failOddly SYS_TGKILL
		any init:kill - GL6006 GL6006 init conf conf.failOddly syscall.SIGKILL
		pure init:deadlock - GL6102 other init conf conf.Fail select {}
		any init:sleep TERM GL6006 GL6006 init conf conf.failOddly time.Sleep(ann
		any init:sleep KILL GL6006 GL6006 init conf conf.failOddly time.Sleep(ann
		any init:read HUP GL6006 GL6006 init conf conf.failOddly Stdin.Read
		cgo init:channel TERM GL6006 GL6006 init conf conf.failOddly <-make(chan
		native native:exit - GL6002 GL6002 init native native.call C.die(
		native native:abort - GL6003 GL6003 init native native.call C.die(
		native native:segv - GL6003 GL6003 init native native.call C.die(
		native native:wait TERM GL6006 GL6006 init native native.call C.die(
		native constructor:exit - GL6002 GL6002 runtime null null -
		native constructor:abort - GL6003 GL6003 runtime null null -
		native constructor:segv - GL6003 GL6003 runtime null null -
	WAYS
}

# suits WHERE LINK
suits() {
	case $1 in
	any) true ;;
	pure) [ "$2" = static ] || [ "$2" = pie ] ;;
	cgo) [ "$2" != static ] && [ "$2" != pie ] ;;
	native) [[ $2 = external* ]] ;;
	esac
}

# The death of another thread, unseen: only that, and where init was (which may not
# have come to its waiting yet).  A deadlock may also be met by the main thread itself.
other_is_right() { # GOT
	local there
	for there in 'GL6002 failOddly other has exited' 'GL6002 failOddly go os.Exit' 'GL6002 failOddly other has panicked' \
		'GL6002 failOddly go panicElsewhere' 'GL6002 Fail select {}' 'GL6102 Fail select {}'; do
		set -- "$1" $there
		[ "$1" != "$2 init conf conf.$3 conf.go $(line_of conf "${there#* * }")" ] || return 0
	done
	return 1
}

declare -A table
cell() { # NAME WHERE WAY SIGNAL CODE UNSEEN PHASE PACKAGE FUNCTION MARK CAPTURE
	local name=$1 way=$3 signal=$4 code=$5 unseen=$6 phase=$7 package=$8 function=$9 mark=${10} capture=${11} file line want got
	[ "$capture" = auto ] || code=$unseen
	die "$way" "$signal" "$capture"
	got=$(told "$T/report")
	file=${function%%.*}
	line=$(line_of "$file" "$mark")
	want="$code $phase $package $function $file.go $line"
	[ "$mark" != - ] || want="$code $phase $package $function  null"
	if [ "$got" = "$want" ] || { [ "$code" = other ] && other_is_right "$got"; }; then
		table[$name,$way$signal]=+
		pass "$name $way"
	else
		table[$name,$way$signal]="-"
		fail "$name $way" "want: $want
got:  $got"
	fi
}

# captures plain|stripped: with which modes.
captures() {
	case ${GL_DEATHS_MATRIX-}$1 in
	full*) echo auto off ;;
	plain) echo auto ;;
	*) echo off ;;
	esac
}

columns=()
column() { # VERSION LINK STRIP ARGUMENTS...
	local version=$1 link=$2 strip=$3 where way signal code unseen phase package function mark capture
	shift 3
	if [ "$strip" = stripped ]; then set -- "$@" "-ldflags=-s -w"; fi
	go_fixture "$version" fail "$@" || { skip "go $version $link" "$reason"; return; }
	for capture in $(captures "$strip"); do
		columns+=("$version $link $strip $capture")
		while read -r where way signal code unseen phase package function mark; do
			suits "$where" "$link" || continue
			cell "$version $link $strip $capture" "$where" "$way" "$signal" "$code" "$unseen" "$phase" \
				"$package" "$function" "$mark" "$capture"
		done < <(ways)
	done
}

for version in $versions; do
	for strip in plain stripped; do
		column "$version" static $strip static
		column "$version" cgo $strip cgo -tags=net
		column "$version" external $strip cgo -tags=native
		column "$version" external-pie $strip cgo-pie -tags=native
		column "$version" pie $strip pie
	done
done

# --- before any package: the loader, the runtime ----------------------------------

# reported ARGUMENT...: a run with a report of its own.
reported() {
	rm -f "$T/report"
	run "$GOLAUNCH" --report "$T/report" "$@"
}

# early CODE PHASE DESCRIPTION COMMAND...: with stderr captured and without.
early() {
	local code=$1 phase=$2 description=$3 capture
	shift 3
	for capture in auto off; do
		reported --capture "$capture" "$@"
		check_json "$T/report" '.cause.code + " " + .phase' "$code $phase" "$description, capture $capture"
	done
}

for version in $versions; do
	go_fixture "$version" fail static || { skip "go $version" "$reason"; continue; }
	early GL6005 runtime "go $version: no memory" --limit as=20M "$program"
	check_true "go $version: the runtime's own function is named" \
		[ "$(jq -r '.frames[0].function | startswith("runtime.")' "$T/report")" = true ]
	FAIL=init:exit0 reported "$program"
	check_json "$T/report" '[.phase, .cause] | map(tostring) | join(" ")' "init null" "go $version: status 0 in init needs no explanation"
	check_quiet "go $version: and no word"
	FAIL=main:exit reported "$program"
	check_json "$T/report" '[.phase, .cause] | map(tostring) | join(" ")' "main null" "go $version: nor does an exit from main"
	FAIL=main:panic reported "$program"
	check_json "$T/report" '.phase + " " + .cause.code' "main GL6101" "go $version: a panic in main"
done
if go_fixture "$(newest_go)" ext sid; then
	early GL6004 loader "a version is missing" --check off "$program"
else
	skip "the loader" "$reason"
fi

# Words of a death that the kernel does not confirm.
if go_fixture "$(newest_go)" fail static; then
	forged=$'panic: forged\n\ngoroutine 1 [running]:\nexample.com/other.init.0()\n\t/other.go:1 +0x1\n'
	FORGED=$forged FAIL=init:forged reported "$program"
	check_json "$T/report" '[.cause.code, .panic, .init.package] | map(tostring) | join(" ")' "GL6002 null example.com/fail/conf" \
		"a forged panic before os.Exit(2) is not believed"
fi

print_table() {
	local where way signal rest c
	while read -r where way signal rest; do
		printf '# %-22s' "$way ${signal#-}"
		for c in "${columns[@]}"; do printf ' %s' "${table[$c,$way$signal]:-.}"; done
		echo
	done < <(ways)
	echo "# columns:"
	printf '#   %s\n' "${columns[@]}"
}
[ -z "${GL_TABLE-}" ] || print_table
finish
