#!/usr/bin/env bash
# Real programs on real systems: what check says against what happens.
#
# hugo, restic, age and podman of two Debian releases on this machine, on glibc
# 2.31, on musl alone and on nothing at all: check must agree with whether the
# program's own code is reached, and name what the loader itself names.
. "$(dirname "$0")/../lib/cli.sh"

am_root || skip_all "chroot needs root"
have program/bookworm || skip_all "$reason"
have program/sid || skip_all "$reason"
PLACES="here bullseye musl empty"

# enter PLACE: $in is what to put before a command so that it runs there; "here" is this machine.
enter() {
	in=()
	[ "$1" = here ] || in=(chroot "$T/root-$1")
}

# name_in PLACE FILE: what the file is called there (copied, by link where that goes).
name_in() {
	local name
	[ "$1" != here ] || { echo "$2"; return; }
	name=$(basename "$(dirname "$(dirname "$(dirname "$2")")")")-${2##*/}
	ln "$2" "$T/root-$1/$name" 2>/dev/null || cp "$2" "$T/root-$1/$name"
	echo "/$name"
}

golaunch_in() { [ "$1" = here ] && echo "$GOLAUNCH" || echo /golaunch; }

# reached PLACE FILE: the program prints its version, so its own code ran.
reached() {
	local option=version
	case $2 in *age | *podman) option=--version ;; esac
	"${in[@]}" "$2" $option >"$T/direct" 2>"$T/direct.err" && grep -qE '[0-9]+\.[0-9]+' "$T/direct"
}

# The loader's own list of what is missing: "library NAME" and "version LIBRARY NAME".
loader_says() { # PLACE FILE
	local shell=()
	[ "$1" = here ] || shell=(/bin/busybox)
	"${in[@]}" "${shell[@]}" env LD_TRACE_LOADED_OBJECTS=1 "$2" 2>&1 |
		sed -nE -e 's/^[[:space:]]*([^ ]+) => not found$/library \1/p' \
			-e "s/^.*: ([^ ]+): version \`([^']+)' not found \(required by .*/version \1 \2/p" |
		sed -E 's:^version .*/([^/ ]+) :version \1 :' | sort -u
}

golaunch_says() { # of the JSON in $T/out
	jq -r '.results[0].findings[] |
		if .code == "GL2101" then "library " + .evidence.soname
		elif .code == "GL2201" then "version " + (.evidence.library | sub(".*/"; "")) + " " + .evidence.version
		else empty end' "$T/out" | sort -u
}

compare() { # PLACE FILE-AS-NAMED-THERE LABEL
	local verdict
	run "${in[@]}" "$(golaunch_in "$1")" check --format json "$2"
	verdict=$(jq -r '.results[0].verdict' "$T/out" 2>&1)
	if reached "$1" "$2"; then
		check_equal "$verdict/$status" runs/0 "$3: runs, and check says so"
	else
		check_equal "$verdict/$status" refused/1 "$3: does not run, and check says so"
		if [ "$1" = here ] || [ "$1" = bullseye ]; then
			check_equal "$(golaunch_says)" "$(loader_says "$1" "$2")" "$3: names what the loader names"
		else
			check_equal "$(codes_of "$T/out" error)" GL2001 "$3: no loader"
		fi
		run "${in[@]}" "$(golaunch_in "$1")" "$2"
		check_status 126 "$3: run refuses"
		check_lacks "$T/err" "error while loading" "$3: and starts nothing"
	fi
	[ "$1" = here ] && return
	"${in[@]}" /golaunch check --format json "$2" | jq -S '.results[0] | del(.file)' >"$T/inside"
	run "$GOLAUNCH" check --format json --sysroot "$T/root-$1" "$T/root-$1$2"
	# A file is named as seen from outside, and judged at its place inside.
	check_equal "$(jq -r ".results[0].file" "$T/out")" "$T/root-$1$2" "$3: --sysroot names it as it was named"
	check_equal "$(jq -S ".results[0] | del(.file)" "$T/out" 2>&1 | sed "s|$T/root-$1||g" | cksum)" "$(cksum <"$T/inside")" "$3: --sysroot judges the same from outside"
}

