# Virtual machines with older kernels, by software emulation (KVM is often not to be
# had, or not usable, where tests run).  A machine's whole world is an initramfs: a
# directory with an /init that does what is to be done and powers off.  Sourced after
# cli.sh.

MACHINE_MEGABYTES=1024

# machine_need VERSION...: the file is skipped without the emulator; kernels are fetched.
machine_need() {
	have_command qemu-system-x86_64 || skip_all "$reason"
	local version
	for version in "$@"; do
		[ -e "$GL_CACHE/kernel/$version/vmlinuz" ] || "$TESTS/setup/prepare" kernels
	done
}

# machine_init WORLD: its /init does what stdin says, a shell script; /app/busybox must be there.
machine_init() {
	{
		cat <<-'BEGIN'
			#!/app/busybox sh
			/app/busybox mount -t proc proc /proc
			/app/busybox mount -t devtmpfs dev /dev
			/app/busybox mount -t tmpfs -o mode=0700 tmpfs /cache
			/app/busybox ip link set lo up
			/app/busybox mount -o remount,ro /
			echo; echo "=== machine kernel"
			/app/busybox uname -r
		BEGIN
		cat
		cat <<-'END'
			echo "=== machine end"
			/app/busybox poweroff -f
		END
	} >"$1/init"
	chmod 755 "$1/init"
}

# machine_boot VERSION WORLD: sets ${command[@]}, which prints what the machine prints; WORLD is used up.
machine_boot() {
	(cd "$2" && find . | busybox cpio -o -H newc -R 0:0) >"$T/world.cpio" 2>"$T/world.log"
	rm -rf "$2"
	# TCG by name: nested KVM hangs on some machines.
	command=(bash -c 'set -o pipefail; "$@" | tr -d "\r"' machine
		qemu-system-x86_64 -accel tcg,thread=multi -cpu max -m $MACHINE_MEGABYTES -smp 2 -nographic -no-reboot
		-nodefaults -serial stdio -kernel "$GL_CACHE/kernel/$1/vmlinuz" -initrd "$T/world.cpio"
		-append 'console=ttyS0 panic=-1 quiet loglevel=1')
}
