#!/usr/bin/env bash
# Bundles in odd surroundings: strange processes to start from, other names for
# the stub, golaunch's own options, being PID 1; and bundles that are not whole.
. "$(dirname "$0")/../lib/cli.sh"
. "$TESTS/lib/cells.sh"

am_root || skip_all "other roots need root here"
for name in root/sid root/bullseye; do
	have $name || skip_all "$reason"
done
cells_init
cells_program nu "$(newest_go)" cgo || skip_all "$reason"
cells_program pie "$(newest_go)" cgo-pie
cells_program old 1.19 sid -tags=ext
cells_root bullseye
cells_nsswitch files
cells_bundles "$(readlink -f "$GL_CACHE/root/sid")"
NAMES=$(cat "$T/app/programs")

# The same without address space randomisation.
command_fixed-chroot() {
	command_chroot "$@"
	command=(setarch -R "${command[@]}")
}

# in_root_by ENTRANCE SCRIPT: in the root, from /app, with busybox as $b.
in_root_by() {
	cells_enter "$1" /app/busybox env -i PATH=/bin GODEBUG=netdns=cgo b=/app/busybox /app/busybox sh -c "cd /app; $2"
}
in_root() { in_root_by chroot "$@"; }

# holds DESCRIPTION WANT-LINE...: the program ran, every property of it was found, and these lines are there.
holds() {
	local line missing=
	for line in "${@:2}"; do
		grep -qxF -e "$line" "$T/out" || missing="$missing
no line: $line"
	done
	grep -q FAILED "$T/out" && missing="$missing
$(grep FAILED "$T/out")"
	[ "$status" = 0 ] || missing="$missing
status $status"
	if [ -z "$missing" ]; then pass "$1"; else fail "$1" "${missing#?}"; fi
}
all_well="again-exe reached"

# --- the process it starts from ---------------------------------------------------
for name in $NAMES; do
	stub=/app/$name.bundle/$name
	in_root_by fixed-chroot "exec $stub"
	holds "$name: without address randomisation" "$all_well" "executable $stub"
	in_root "ulimit -s unlimited; exec $stub"
	holds "$name: a stack without limit" "$all_well"
	in_root "ulimit -s 256; exec $stub"
	holds "$name: a stack of 256 KiB" "$all_well"
	in_root "ulimit -n 10; exec $stub plain"
	holds "$name: ten descriptors" "runs amd64"
	in_root "i=0; set --; while [ \$i -lt 2000 ]; do set -- \"\$@\" some-words-of-an-argument-\$i; i=\$((i+1)); done
		LONG=\$(\$b head -c 100000 /dev/zero | \$b tr '\\0' x) exec $stub \"\$@\""
	holds "$name: long arguments and a long environment" "$all_well" "cmdline ok"
	in_root "exec $stub plain 0<&- 2>&-"
	holds "$name: descriptors 0 and 2 closed" "runs amd64"
	# The host's libraries, where the user's variable names them: the bundle's come first, and children get it.
	in_root "LD_LIBRARY_PATH=/lib/x86_64-linux-gnu exec $stub"
	holds "$name: the user's LD_LIBRARY_PATH" "$all_well" "environment GODEBUG LD_LIBRARY_PATH OLDPWD PATH PWD SHLVL b"
	in_root "exec \$b env -i $stub plain"
	holds "$name: no environment at all" "runs amd64"
done

# --- its name ---------------------------------------------------------------------
in_root 'cd nu.bundle; exec ./nu'
holds "by a relative path" "executable /app/nu.bundle/nu" "name ./nu"
in_root 'PATH=/app/nu.bundle; exec nu'
holds "by PATH" "executable /app/nu.bundle/nu"
ln -s nu.bundle/nu "$T/app/called"
in_root 'exec ./called'
holds "by a link of another name" "executable /app/nu.bundle/nu" "name ./called"
cp -a "$T/app/nu.bundle" "$T/app/moved"
in_root 'exec ./moved/nu'
holds "from a directory of another name" "executable /app/moved/nu"
rm -rf "$T/app/moved" "$T/app/called"
cells_enter bare-chroot /app/busybox sh -c 'cd /app/nu.bundle && exec ./nu plain'
holds "by a relative path without /proc" "runs amd64"

