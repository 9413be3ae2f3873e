#!/usr/bin/env bash
# Go programs of a newer glibc where the host has none, an older one or musl:
# by a bundle they run, and cannot tell.
#
# {net and os/user, C code of its own (linked against sid's glibc), PIE,
# stripped} x Go {1.19, 1.23, the newest}, in read-only roots {musl, bullseye,
# empty}, entered as Docker would (uid 0 and 1000, no capabilities), by bwrap as
# nobody and by chroot; started by golaunch with the program's own bundle, by
# the bundle's stub itself, with the installed bundle and with a cached stub.
. "$(dirname "$0")/../lib/cli.sh"
. "$TESTS/lib/cells.sh"

am_root || skip_all "other roots need root here"
have root/sid || skip_all "$reason"
cells_init
for version in 1.19 1.23 "$(newest_go)"; do
	cells_program "nu-$version" "$version" cgo
	cells_program "ext-$version" "$version" sid -tags=ext
	cells_program "pie-$version" "$version" cgo-pie
	cells_program "strip-$version" "$version" cgo '-ldflags=-s -w'
done

# Where the host will do, all is as the cells expect: what they check is the program, not the bundle.
cells_root sid || skip_all "$reason"
cells_at sid chroot files direct

cells_bundles "$root"
for place in musl bullseye empty; do
	cells_root $place || { skip "$place" "$reason"; continue; }
	cells_install glibc "$T/root-sid"
	for entrance in runc-root runc-user bwrap chroot; do
		cells_can_enter $entrance || { skip "$place, $entrance" "$reason"; continue; }
		case $entrance in runc-*) cells_check_container $entrance ;; esac
		cells_at $place $entrance files own stub report-own
		cells_at $place $entrance compat own stub
		cells_at $place $entrance none installed cache report-installed report-cache
	done
	cells_at $place bare-chroot none plain-own plain-stub plain-installed
done
cells_table
finish
