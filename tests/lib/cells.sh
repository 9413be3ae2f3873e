# Foreign roots, entered as containers, sandboxes and chroots enter them, with
# Go programs in /app that look at all a launch could have changed (the fixture
# "travel").  Sourced after cli.sh, by the tests of bundles.
#
# A cell is one program started one way in one root entered one way; it passes
# if the program's whole output is what it must be.  The programs of one entry
# run one after the other (cells-inside.sh), so that an entry is paid for once.

CELLS_RUNC_ID=golaunch-cells-$$
CELLS_NOBODY=65534
# An address of this test's own, so that tests at the same time do not meet.
CELLS_DNS=127.$((RANDOM % 200 + 20)).$((RANDOM % 250 + 1)).53
declare -A cells_passed cells_run
# The programs say which descriptors they got: none of whoever started this test.
for fd in /proc/self/fd/*; do
	fd=${fd##*/}
	[ "$fd" -le 2 ] || [ "$fd" = 255 ] || eval "exec $fd>&-"
done

# cells_init: $T/app, with all but the programs.
cells_init() {
	mkdir -p "$T/app/bare"
	cp "$(command -v busybox)" "$T/app/busybox"
	cp "$TESTS/lib/cells-inside.sh" "$T/app/cells"
	: >"$T/app/programs"
}

# cells_program NAME VERSION VARIANT [ARG...]: the fixture, as /app/NAME and /app/bare/NAME.
cells_program() {
	local name=$1 version=$2
	shift 2
	if ! go_fixture "$version" travel "$@"; then
		skip "$name" "$reason"
		return 1
	fi
	cp "$program" "$T/app/$name"
	ln "$T/app/$name" "$T/app/bare/$name"
	echo "$name" >>"$T/app/programs"
}

# --- roots ----------------------------------------------------------------------

# cells_root NAME: $root, with what the properties need in its /etc, and /bin/maps where a libc is.
cells_root() {
	new_root "$1" || return 1
	mkdir -p "$root"/{app,etc,proc,dev,tmp,cache,sys,usr/bin,usr/lib/golaunch}
	mv "$root/golaunch" "$root/usr/bin/golaunch"
	printf '%s\n' root:x:0:0::/:/bin/sh nobody:x:$CELLS_NOBODY:$CELLS_NOBODY::/:/bin/sh \
		traveller:x:4242:4343::/home/traveller:/bin/sh >"$root/etc/passwd"
	printf '%s\n' root:x:0: travellers:x:4343: >"$root/etc/group"
	printf '%s\n' '127.0.0.1 localhost' '192.0.2.7 lighthouse' >"$root/etc/hosts"
	echo "nameserver $CELLS_DNS" >"$root/etc/resolv.conf"
	cells_maps "$1" || return 1
}

# /bin/maps: a dynamic program of the root's own that prints its mappings.
cells_maps() {
	case $1 in
	bullseye)
		printf '%s\n' '#!/bin/dash' 'while read -r line; do echo "$line"; done </proc/self/maps' >"$root/bin/maps"
		chmod 755 "$root/bin/maps"
		;;
	musl)
		musl-gcc -x c -o "$root/bin/maps" - <<-'C' || { reason="musl-gcc does not work"; return 1; }
			#include <stdio.h>
			int main(void)
			{
				FILE *maps = fopen("/proc/self/maps", "r");
				int c;
				while ((c = getc(maps)) != EOF)
					putchar(c);
				return 0;
			}
		C
		;;
	esac
}

# cells_nsswitch PASSWD: the root's nsswitch.conf says so; "none": there is none.
cells_nsswitch() {
	rm -f "$root/etc/nsswitch.conf"
	[ "$1" = none ] || printf '%s\n' "passwd: $1" "group: $1" 'hosts: files dns' >"$root/etc/nsswitch.conf"
}

