#!/usr/bin/env bash
# Real programs of sid, with all the C libraries they use, in a bullseye root:
# what they do there from a bundle is what they do at home.
. "$(dirname "$0")/../lib/cli.sh"
. "$TESTS/lib/cells.sh"

am_root || skip_all "chroot needs root"
for name in root/sid root/bullseye program/sid; do
	have $name || skip_all "$reason"
done

# What each is asked; "version" is the least that shows its own code running.
version_of() {
	case $1 in
	hugo | restic) echo version ;;
	gocryptfs) echo -version ;;
	*) echo --version ;;
	esac
}

cells_init
cells_root sid || skip_all "$reason"
home=$root
cells_root bullseye || skip_all "$reason"
abroad=$root
for name in hugo restic age podman skopeo gocryptfs; do
	cp "$GL_CACHE/program/sid/usr/bin/$name" "$T/app/$name"
done

# at ROOT COMMAND...: in that root; /cache is a directory of its own each time.
at() {
	root=$1
	cells_enter chroot "${@:2}"
}

# same DESCRIPTION SCRIPT: for a shell in a writable directory, at home and abroad, by golaunch and by
# the stub; $P is the program called $name.
same() {
	local description=$1 want how
	at "$home" /app/busybox sh -ec "P=/app/$name; $2"
	want="$status $(cat "$T/out")"
	check_true "$description: at home it says something" [ "$status" = 0 -a -s "$T/out" ]
	for how in "/usr/bin/golaunch -- /app/$name" "/app/$name.bundle/$name"; do
		at "$abroad" /app/busybox sh -ec "P='$how'; $2"
		check_equal "$status $(cat "$T/out")" "$want" "$description: the same by ${how%% *}"
	done
}

for name in hugo restic age podman skopeo gocryptfs; do
	at "$abroad" "/app/$name" "$(version_of $name)"
	check_true "$name: the host alone cannot run it" [ "$status" != 0 ]
	run "$GOLAUNCH" bundle create --from "$home" "$T/app/$name"
	check_status 0 "$name: a bundle is made"
	run "$GOLAUNCH" bundle verify "$T/app/$name.bundle"
	check_status 0 "$name: and it is whole"
	same "$name $(version_of $name)" "\$P $(version_of $name)"
done

# Beyond the version: threads, files and children, the C++ of libsass, libcrypto, sqlite.
work() { # NAME SCRIPT
	name=$1
	same "$name at work" 'cd /cache; export HOME=/cache TMPDIR=/cache PATH=/bin; b=/app/busybox; '"$2"
}
work restic 'export RESTIC_PASSWORD=x; echo cargo >file; $P -r r init >&2; $P -r r backup file >&2
	$P -r r check >&2; $P -r r restore latest --target out >&2; $b cat out/file'
work hugo '$P new site s >&2; cd s; $b mkdir -p assets layouts; echo "\$c: #111; a { b { color: \$c } }" >assets/m.scss
	printf "%s" "{{ \$s := resources.Get \"m.scss\" | toCSS (dict \"transpiler\" \"libsass\") }}{{ \$s.Content }}" >layouts/index.html
	$P >&2; $b cat public/index.html'
work gocryptfs '$b mkdir c; echo secret >pass; $P -init -q -scryptn 10 -passfile pass c >&2; $b ls c; $P -info c'
work skopeo 'echo "{\"schemaVersion\":2}" >m; $P manifest-digest m'
finish