# --- golaunch's options -------------------------------------------------------------
for name in $NAMES; do
	for options in "--user 1000:1000" "--cap none" "--policy none" "--no-supervise" "--capture all" \
		"--fallback always" "--bundle /app/$name.bundle" "--env-keep PATH --env-keep GODEBUG"; do
		in_root "exec /usr/bin/golaunch $options -- /app/$name"
		holds "$name: golaunch $options" "$all_well" "name /app/$name" "executable /app/$name.bundle/$name"
	done
done
in_root 'exec /usr/bin/golaunch --fallback never -- /app/nu'
check_status 126 "--fallback never: refused"
check_stderr_has GL2201 "--fallback never: for what the host lacks"
in_root 'exec /usr/bin/golaunch -- /app/bare/nu'
check_status 126 "no bundle: refused"
check_stderr_has GL2201 "no bundle: for what the host lacks"

# check_launch WANT ARG...: what check says of the launch.
check_launch() {
	in_root "exec /usr/bin/golaunch check --format json ${*:2}"
	check_json "$T/out" '.results[0] | .verdict + " " + .launch' "$1" "check ${*:2}: $1"
}
check_launch "runs bundle-stub" /app/nu
check_launch "refused none" /app/bare/nu
check_launch "refused none" --fallback never /app/nu
check_launch "runs direct" /bin/dash
cells_install glibc "$(readlink -f "$GL_CACHE/root/sid")"
check_launch "runs bundle-memfd" /app/bare/nu
check_launch "runs bundle-cache" --bundle-cache /cache /app/bare/nu
# A cache that cannot be used is a word, not an end; and what is said is what was done.
for cache in /etc /nowhere; do
	in_root "exec /usr/bin/golaunch --bundle-cache $cache -- /app/bare/nu plain"
	check_equal "$status $(cat "$T/out")" "0 runs amd64" "--bundle-cache $cache: the program runs all the same"
	check_matches "$T/err" "cache.*$cache" "--bundle-cache $cache: why it is not used"
	check_stderr_has "a stub in a memfd" "--bundle-cache $cache: what is used instead"
	check_stderr_lacks "a stub in the cache directory" "--bundle-cache $cache: and nothing else is said"
done
rm -rf "$root/usr/lib/golaunch/glibc.bundle"

# --- PID 1 ------------------------------------------------------------------------
if cells_can_enter runc-user; then
	cells_enter runc-user /usr/bin/golaunch -- /app/pie
	holds "as PID 1 of a container" "again-self reached" "name /app/pie" "executable /app/pie.bundle/pie"
	cells_enter runc-user /app/pie.bundle/pie
	holds "the stub itself as PID 1" "again-self reached" "executable /app/pie.bundle/pie"
else
	skip "as PID 1 of a container" "$reason"
fi

# --- bundles that are not whole: neither golaunch nor the stub runs anything ---------
# spoiled DESCRIPTION SCRIPT: what the script does to a copy of the bundle.
spoiled() {
	rm -rf "$T/app/nu.bundle"
	cp -a "$T/whole" "$T/app/nu.bundle"
	(cd "$T/app/nu.bundle" && eval "$2")
	in_root 'exec ./nu.bundle/nu plain'
	check_equal "$status $(wc -l <"$T/err") $(wc -c <"$T/out")" "126 1 0" "$1: the stub says one line: 126"
	in_root 'exec /usr/bin/golaunch -- ./nu plain'
	check_equal "$status $(wc -c <"$T/out")" "126 0" "$1: golaunch refuses"
	check_stderr_has GL7003 "$1: with GL7003"
}
cp -a "$T/app/nu.bundle" "$T/whole"
spoiled "no program" 'rm program/nu'
spoiled "an empty program" ': >program/nu'
spoiled "a program cut off" 'truncate -s 100000 program/nu'
spoiled "a directory for a program" 'rm program/nu; mkdir program/nu'
spoiled "a FIFO for a program" 'rm program/nu; mkfifo program/nu'
spoiled "no loader" 'rm lib/ld-linux-x86-64.so.2'
spoiled "a loader cut off" 'truncate -s 5000 lib/ld-linux-x86-64.so.2'
spoiled "a FIFO for a loader" 'rm lib/ld-linux-x86-64.so.2; mkfifo lib/ld-linux-x86-64.so.2'
spoiled "libc for a loader" 'cp lib/libc.so.6 lib/ld-linux-x86-64.so.2'
spoiled "no libraries" 'rm -r lib'
finish
