#!/usr/bin/env bash
# Command-line tools as Debian ships them: under go-cli, and esbuild under go-compute,
# they print and leave behind what they do without golaunch, and no call is denied.
# As a user and as root, who may do more (owners of restored files).  What they are
# asked to do is in tests/fixtures/workloads.
. "$(dirname "$0")/../lib/cli.sh"
. "$TESTS/lib/preset_program.sh"

RUN_TIMEOUT=120
need_fixture "$(newest_go)" load
preset_init
cp "$program" "$T/load"
cp -r "$TESTS/fixtures/workloads" "$T/workloads"
have program/libraries && cp -r "$GL_CACHE/program/libraries/usr/lib/x86_64-linux-gnu" "$T/libraries"
# What the workloads call the program by; each run of it has a report of its own.
cat >"$T/P" <<-'END'
	#!/bin/bash
	launch=()
	[ -z "${PRESET-}" ] || launch=("${0%/P}/golaunch" --policy "$PRESET" --report "${0%/P}/open/report.$$" --)
	[ -z "${LIBRARIES-}" ] || export LD_LIBRARY_PATH=$LIBRARIES
	exec "${launch[@]}" "$BINARY" "$@"
END
chmod 755 "$T/P"

# kept DIRECTORY: names, modes, owners, targets and contents of all below it.
kept() {
	(cd "$1" && find . -printf '%p %M %U:%G %l\n' | LC_ALL=C sort && find . -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum)
}

# works_in HOW COMMAND...: the workload $workload of $binary, in a home of its own.
works_in() {
	local how=$1
	shift
	# The same name for both ways, since programs write it down.
	rm -rf "$T/home" && mkdir -m 777 "$T/home" "$T/home/kept"
	run "$@" env -C "$T/home" -i PATH="$PATH" LC_ALL=C HOME="$T/home" TZ=UTC BINARY="$binary" LIBRARIES="$libraries" \
		${preset:+PRESET=$preset} P="$T/P" LOAD="$T/load" WORKLOADS="$T/workloads" bash -eu "$T/workloads/$workload"
	{ echo "status $status"; cat "$T/out"; kept "$T/home/kept"; } >"$T/left.$how"
}

# same_under PRESET DESCRIPTION COMMAND...: run by COMMAND (setpriv).
same_under() {
	local description=$2 preset
	rm -f "$T/open/"*
	preset= works_in bare "${@:3}"
	check_status 0 "$description: it works without golaunch"
	preset=$1 works_in under "${@:3}"
	if cmp -s "$T/left.bare" "$T/left.under"; then
		pass "$description: the same under $1"
	else
		fail "$description: the same under $1" "$(diff "$T/left.bare" "$T/left.under")"
	fi
	check_stderr_lacks GL5101 "$description: nothing denied is said"
	preset_no_denials "$description" "$T/open/"report.*
}

while read -r tree name workload under needs; do
	preset_program "$tree" "$name" || { skip "$workload of ${tree#*/}" "$reason"; continue; }
	libraries=${needs:+$T/$needs}
	same_under "$under" "$workload of ${tree#*/}, a user" "${as_user[@]}"
	! am_root || same_under "$under" "$workload of ${tree#*/}, root"
done <<-END
	program/bookworm restic restic go-cli
	service/bullseye rclone rclone go-cli
	service/bookworm rclone rclone go-cli
	service/trixie rclone rclone go-cli
	service/bookworm rclone rclone-serve go-cli
	service/trixie rclone rclone-serve go-cli
	program/bookworm hugo hugo go-cli libraries
	workload/bookworm gh gh go-cli
	workload/trixie gh gh go-cli
	workload/bookworm esbuild esbuild go-compute
	workload/trixie esbuild esbuild go-compute
END

# That a denial would be seen: go-compute has no sockets.
preset_program service/trixie rclone || { skip "a denial is seen" "$reason"; finish; }
workload=rclone-serve libraries=
rm -f "$T/open/"*
preset=go-compute works_in under "${as_user[@]}"
check_true "rclone cannot serve under go-compute" [ "$status" != 0 ]
check_true "and the reports tell why" jq -se '[.[].denials[].syscall] | index("socket")' "$T/open/"report.*
finish
