#!/usr/bin/env bash
# The Go standard library's own tests under the policy "default": each ends as it
# does without golaunch, but those that go_std.list names with the reason.
#
#	GL_STD=all go_std.sh     both versions, six packages, root and a user ("make soak")
. "$(dirname "$0")/../lib/cli.sh"

if [ "${GL_STD-}" = all ]; then
	versions="1.19 1.24" packages="syscall os/exec os net net/http runtime" users="user root"
else
	versions=1.24 packages="syscall os/exec os" users=user
fi
am_root || users=user
RUN_TIMEOUT=900
chmod 755 "$T"
cp "$GOLAUNCH" "$T/golaunch"

mkdir "$T/open" && chmod 777 "$T/open"

# inside PACKAGE WHO COMMAND...: in the package's directory of the toolchain $tree, as that user.  With
# root's rights in a mount namespace: the tests may write there, into a layer of their own, and see it
# where directories above the cache are closed to them.
cat >"$T/inside" <<-'END'
	#!/bin/bash
	tree=$1 package=$2 who=$3 hidden= above=$1
	shift 3
	as=()
	if [ "$(id -u)" = 0 ]; then
		while [ "$above" != / ]; do
			above=$(dirname "$above")
			[ $(($(stat -c %a "$above") % 2)) = 1 ] || hidden=$above
		done
		mkdir -p "$T/tree" "$T/layer" && mount -t tmpfs none "$T/layer" && mkdir "$T/layer/upper" "$T/layer/work" &&
			mount -t overlay -o "lowerdir=$tree,upperdir=$T/layer/upper,workdir=$T/layer/work" none "$T/tree" || exit 125
		[ -z "$hidden" ] || mount -t tmpfs -o mode=755 none "$hidden" && mkdir -p "$tree" && mount --bind "$T/tree" "$tree" || exit 125
		[ "$who" = root ] || as=(setpriv --reuid=1000 --regid=1000 --clear-groups --)
	fi
	cd "$tree/goroot/src/$package" || exit 125
	exec "${as[@]}" "$@"
END
chmod 755 "$T/inside"
namespace=(unshare --mount --propagation private)
am_root || namespace=()

# tested HOW [REGEX]: the results of the tests, "NAME PASS|FAIL|SKIP" a line, in $T/results.HOW.
tested() {
	local how=$1 launch=() goroot=$tree/goroot
	shift
	[ "$how" = bare ] || launch=("$T/golaunch" -q --policy default --)
	run "${namespace[@]}" env T="$T" "$T/inside" "$tree" "$package" "$who" env -i LC_ALL=C GOROOT="$goroot" GOTOOLCHAIN=local GOPROXY=off \
		PATH="$goroot/bin:/usr/bin:/bin:/usr/sbin:/sbin" HOME="$T/open/$who" TMPDIR="$T/open/$who/tmp" \
		"${launch[@]}" "$T/std" -test.v -test.short -test.timeout 10m ${1:+-test.run "$1"} </dev/null
	# Output of tests without a newline may stand before the result.
	sed -nE 's/.*--- (PASS|FAIL|SKIP): ([^ ]+) \([0-9.]+s\)$/\2 \1/p' "$T/out" | LC_ALL=C sort -u >"$T/results.$how"
}

# listed: the lines of the list about what runs now: "TEST WITHOUT UNDER".
listed() {
	awk -F'\t+' -v v="$version" -v p="$package" -v w="$who" '
		!/^#/ && NF == 7 && ($1 == v || $1 == "*") && $2 == p && ($3 == w || $3 == "*") { print $4, $5, $6 }' "$TESTS/live/go_std.list"
}

# differ: tests that end differently, "TEST WITHOUT UNDER" a line; "-": it did not run.
differ() {
	LC_ALL=C join -a 1 -a 2 -e - -o 0,1.2,2.2 "$T/results.bare" "$T/results.under" | awk '$2 != $3'
}

# again: of unexplained differences those stay that two more runs of both show too; others are tests
# that fail now and then.
again() {
	local round names
	names=$(cut -d' ' -f1 "$T/unexplained" | cut -d/ -f1 | sort -u | paste -sd'|')
	for round in 1 2; do
		[ -s "$T/unexplained" ] || return 0
		tested bare "^($names)\$"
		tested under "^($names)\$"
		differ | grep -Fxf "$T/unexplained" >"$T/still"
		grep -Fxvf "$T/still" "$T/unexplained" | sed 's/^/# not each time: /'
		mv "$T/still" "$T/unexplained"
	done
}

compares() {
	local description="go $version $package, $who" bare_count
	rm -rf "$T/open/$who"
	mkdir -p "$T/open/$who/tmp" && chmod 777 "$T/open/$who" "$T/open/$who/tmp"
	cp "$test" "$T/std.new" && mv "$T/std.new" "$T/std"
	tested bare
	bare_count=$(grep -c PASS "$T/results.bare")
	check_true "$description: $bare_count tests pass without golaunch" [ "$bare_count" -gt 20 ]
	tested under
	differ >"$T/differences"
	listed >"$T/listed"
	grep -Fxvf "$T/listed" "$T/differences" >"$T/unexplained"
	again
	check_equal "$(cat "$T/unexplained")" "" "$description: the same under golaunch"
	# What the list promises must still come, where the test passes here without golaunch.
	LC_ALL=C sort "$T/listed" | LC_ALL=C join - "$T/results.bare" | awk '$2 == $4 { print $1, $2, $3 }' | grep -Fxvf "$T/differences" >"$T/stale"
	check_equal "$(cat "$T/stale")" "" "$description: the differences that are listed are there"
}

for version in $versions; do
	have "toolchain/$version" || { skip "go $version" "$reason"; continue; }
	tree=$(readlink -f "$GL_CACHE/toolchain/$version")
	for package in $packages; do
		test=$("$TESTS/setup/gostd" "$version" "$package" 2>"$T/gostd") || { skip "go $version $package" "$(tail -n 1 "$T/gostd")"; continue; }
		for who in $users; do
			compares
		done
	done
done
finish