# cells_bundles SYSROOT: each program's own bundle, /app/NAME.bundle, from that root's libc.
cells_bundles() {
	local name
	while read -r name; do
		run "$GOLAUNCH" bundle create --from "$1" "$T/app/$name"
		check_status 0 "$name: a bundle is made"
	done <"$T/app/programs"
}

# cells_install LIBC SYSROOT: the bundle that "make install" would put there, of that root's libc, in $root.
cells_install() {
	local out=$root/usr/lib/golaunch/$1.bundle
	case $1 in
	musl) set -- --from "$2" --musl ;;
	glibc) set -- --from "$2" ;;
	esac
	run "$GOLAUNCH" bundle create -o "$out" "$@"
	check_status 0 "a bundle to be installed is made"
}

# --- ways in --------------------------------------------------------------------

# command_ENTRANCE WORD...: sets $command, which runs the words in $root, read-only, with /app in it.

# Mounts of their own; /cache is writable.
chroot_with() { # MOUNTS WORD...
	command=(unshare -m sh -ec '
		root=$1 app=$2
		mount --bind "$root" "$root"
		mount --bind "$app" "$root/app"
		mount -t tmpfs -o mode=0700 tmpfs "$root/cache"
		'"$1"'
		mount -o remount,bind,ro "$root"
		mount -o remount,bind,ro "$root/app"
		shift 2
		exec chroot "$root" "$@"' sh "$root" "$T/app" "${@:2}")
}

command_chroot() {
	chroot_with 'mount -t proc proc "$root/proc"; mount --bind /dev "$root/dev"' "$@"
}

# No /proc and no /dev.
command_bare-chroot() {
	chroot_with : "$@"
}

command_bwrap() {
	command=(setpriv --reuid="$CELLS_NOBODY" --regid="$CELLS_NOBODY" --clear-groups
		bwrap --ro-bind "$root" / --ro-bind "$T/app" /app --proc /proc --dev /dev --tmpfs /cache
		--unshare-all --cap-drop ALL --chdir / "$@")
}

# What all containers have in common, once.
runc_base() {
	local kernel
	[ ! -e "$T/oci/base.json" ] || return 0
	kernel=$(uname -r | sed -E 's/^([0-9]+)\.([0-9]+).*/[\1, \2]/')
	mkdir -p "$T/oci"
	(cd "$T/oci" && runc spec) >/dev/null
	jq --arg machine amd64 --argjson kernel "$kernel" -f "$TESTS/lib/docker_seccomp.jq" \
		"$GL_CACHE/docker-profile/seccomp.json" >"$T/oci/seccomp.json"
	jq --arg app "$T/app" --slurpfile seccomp "$T/oci/seccomp.json" '
		.process |= (.terminal = false | .env = ["PATH=/bin", "GODEBUG=netdns=cgo"] | .capabilities = {} | .noNewPrivileges = true) |
		.mounts |= map(select(.destination | . == "/proc" or . == "/dev")) +
			[{destination: "/app", type: "bind", source: $app, options: ["bind", "ro"]},
			 {destination: "/cache", type: "tmpfs", source: "tmpfs", options: ["mode=0755"]}] |
		.linux.sysctl = {"net.ipv4.ip_unprivileged_port_start": "0"} |
		.linux.seccomp = $seccomp[0]' "$T/oci/config.json" >"$T/oci/base.json"
}

# As Docker starts a container with --cap-drop ALL --read-only: its seccomp profile, no_new_privs,
# and its sysctl that lets anybody bind low ports.
runc_as() { # UID WORD...
	runc_base
	local words
	words=$(printf '%s\036' "${@:2}" | jq -Rs 'split("\u001e")[:-1]')
	jq --argjson uid "$1" --arg root "$root" --argjson words "$words" '
		.process.user = {uid: $uid, gid: $uid} | .process.args = $words | .root = {path: $root, readonly: true} |
		.mounts |= map(if .destination == "/cache" then .options += ["uid=\($uid)"] else . end)' \
		"$T/oci/base.json" >"$T/oci/config.json"
	command=(runc --root "$T/runc-state" run --bundle "$T/oci" "$CELLS_RUNC_ID")
}

command_runc-root() { runc_as 0 "$@"; }
command_runc-user() { runc_as 1000 "$@"; }

# cells_enter ENTRANCE WORD...: runs the words there, as run does.
cells_enter() {
	local command
	"command_$1" "${@:2}"
	run "${command[@]}" </dev/null
	last_command="in ${root##*/}, by $1: ${*:2}"
}

# cells_can_enter ENTRANCE: a trivial command runs there; else $reason.
cells_can_enter() {
	case $1 in
	runc-*) have_command runc && have docker-profile || return 1 ;;
	bwrap) have_command bwrap || return 1 ;;
	esac
	cells_enter "$1" /app/busybox true
	reason="$1 does not work here: $(tail -n 1 "$T/err")"
	[ "$status" = 0 ]
}

