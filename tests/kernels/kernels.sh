#!/usr/bin/env bash
# The same cells as tests/live/bundle.sh on older kernels: in a virtual machine,
# by software emulation (KVM is often not to be had, or not usable, where tests
# run).  Its whole world is an initramfs: the musl root, the programs in /app,
# and an /init that runs them and powers off.
. "$(dirname "$0")/../lib/cli.sh"
. "$TESTS/lib/cells.sh"

KERNELS=5.10
RUN_TIMEOUT=600
MEGABYTES=1024

have_command qemu-system-x86_64 || skip_all "$reason"
have root/sid || skip_all "$reason"
[ -e "$GL_CACHE/kernel/${KERNELS%% *}/vmlinuz" ] || "$TESTS/setup/prepare" kernels

# machine_init WORD...: what the machine does; its own words are two cells of a program "machine".
machine_init() {
	cat <<-INIT
		#!/app/busybox sh
		/app/busybox mount -t proc proc /proc
		/app/busybox mount -t devtmpfs dev /dev
		/app/busybox mount -t tmpfs -o mode=0700 tmpfs /cache
		/app/busybox ip link set lo up
		/app/busybox mount -o remount,ro /
		echo; echo "=== machine kernel"
		/app/busybox uname -r
		$*
		echo "=== machine end"
		/app/busybox poweroff -f
	INIT
}

# The entrances "kernel-VERSION" of cells_enter.
machine() { # VERSION WORD...
	local world=$T/world
	rm -rf "$world"
	cp -a "$root" "$world"
	cp -a "$T/app/." "$world/app"
	machine_init "${@:2}" >"$world/init"
	chmod 755 "$world/init"
	(cd "$world" && find . | busybox cpio -o -H newc -R 0:0) >"$T/world.cpio"
	rm -rf "$world"
	# TCG by name: nested KVM hangs on some machines.
	command=(bash -c 'set -o pipefail; "$@" | tr -d "\r"' machine
		qemu-system-x86_64 -accel tcg,thread=multi -cpu max -m $MEGABYTES -smp 2 -nographic -no-reboot
		-nodefaults -serial stdio -kernel "$GL_CACHE/kernel/$1/vmlinuz" -initrd "$T/world.cpio"
		-append 'console=ttyS0 panic=-1 quiet loglevel=1')
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
