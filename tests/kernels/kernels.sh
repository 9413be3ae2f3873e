#!/usr/bin/env bash
# The same cells as tests/live/bundle.sh on older kernels, in virtual machines
# (lib/machine.sh): the musl root, the programs in /app.
. "$(dirname "$0")/../lib/cli.sh"
. "$TESTS/lib/cells.sh"
. "$TESTS/lib/machine.sh"

KERNELS=5.10
RUN_TIMEOUT=600

have root/sid || skip_all "$reason"
machine_need $KERNELS

# The entrances "kernel-VERSION" of cells_enter; the machine's own words are two cells of a program "machine".
machine() { # VERSION WORD...
	local world=$T/world
	rm -rf "$world"
	cp -a "$root" "$world"
	cp -a "$T/app/." "$world/app"
	echo "${@:2}" | machine_init "$world"
	machine_boot "$1" "$world"
}
command_kernel-5.10() { machine 5.10 "$@"; }

cells_init
cells_program nu-1.19 1.19 cgo
cells_program "nu-new" "$(newest_go)" cgo
cells_program "ext-new" "$(newest_go)" sid -tags=ext
cells_program "pie-new" "$(newest_go)" cgo-pie
cells_program "strip-new" "$(newest_go)" cgo '-ldflags=-s -w'
cells_root musl || skip_all "$reason"
cells_bundles "$(readlink -f "$GL_CACHE/root/sid")"
cells_install glibc "$(readlink -f "$GL_CACHE/root/sid")"

for version in $KERNELS; do
	have "kernel/$version" || { skip "kernel $version" "$reason"; continue; }
	cells_at musl "kernel-$version" compat own stub installed cache report-own report-installed
	check_matches "$T/got/kernel.machine" "^${version//./\\.}\." "it was kernel $version"
	check_true "it came to its end" [ -e "$T/got/end.machine" ]
done

# Without a bundle, under the default policy: a static program.
: >"$T/app/programs"
if cells_program static-new "$(newest_go)" static; then
	for version in $KERNELS; do
		have "kernel/$version" && cells_at musl "kernel-$version" files plain-launched
	done
fi
cells_table
finish
