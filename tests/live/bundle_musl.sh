#!/usr/bin/env bash
# As bundle.sh, the other way round: programs linked against musl where there is
# only glibc, or nothing.
. "$(dirname "$0")/../lib/cli.sh"
. "$TESTS/lib/cells.sh"

am_root || skip_all "other roots need root here"
have root/musl || skip_all "$reason"
have_command musl-gcc || skip_all "$reason"
cells_init
for version in 1.19 1.23 "$(newest_go)"; do
	cells_program "nu-$version" "$version" musl
	cells_program "ext-$version" "$version" musl -tags=ext
	cells_program "pie-$version" "$version" musl-pie
	cells_program "strip-$version" "$version" musl '-ldflags=-s -w'
done

cells_root musl || skip_all "$reason"
cells_at musl chroot none direct

cells_bundles "$root"
for place in bullseye empty; do
	cells_root $place || { skip "$place" "$reason"; continue; }
	cells_install musl "$T/root-musl"
	for entrance in runc-root runc-user bwrap chroot; do
		cells_can_enter $entrance || { skip "$place, $entrance" "$reason"; continue; }
		cells_at $place $entrance files own stub installed cache report-own report-installed
	done
	cells_at $place bare-chroot files plain-own plain-stub plain-installed
done
cells_table
finish
