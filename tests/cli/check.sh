#!/usr/bin/env bash
# golaunch check: verdicts on good programs, the document, statuses, cost.
. "$(dirname "$0")/../lib/cli.sh"

go=$(newest_go)
need_fixture "${go:-any}" hello
static=$program

# check_program NAME FILE: check says that it runs, and it does.
check_runs() {
	run "$GOLAUNCH" check --format json "$2"
	check_status 0 "$1: check ends with 0"
	check_json "$T/out" '.results[0].verdict' runs "$1: the verdict"
}

# --- every toolchain, every shape ----------------------------------------------
for version in $(go_versions); do
	for variant in static pie 386; do
		if go_fixture "$version" hello $variant; then
			check_runs "go $version $variant" "$program"
			check_json "$T/out" '.results[0].go.version | startswith("go'"$version"'")' true "go $version $variant: version"
			check_json "$T/out" '.results[0].go.path' example.com/hello "go $version $variant: path"
		else
			skip "go $version $variant" "$reason"
		fi
	done
	if go_fixture "$version" hello static -ldflags=-s\ -w; then
		check_runs "go $version stripped" "$program"
		check_json "$T/out" '.results[0].elf.stripped' true "go $version stripped: says so"
	fi
done
for version in 1.19 "$go"; do
	if go_fixture "$version" nu cgo; then
		check_runs "go $version cgo" "$program"
		check_json "$T/out" '.results[0].go.cgo' yes "go $version: uses cgo"
		check_json "$T/out" '.results[0].elf.needed | index("libc.so.6") != null' true "go $version: needs libc.so.6"
		check_json "$T/out" '[.results[0].libraries[].status] | unique | join(" ")' found "go $version: all libraries are found"
	else
		skip "go $version cgo" "$reason"
	fi
done
# cgo enabled, but nothing of it linked in: not yes.
go_fixture "$go" hello cgo && run "$GOLAUNCH" check --format json "$program" &&
	check_json "$T/out" '.results[0].go.cgo != "yes"' true "CGO_ENABLED=1 alone is not cgo"
for notes in "GL4003 pie" "GL4004 static -ldflags=-s"; do
	read -r code variant args <<<"$notes"
	go_fixture "$go" hello $variant $args && run "$GOLAUNCH" check --format json "$program" &&
		check_true "$code is noted for $variant $args" grep -q "\"$code\"" "$T/out"
done

# --- the document ---------------------------------------------------------------
run "$GOLAUNCH" check --format json "$static"
check_json "$T/out" 'keys_unsorted[0:2] | join(" ")' "schema golaunch" "the schema's name comes first"
check_json "$T/out" .schema golaunch.check/1 "its name"
check_json "$T/out" '.host | [has("libc","libc_version","kernel","machine","cpu_level")] | all' true "host's keys"
check_true "host's kernel" [ "$(uname -r | grep -cF "$(jq -r .host.kernel "$T/out")")" = 1 ]
check_json "$T/out" '.results[0] | [has("file","verdict","launch","elf","go","requires","libraries","findings","targets")] | all' \
	true "a result's keys"
check_json "$T/out" '.results[0].elf | [has("class","machine","type","interpreter","needed","rpath","runpath","stripped")] | all' \
	true "elf's keys"
check_json "$T/out" '.results[0].go | [has("version","path","module","cgo","settings")] | all' true "go's keys"
check_json "$T/out" '.results[0].requires | [has("glibc","kernel","cpu")] | all' true "requires' keys"
check_json "$T/out" '.results[0].file' "$static" "the file as it was named"
check_json "$T/out" '.results[0].launch' direct "how it would be launched"
check_json "$T/out" '.results[0].go.settings.CGO_ENABLED' 0 "a build setting"
run "$GOLAUNCH" check --format json "$T/nothing"
check_json "$T/out" '.results[0].findings[0] | [.code, .name, .severity] | join(" ")' "GL1001 not-found error" "a finding's code"
check_json "$T/out" '.results[0].findings[0] | [has("code","name","severity","message","evidence","fixes")] | all' true "a finding's keys"
check_json "$T/out" '.results[0].launch' none "not launched at all"
if go_fixture "$go" hello; then
	echo 'int main(void) { return 0; }' | gcc -static -x c -o "$T/c" - && run "$GOLAUNCH" check --format json "$T/c" &&
		check_json "$T/out" '[.results[0].go, .results[0].verdict] | map(tostring) | join(" ")' "null runs" "no Go program: go is null"
	check_equal "$(codes_of "$T/out" note)" GL4001 "and it is noted"
fi

# --- statuses and options -------------------------------------------------------
run "$GOLAUNCH" check "$static" "$T/nothing"
check_status 1 "one bad file of two: 1"
check_stdout_has "GL1001" "the finding stands on stdout"
check_quiet "and nothing on stderr"
run "$GOLAUNCH" check
check_status 125 "no file: 125"
run "$GOLAUNCH" check --no-such-option "$static"
check_status 125 "unknown option: 125"
run "$GOLAUNCH" check --ignore "GL1001=made later" "$T/nothing"
check_status 0 "an ignored finding does not count"
run "$GOLAUNCH" check --ignore GL1001 "$T/nothing"
check_status 125 "ignoring needs a reason"
run "$GOLAUNCH" check --fail-on warning "$static"
check_status 0 "--fail-on warning without a warning: 0"
run "$GOLAUNCH" check -q "$static"
check_status 0 "-q: 0"
check_equal "$(cat "$T/out" "$T/err")" "" "-q: silent on a good file"
(cd "$(dirname "$static")" && run "$GOLAUNCH" check "${static##*/}" && [ "$status" = 0 ]) &&
	pass "a relative name is judged" || fail "a relative name is judged"

# Hostile names: no control character reaches the terminal.
printf 'no program' >"$T/"$'evil\e[31m\nname'
run "$GOLAUNCH" check "$T/"$'evil\e[31m\nname'
check_lacks "$T/out" $'\e' "a file name's escape sequences do not get out"
run "$GOLAUNCH" check --format json "$T/"$'evil\e[31m\nname'
check_json "$T/out" '.results[0].file' "$T/"$'evil\e[31m\nname' "but JSON keeps the name"
cp "$static" "$T/"$'bad\xff\xfename'
run "$GOLAUNCH" check --format json "$T/"$'bad\xff\xfename'
check_json "$T/out" '.results[0].verdict' runs "a name of invalid UTF-8 gives a valid document"

# --- what it costs --------------------------------------------------------------
if ! go_fixture 1.19 big; then
	skip "a check reads headers only" "$reason"
elif ! have_command strace || ! strace -o /dev/null true 2>/dev/null; then
	skip "a check reads headers only" "strace does not work here"
else
	run strace -f -e trace=read,pread64,readv,preadv,mmap -o "$T/trace" "$GOLAUNCH" check "$program"
	check_status 0 "a program of 100 MB"
	bytes=$(awk '/read|preadv/ && / = [0-9]+$/ { sum += $NF } END { print sum + 0 }' "$T/trace")
	check_true "check read $bytes bytes of it, under 2 MB" [ "$bytes" -gt 0 -a "$bytes" -lt 2000000 ]
fi
finish