# cells_check_container ENTRANCE: it is the poor place it is meant to be.
cells_check_container() {
	cells_enter "$1" /app/busybox sh -c "/app/busybox grep -hE '^(CapPrm|CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status
		/app/busybox touch /file /app/file 2>/dev/null || echo read-only; /app/busybox unshare -U true 2>/dev/null || echo no namespaces"
	check_equal "$(tr -s '\t\n' '  ' <"$T/out")" "CapPrm: 0000000000000000 CapEff: 0000000000000000 CapBnd: 0000000000000000 \
NoNewPrivs: 1 Seccomp: 2 read-only no namespaces " "$1: no capabilities, a filter, nothing to write to, no namespaces"
}

# --- what a program must say ------------------------------------------------------

# What must be said of the child: the libraries that the root's own program has without golaunch.
child_libraries() {
	[ -e "$root/bin/maps" ] || { echo none; return; }
	cells_enter chroot /bin/sh -c /bin/maps
	awk '$6 ~ /\.so/ { print $6 }' "$T/out" | sort -u | paste -sd ' ' | sed 's/^/its own: /'
}

# expect_note NAME: what golaunch says of a launch without a path.
expect_note() {
	cat <<-EXPECT
		stderr: golaunch: note[GL7001]: /app/bare/$1 runs with the bundle '$installed'
		stderr:   method   a stub in a memfd
		stderr:   differs  os.Executable() is no path there: it names a memfd
	EXPECT
}