for place in $PLACES; do
	[ "$place" = here ] || new_root "$place" || { skip "$place" "$reason"; continue; }
	enter "$place"
	for suite in bookworm sid; do
		for name in hugo restic age podman; do
			file=$(name_in "$place" "$GL_CACHE/program/$suite/usr/bin/$name")
			compare "$place" "$file" "$suite $name on $place"
			[ "$place" = here ] || rm -f "$T/root-$place$file"
		done
	done
done

# --- a cgo program on musl --------------------------------------------------------
for version in 1.19 "$(newest_go)"; do
	if go_fixture "$version" nu cgo && new_root musl; then
		cp "$program" "$root/nu"
		run chroot "$root" /golaunch /nu
		check_status 126 "go $version cgo program on musl: 126"
		check_stderr_has GL2001 "go $version cgo program on musl: GL2001"
		check_stderr_has /lib64/ld-linux-x86-64.so.2 "go $version cgo program on musl: names the loader"
	else
		skip "go $version cgo program on musl" "$reason"
	fi
done

# --- linked against sid's glibc, on 2.31: exactly these versions, by these symbols ---
versions_of() { readelf -V "$1" | sed -nE "s/.*Name: (GLIBC_[^ ]+) .*/\1/p" | sort -u; }
for version in 1.19 "$(newest_go)"; do
	if ! go_fixture "$version" ext sid || ! new_root bullseye; then
		skip "go $version program of sid on bullseye" "$reason"
		continue
	fi
	cp "$program" "$root/ext"
	readelf -V "$root/lib/x86_64-linux-gnu/libc.so.6" | sed -n '/Version definition/,/Version needs/p' |
		grep -oE 'Name: GLIBC_[^ ]+' | sed 's/Name: //' | sort -u >"$T/have"
	versions_of "$program" | comm -23 - "$T/have" >"$T/want"
	run chroot "$root" /golaunch check --format json /ext
	check_equal "$(jq -r '.results[0].findings[] | select(.code == "GL2201") | .evidence.version' "$T/out" | sort)" \
		"$(cat "$T/want")" "go $version: the missing versions, all and only these"
	check_true "go $version: there are some" [ -s "$T/want" ]
	while read -r wanted; do
		check_equal "$(jq -r --arg v "$wanted" '.results[0].findings[] | select(.code == "GL2201" and .evidence.version == $v) |
			.evidence.symbols[]' "$T/out" | sort | tr '\n' ' ')" \
			"$(readelf --dyn-syms -W "$program" | awk -v v="@$wanted" 'index($8, v) && $8 ~ v "$" { sub(/@.*/, "", $8); print $8 }' |
				sort -u | tr '\n' ' ')" "go $version: $wanted: the symbols that force it"
	done <"$T/want"
	check_equal "$(jq -r '[.results[0].findings[] | select(.code == "GL2201") | .evidence.have] | unique | join(" ")' "$T/out" |
		sed 's/^GLIBC_//')" 2.31 "go $version: what the host has"
	run chroot "$root" /golaunch /ext
	check_status 126 "go $version: run refuses"
	check_stderr_has "GL2201" "go $version: with GL2201"
	# Told to try all the same, it fails by the loader's word, and that is explained.
	run chroot "$root" /golaunch --check off --capture all /ext
	check_status 1 "go $version: --check off: the loader's own status"
	check_stderr_has "GL6004" "go $version: --check off: a failed loader is told as such"
done

# --- nothing but two files ----------------------------------------------------------
if go_fixture "$(newest_go)" hello && new_root empty; then
	cp "$program" "$root/hello"
	check_equal "$(cd "$root" && ls)" "$(printf 'golaunch\nhello')" "an empty root: two files"
	check_equal "$(readelf -lW "$GOLAUNCH" | grep -c INTERP)/$(readelf -d "$GOLAUNCH" | grep -c NEEDED)" 0/0 \
		"golaunch has neither interpreter nor needed libraries"
	run chroot "$root" /golaunch check /hello
	check_status 0 "golaunch check runs there"
	run chroot "$root" /golaunch /hello x
	check_equal "$(cat "$T/out")/$status" "hello x/0" "and starts a static program"
else
	skip "an empty root" "$reason"
fi
finish
