#!/usr/bin/env bash
# The default policy on a live kernel: what it stops, what it lets work, and
# that the program cannot turn on golaunch.
. "$(dirname "$0")/../lib/cli.sh"

cp "$GOLAUNCH" "$HELPERS/denied" "$HELPERS/attack" "$T/" || exit 125
STOPPED="mount bpf kexec_load keyctl userfaultfd io_uring_setup unshare setns int80-mount int80-keyctl int80-unshare"
docker_caps=chown,dac_override,fsetid,fowner,mknod,net_raw,setgid,setuid,setfcap,setpcap,net_bind_service,sys_chroot,kill,audit_write
as_user=(setpriv --reuid=1234 --regid=1234 --clear-groups --)
as_docker=(setpriv --inh-caps=-all "--bounding-set=-all,+${docker_caps//,/,+}" --)
am_root || { as_user=(env) as_docker=(env); }

answer() { sed -n "s/^$1 //p" "$T/out"; }

denials() { # LABEL COMMAND...: what stands before golaunch
	local label=$1 name
	shift
	run "$@" "$T/denied"
	cp "$T/out" "$T/without"
	run "$@" "$T/golaunch" -- "$T/denied"
	check_status 0 "$label: the program ends well"
	for name in $STOPPED; do
		check_equal "$(answer $name)" EPERM "$label: $name is stopped"
	done
	check_equal "$(answer getppid) $(answer int80-getppid)" "0 0" "$label: harmless calls work, by int 0x80 too"
	check_equal "$(answer clone3)" ENOSYS "$label: clone3 does not exist, so libc falls back"
	check_equal "$(answer future)" ENOSYS "$label: calls newer than the policy do not exist"
	check_equal "$(answer x32-getppid) $(answer x32-mount)" "ENOSYS ENOSYS" "$label: x32 does not exist"
	check_true "$label: without golaunch it is not so" [ "$(grep -c EPERM "$T/without")" -lt "$(grep -c EPERM "$T/out")" ]
}
denials "a user" "${as_user[@]}"
if am_root; then
	denials "root with Docker's capabilities" "${as_docker[@]}"
	# With the capability the call is let through, as Docker does.
	run "$T/golaunch" -- "$T/denied" mount
	check_equal "$(answer mount)" EFAULT "root with all capabilities: mount is let through"
fi
run "${as_user[@]}" "$T/golaunch" --policy none -- "$T/denied" keyctl
check_true "--policy none: nothing is stopped" [ "$(answer keyctl)" != EPERM ]

# --- no new privileges: only where the kernel demands it ---------------------------
need_fixture "$(newest_go)" inspect
cp "$program" "$T/inspect"
run "${as_user[@]}" "$T/golaunch" "$T/inspect"
check_matches "$T/out" "^Seccomp 2" "a user: a filter is on"
if am_root; then
	check_has "$T/out" "NoNewPrivs 1" "a user: no_new_privs, the kernel demands it"
	run "$T/golaunch" "$T/inspect"
	check_has "$T/out" "NoNewPrivs 0" "root: not"
	check_matches "$T/out" "^Seccomp 2" "root: a filter is on"
fi

# --- the program against golaunch ----------------------------------------------------
attack() { # LABEL COMMAND...
	local label=$1 way
	shift
	run "$@" "$T/golaunch" -- "$T/attack"
	for way in mem vm trace descriptor; do
		check_true "$label: $way is refused ($(answer $way))" [ "$(answer $way)" != 0 -a -n "$(answer $way)" ]
	done
}
run "${as_user[@]}" /bin/sh -c "'$T/attack'; :"
check_equal "$(answer mem) $(answer trace)" "0 0" "an ordinary parent can be attacked"
attack "a user" "${as_user[@]}"
run "${as_user[@]}" "$T/golaunch" --policy none -- "$T/attack"
check_true "a user, without a policy: mem is refused" [ "$(answer mem)" != 0 ]
check_true "a user, without a policy: trace is refused" [ "$(answer trace)" != 0 ]
am_root && attack "root with Docker's capabilities" "${as_docker[@]}"

# --- ordinary work -------------------------------------------------------------------
cd "$T" || exit 125
if have program/bookworm && have program/libraries; then
	mkdir -p site/content site/layouts/_default && cp "$(readlink -f "$GL_CACHE/program/bookworm")/usr/bin/hugo" "$T/"
	cp -r "$(readlink -f "$GL_CACHE/program/libraries")" "$T/libraries"
	printf 'title = "test"\nbaseURL = "http://localhost/"\n' >site/config.toml
	printf -- '---\ntitle: page\n---\nwords of the page\n' >site/content/page.md
	echo '<html>{{ .Content }}</html>' | tee site/layouts/_default/single.html >site/layouts/_default/list.html
	am_root && chown -R 1234:1234 site
	run "${as_user[@]}" env HOME="$T/site" LD_LIBRARY_PATH="$T/libraries/usr/lib/x86_64-linux-gnu" "$T/golaunch" -- "$T/hugo" -s "$T/site"
	check_status 0 "hugo builds a site"
	check_true "and the page is there" grep -q "words of the page" "$T/site/public/page/index.html"
else
	skip "hugo builds a site" "$reason"
fi
for suite in bookworm sid; do
	have "program/$suite" || { skip "$suite restic" "$reason"; continue; }
	mkdir -p "$T/$suite/data/sub" && cp "$GL_CACHE/program/$suite/usr/bin/restic" "$T/$suite/"
	head -c 5000000 /dev/urandom >"$T/$suite/data/random" && echo words >"$T/$suite/data/sub/words"
	am_root && chown -R 1234:1234 "$T/$suite"
	restic=("${as_user[@]}" env HOME="$T/$suite" RESTIC_PASSWORD=secret RESTIC_REPOSITORY="$T/$suite/repo" "$T/golaunch" -- "$T/$suite/restic")
	run "${restic[@]}" init && run "${restic[@]}" backup "$T/$suite/data"
	check_status 0 "$suite restic backs up"
	run "${restic[@]}" restore latest --target "$T/$suite/restored"
	check_status 0 "$suite restic restores"
	check_true "$suite restic: what comes back is the same" diff -r "$T/$suite/data" "$T/$suite/restored$T/$suite/data"
done

for version in 1.19 "$(newest_go)"; do
	go_fixture "$version" http || { skip "go $version HTTP server" "$reason"; continue; }
	cp "$program" "$T/http"
	mkdir -p -m 777 "$T/open" && rm -f "$T/open/address"
	"${as_user[@]}" "$T/golaunch" -- "$T/http" serve "$T/open/address" >"$T/served" 2>&1 &
	server=$!
	wait_for 10 test -s "$T/open/address"
	run "${as_user[@]}" "$T/golaunch" -- "$T/http" load "$(cat "$T/open/address")" 10000
	check_equal "$status $(cat "$T/out")" "0 requests 10000" "go $version HTTP server answers 10,000 requests"
	kill -TERM $server
	wait $server
	check_equal "$? $(cat "$T/served")" "0 stopped" "go $version HTTP server stops well on SIGTERM"
done

if go_fixture "$(newest_go)" hello 386; then
	cp "$program" "$T/hello386"
	run "${as_user[@]}" "$T/golaunch" -- "$T/hello386" x
	check_equal "$status $(cat "$T/out")" "0 hello x" "a 32-bit program runs"
	run "${as_user[@]}" "$T/golaunch" -- /bin/sh -c "'$T/hello386' child; echo \$?"
	check_equal "$(cat "$T/out")" "hello child
0" "a 32-bit child runs"
fi
finish