# expect_travel NAME WAY: everything but what is said on stderr; from the place's $child and $dns.
expect_travel() {
	local called=/app/bare/$1 executable again=reached number=none child=$child
	case $2 in
	direct)
		executable=$called
		# A musl program on musl: one libc, one file.
		case $place/$1 in musl/*) child=${child/its own/ours} ;; esac
		;;
	stub) called=/app/$1.bundle/$1 executable=$called ;;
	own) called=/app/$1 executable=/app/$1.bundle/$1 ;;
	cache) executable=/cache/KEY/$1 ;;
	installed)
		# The one property that is lost.
		executable="FAILED: stat /memfd:$1: no such file or directory"
		again="FAILED: fork/exec /memfd:$1: no such file or directory"
		;;
	esac
	case $1 in *ext*) number=42 ;; esac
	cat <<-EXPECT
		args ["one" "two words" ""]
		name $called
		directory /app
		input "cargo"
		cmdline ok
		comm $1
		executable $executable
		environment A GODEBUG PATH
		descriptors [0 1 2]
		again-exe $again
		again-self reached
		child $child
		user traveller 4242 /home/traveller 4343
		users ok
		host 192.0.2.7
		dns $dns
		number $number
		status 0
	EXPECT
}

# expect_report HOW: the panic's report.
WRECK_LINE=$(grep -n 'panic(' "$TESTS/fixtures/go/travel/wreck.go" | cut -d: -f1)
expect_report() {
	echo "main.wreck wreck.go $WRECK_LINE panic main $1"
	echo "status 2"
}

cells_expect() { # NAME WAY
	case $2 in
	plain-*) printf 'runs amd64\nstatus 0\n' ;;
	report-own) expect_report bundle-stub ;;
	report-installed) expect_report bundle-memfd ;;
	report-cache) expect_report bundle-cache ;;
	*) expect_travel "$1" "$2" ;;
	esac
	case $2 in installed | plain-installed) expect_note "$1" ;; esac
}

# --- running and comparing --------------------------------------------------------

# cells_split FILE: one file of $T/got for each cell in it.
cells_split() {
	rm -rf "$T/got"
	mkdir "$T/got"
	awk -v dir="$T/got" '
		/^=== / { close(file); file = dir "/" $3 "." $2; printf "" >file; next }
		file { print >file }' "$1"
}

cells_count() { # KEY PASSED
	cells_run[$1]=$((${cells_run[$1]-0} + 1))
	cells_passed[$1]=$((${cells_passed[$1]-0} + $2))
}

# cells_compare LABEL KEY GOT WANT: one TAP line.
cells_compare() {
	if [ "$3" = "$4" ]; then
		pass "$1"
		cells_count "$2" 1
	else
		fail "$1" "$(diff <(echo "$4") <(echo "$3") | grep '^[<>]' | head -n 12)"
		cells_count "$2" 0
	fi
}

# Where the panic was by its report, and how the program was launched.
found_report() { # GOT-FILE
	grep '^{' "$1" | jq -r '[.frames[0].function, (.frames[0].file | sub(".*/"; "")), .frames[0].line,
		.panic.kind, .phase, .launch] | map(tostring) | join(" ")' 2>&1
	grep '^status' "$1"
}

# What the program said, then what stands on stderr: of golaunch's note the lines that expect_note has.
found_words() { # GOT-FILE
	grep -v '^stderr: ' "$1" | sed -E 's:^(executable /cache)/[^/]+/:\1/KEY/:'
	grep '^stderr: ' "$1" | grep -vE '^stderr:   (bundle|because|fix)  '
}

cells_found() { # NAME WAY
	local got=$T/got/$2.$1
	if [ ! -e "$got" ]; then
		echo "it did not run"
		return
	fi
	case $2 in
	report-*) found_report "$got" ;;
	*) found_words "$got" ;;
	esac
}

# cells_at ROOT ENTRANCE NSSWITCH WAY...: every program by every way, there.  $root is ROOT's.
cells_at() {
	local place=$1 entrance=$2 nsswitch=$3 name way child installed dns=198.51.100.9
	shift 3
	installed=$(cd "$root" && ls -d usr/lib/golaunch/*.bundle 2>/dev/null)
	installed=/$installed
	child=$(child_libraries)
	[ "$child" != "its own: " ] || fail "$place: its own program shows no libraries"
	# The one entrance without a right or sysctl for port 53.
	[ "$entrance" != bwrap ] || dns="not allowed"
	cells_nsswitch "$nsswitch"
	cells_enter "$entrance" /app/busybox sh /app/cells "$@"
	cells_split "$T/out"
	# A failed cell shows its own lines, not everybody's.
	: >"$T/out"
	while read -r name; do
		for way in "$@"; do
			cells_compare "$place, $entrance, passwd: $nsswitch: $name, $way" "$place $entrance" \
				"$(cells_found "$name" "$way")" "$(cells_expect "$name" "$way")"
		done
	done <"$T/app/programs"
}

# cells_table: for who asks by GL_TABLE.
cells_table() {
	local key
	[ -n "${GL_TABLE-}" ] || return 0
	for key in "${!cells_run[@]}"; do
		echo "# table: $key ${cells_passed[$key]}/${cells_run[$key]}"
	done | sort
}
