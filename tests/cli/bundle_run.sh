#!/usr/bin/env bash
# Launching by a bundle: which one, by what method, what is said of it, and when
# it is refused.  (What programs see then is tests/live/bundle*.sh.)
. "$(dirname "$0")/../lib/cli.sh"

go=$(newest_go)
# It needs a loader and nothing else, so any bundle of this machine's libc carries it.
need_fixture "${go:-any}" inspect pie
inspect=$program
need_fixture "$go" hello pie
hello=$program
cd "$T" || exit 125
mkdir work && cd work || exit 125
cp "$inspect" app
run "$GOLAUNCH" bundle create ./app
check_status 0 "a bundle can be made"
[ "$status" = 0 ] || skip_all "no bundle can be made here"
cp -a app.bundle "$T/good.bundle"
run "$GOLAUNCH" bundle create -o "$T/libs.bundle"
check_status 0 "and one without programs"

# fresh: ./app with its own bundle beside it, as made.
fresh() {
	rm -rf app app.bundle cache
	cp "$inspect" app
	cp -a "$T/good.bundle" app.bundle
	mkdir cache
}
executable() { sed -n 's/^executable //p' "$T/out"; }
codes_said() { grep -oE '\[GL[0-9]{4}\]' "$T/err" | tr -d '[]' | sort -u | tr '\n' ' '; }
launch_of() { jq -r '.launch' "$1"; }

# --- which method, and what is said -----------------------------------------------
fresh
run "$GOLAUNCH" ./app
check_equal "$(executable)" "$PWD/app" "the host will do: the program itself is started"
run "$GOLAUNCH" --fallback always ./app one "two words"
check_status 0 "--fallback always: runs"
check_equal "$(executable)" "$PWD/app.bundle/app" "by the stub in its own bundle, whose path is its own"
check_quiet "without a word"
check_equal "$(grep '^arg ' "$T/out" | tr '\n' '|')" "arg 0 ./app|arg 1 one|arg 2 two words|" "arguments pass unchanged"
grep '^fd ' "$T/out" | awk '{ print $2 }' >"$T/fds"
run "$GOLAUNCH" ./app
check_equal "$(grep '^fd ' "$T/out" | awk '{ print $2 }' | cksum)" "$(cksum <"$T/fds")" "no descriptor is added"
run "$GOLAUNCH" -v --fallback always ./app
check_stderr_has "note[GL7001]" "-v: it is noted"
run "$GOLAUNCH" --fallback never ./app
check_equal "$(executable)" "$PWD/app" "--fallback never: the program itself"
run "$GOLAUNCH" --check off ./app
check_equal "$(executable)" "$PWD/app" "--check off: the program itself"
run "$GOLAUNCH" --check off --fallback always ./app
check_equal "$(executable)" "$PWD/app.bundle/app" "but --fallback always is heard"

ln -s "$PWD/app" "$T/link"
run "$GOLAUNCH" --fallback always "$T/link"
check_equal "$(executable)" "$PWD/app.bundle/app" "a link to the program: its bundle is beside the file"
(PATH=$PWD:$PATH && run "$GOLAUNCH" --fallback always app && [ "$(executable)" = "$PWD/app.bundle/app" ]) &&
	pass "found in PATH as well" || fail "found in PATH as well"

rm -rf app.bundle
run "$GOLAUNCH" --fallback always --bundle "$T/libs.bundle" ./app
check_status 0 "another bundle lends its loader"
check_matches "$T/out" '^executable /memfd:app' "through a memfd"
check_equal "$(head -n 1 "$T/err")" "golaunch: note[GL7001]: ./app runs with the bundle '$T/libs.bundle'" "which is said"
check_stderr_has "os.Executable() is no path there" "with what differs"
check_stderr_has "golaunch bundle create ./app" "and what helps"
check_true "in one block" [ "$(wc -l <"$T/err")" -le 10 ]
run "$GOLAUNCH" -q --fallback always --bundle "$T/libs.bundle" ./app
check_quiet "-q: not a word"
run "$GOLAUNCH" --fallback always --bundle ../libs.bundle ./app
check_matches "$T/out" '^executable /memfd:app' "a bundle may be named from the working directory"
for options in "--no-supervise" "--capture all" "--cap none" "--policy none" "--close-fds" "--env-clear"; do
	run "$GOLAUNCH" -q $options --fallback always --bundle "$T/libs.bundle" ./app
	check_equal "$status $(grep -c '^executable /memfd:app' "$T/out")" "0 1" "a memfd with $options"
done
run unshare --user --map-root-user --pid --fork --mount-proc "$GOLAUNCH" -q --fallback always --bundle "$T/libs.bundle" ./app
if [ "$status" = 0 ]; then
	check_matches "$T/out" '^executable /memfd:app' "a memfd as PID 1"
else
	skip "a memfd as PID 1" "no user namespace here"
fi

# --- the cache directory ------------------------------------------------------------
fresh
cached() { # OPTION...
	run "$GOLAUNCH" --fallback always --bundle "$T/libs.bundle" --bundle-cache cache "$@" ./app
}
umask 077
cached
umask 022
check_matches "$T/out" "^executable $PWD/cache/[0-9a-f]+/app\$" "--bundle-cache: the stub has a path"
check_quiet "and nothing is to be said"
stub=$(executable)
check_equal "$(find cache -type f | wc -l) $(stat -c %a "$stub") $(stat -c %a "${stub%/*}")" "1 755 755" \
	"one file, which others may execute"
ino=$(stat -c %i "$stub")
cached -v
check_equal "$(executable) $(stat -c %i "$stub")" "$stub $ino" "it is used again"
check_stderr_has "a stub in the cache directory" "-v says so"
printf x | dd of="$stub" bs=1 seek=100 conv=notrunc status=none
cached
check_equal "$(executable)" "$stub" "a changed one is replaced"
check_true "by a new file" [ "$(stat -c %i "$stub")" != "$ino" ]
run "$stub" alone
check_equal "$status $(executable)" "0 $stub" "it can be started by itself"
run "$GOLAUNCH" "$stub"
check_equal "$status $(executable)" "0 $stub" "and by golaunch"
chmod 777 cache
cached
check_matches "$T/out" '^executable /memfd:app' "a directory that others may write to is not used"
check_stderr_has "can be written to by other users" "and that is said"
chmod 755 cache
rm -rf cache
cached
check_matches "$T/out" '^executable /memfd:app' "nor one that is not there"
check_stderr_has "No such file" "which is said as well"
if am_root; then
	mkdir cache && chown 1234 cache
	cached
	check_stderr_has "belongs to another user" "nor somebody else's"
	chown 0 cache && chmod 700 cache
	cached --user 1234:1234
	check_equal "$status $(grep -c '^executable /memfd:app' "$T/out")" "0 1" "nor one that the program's user cannot enter"
	rm -rf cache
else
	skip "somebody else's cache directory" "not root"
fi
mkdir cache
run "$GOLAUNCH" --dry-run --fallback always --bundle "$T/libs.bundle" --bundle-cache cache ./app
check_matches "$T/out" '^launch +bundle-cache, supervised$' "--dry-run: the launch"
check_matches "$T/out" "^bundle +$T/libs.bundle\$" "and the bundle"
run "$GOLAUNCH" --dry-run --format json --fallback always --bundle "$T/libs.bundle" --bundle-cache cache ./app
check_json "$T/out" '[.launch, .bundle, .verdict] | join(" ")' "bundle-cache $T/libs.bundle runs" "as JSON too"
run "$GOLAUNCH" check --fallback always --bundle "$T/libs.bundle" --bundle-cache cache ./app
check_equal "$(ls cache)" "" "neither they nor check write there"
for _ in 1 2 3 4 5 6; do
	"$GOLAUNCH" --fallback always --bundle "$T/libs.bundle" --bundle-cache cache ./app >"$T/race.$_" 2>&1 &
done
wait
check_equal "$(cat "$T"/race.* | sed -n 's/^executable //p' | sort | uniq -c | awk '{ print $1, $2 }')" \
	"6 $(find "$PWD/cache" -type f)" "six at once make one file"

# --- options from the environment ---------------------------------------------------
GOLAUNCH_FALLBACK=always GOLAUNCH_BUNDLE=$T/libs.bundle run "$GOLAUNCH" -q ./app
check_matches "$T/out" '^executable /memfd:app' "GOLAUNCH_FALLBACK and GOLAUNCH_BUNDLE are heard"
check_lacks "$T/out" "GOLAUNCH_" "and not passed on"
check_equal "$(grep -cE '^env LD_' "$T/out")" "$(env | grep -c '^LD_')" "no LD_ variable is added"
GOLAUNCH_BUNDLE=/no/such GOLAUNCH_BUNDLE_CACHE=/no/such run "$GOLAUNCH" --policy default --fallback always ./app
check_equal "$status $(executable)" "0 $PWD/app.bundle/app" "a policy on the command line closes both"
run "$GOLAUNCH" --fallback sometimes ./app
check_status 125 "--fallback takes three words"
run "$GOLAUNCH" --bundle "" ./app
check_status 125 "--bundle takes a directory"

# --- check and report ----------------------------------------------------------------
verdict() { # WANT DESCRIPTION OPTION...
	local want=$1 description=$2
	shift 2
	run "$GOLAUNCH" check --format json "$@"
	check_equal "$status $(jq -r '.results[0] | .verdict + " " + .launch' "$T/out")" "$want" "check: $description"
}
fresh
verdict "0 runs direct" "the host will do" ./app
verdict "0 runs bundle-stub" "the program's own bundle" --fallback always ./app
check_json "$T/out" '[.results[0].findings[] | select(.code == "GL7001") | .evidence.bundle] | join(" ")' "$PWD/app.bundle" \
	"check: GL7001 names it"
verdict "0 runs bundle-memfd" "another's" --fallback always --bundle "$T/libs.bundle" ./app
verdict "0 runs bundle-cache" "with a cache directory" --fallback always --bundle "$T/libs.bundle" --bundle-cache cache ./app
verdict "0 runs bundle-memfd" "with one that will not do" --fallback always --bundle "$T/libs.bundle" --bundle-cache /no/such ./app
run "$GOLAUNCH" check --fallback always ./app
check_stdout_has ": runs here, with the bundle $PWD/app.bundle (bundle-stub)" "check: in words"
for options in "direct " "bundle-stub --fallback always" "bundle-memfd --fallback always --bundle $T/libs.bundle"; do
	run "$GOLAUNCH" -q --report "$T/report" ${options#* } ./app
	check_equal "$(tail -n 1 "$T/report" | jq -r .launch)" "${options%% *}" "report: launch is ${options%% *}"
done

# --- GL7002: there is none -------------------------------------------------------------
# refused CODE DESCRIPTION [OPTION...]: nothing was started, and that code is why.
refused() {
	local code=$1 description=$2
	shift 2
	run "$GOLAUNCH" --fallback always "$@"
	check_equal "$status $(codes_said)$(wc -c <"$T/out")" "126 $code 0" "$description"
}
rm -rf app.bundle
refused GL7002 "--fallback always without a bundle" ./app
refused GL7002 "--bundle names what is not there" --bundle /no/such.bundle ./app
check_stderr_has "/no/such.bundle" "it is named"
run "$GOLAUNCH" --report "$T/report" --fallback always ./app
check_equal "$(tail -n 1 "$T/report" | jq -r '[.cause.code, .launch, .outcome.kind, .phase] | join(" ")')" \
	"GL7002 none refused exec" "the report says so"
verdict "1 refused none" "the same" --fallback always ./app
check_equal "$(codes_of "$T/out" error)" GL7002 "check: GL7002"
run "$GOLAUNCH" --fallback always "$GOLAUNCH" --version
check_status 0 "a static program needs none"
fresh
run "$GOLAUNCH" --fallback always --bundle /no/such.bundle ./app
check_equal "$status $(executable)" "0 $PWD/app.bundle/app" "one that is not there is passed over for the next"

# --- GL7003: corrupt ---------------------------------------------------------------------
loader=$(cd "$T/libs.bundle/lib" && echo ld-*)
corrupt() { # DESCRIPTION COMMAND: breaks $T/bad.bundle, which is named
	rm -rf "$T/bad.bundle"
	cp -a "$T/libs.bundle" "$T/bad.bundle"
	(cd "$T/bad.bundle" && eval "$2")
	refused GL7003 "$1" --bundle "$T/bad.bundle" ./app
}
corrupt "a truncated loader" 'truncate -s 1000 lib/$loader'
check_stderr_has "lib/$loader" "the file is named"
corrupt "a changed one" 'printf x | dd of=lib/$loader bs=1 seek=5000 conv=notrunc status=none'
corrupt "one too many" 'cp lib/$loader lib/libextra.so'
corrupt "a manifest that is none" 'echo "{}" >manifest.json'
corrupt "no manifest" 'rm manifest.json'
corrupt "a link for a file" 'mv lib/$loader x && ln -s ../x lib/$loader'
run "$GOLAUNCH" --check warn --fallback always --bundle "$T/bad.bundle" ./app
check_equal "$status $(executable)" "0 $PWD/app" "--check warn: the program itself is tried"
check_stderr_has GL7003 "--check warn: with a word"
run "$GOLAUNCH" --bundle "$T/bad.bundle" ./app
check_equal "$status $(executable)" "0 $PWD/app" "where none is needed none is looked at"

# --- GL7004: unsuitable --------------------------------------------------------------------
chmod 777 app.bundle/lib
refused GL7004 "a bundle that everybody may write to" ./app
check_stderr_has "lib: may be written by everybody" "it says who"
verdict "1 refused none" "the same" --fallback always ./app
check_json "$T/out" '[.results[0].findings[] | select(.severity == "error") | .code] | join(" ")' GL7004 "once, though two names lead to it"
fresh
if am_root; then
	chown 1234 app.bundle/manifest.json
	refused GL7004 "a bundle of another user" ./app
	fresh
	chown -R 1234 app app.bundle
	run "$GOLAUNCH" --fallback always ./app
	check_equal "$status $(executable)" "0 $PWD/app.bundle/app" "unless the program is his too"
	fresh
	chmod 700 app.bundle/lib
	refused GL7004 "a bundle that the program's user may not read" --user 1234:1234 ./app
	check_stderr_has "user 1234 may not" "it says who"
	fresh
	chown 1234 app && chmod 4755 app
	refused GL7004 "a setuid program, which would lose that" --user 2345:2345 ./app
	check_stderr_has "setuid" "it says so"
	fresh
	run "$GOLAUNCH" --user 1234:1234 --fallback always ./app
	check_equal "$status $(grep -c '^Uid 1234 ' "$T/out")" "0 1" "--user: the bundle's stub runs as that user"
	run "$GOLAUNCH" -q --user 1234:1234 --cap none --no-supervise --fallback always --bundle "$T/libs.bundle" ./app
	check_equal "$status $(grep -c '^Uid 1234 ' "$T/out") $(grep -c '^executable /memfd:app' "$T/out")" "0 1 1" \
		"--user: and a memfd's too, in place"
else
	skip "bundles and other users" "not root"
fi
cp "$hello" app
refused GL7004 "the own bundle of another build" ./app
check_stderr_has "another build of the program" "it says so"
check_stderr_has "make it again: golaunch bundle create ./app" "and what helps"
run "$GOLAUNCH" -q --fallback always --bundle app.bundle ./app word
check_equal "$status $(cat "$T/out")" "0 hello word" "asked for by name it lends its loader"
fresh
rm -rf app.bundle
chmod 644 app
refused GL7004 "a program that may not be executed: the stub would not mind" --bundle "$T/libs.bundle" ./app
chmod 755 app
if go_fixture "$go" nu musl; then
	cp "$program" nu
	refused GL7004 "another libc" --bundle "$T/libs.bundle" ./nu
	check_stderr_has "it has glibc, the program needs musl" "it says which"
else
	skip "another libc" "$reason"
fi
fresh
if am_root && mkdir noexec && unshare --mount mount -t tmpfs -o noexec none noexec 2>/dev/null; then
	on_noexec() { # BUNDLE OPTION...: with a copy of it there
		run unshare --mount sh -c 'mount -t tmpfs -o noexec none noexec && cp -a "$1" noexec/b.bundle && mkdir noexec/c && shift && exec "$@"' \
			- "$1" "$GOLAUNCH" --fallback always "${@:2}" ./app
	}
	rm -rf app.bundle
	on_noexec "$T/libs.bundle" --bundle noexec/b.bundle
	check_equal "$status $(codes_said)$(wc -c <"$T/out")" "126 GL7004 0" "a bundle on a noexec mount"
	check_stderr_has "mounted noexec" "it says so"
	on_noexec "$T/libs.bundle" --bundle "$T/libs.bundle" --bundle-cache noexec/c
	check_equal "$status $(grep -c '^executable /memfd:app' "$T/out")" "0 1" "a cache directory on one is not used"
	mkdir -p full
	run unshare --mount sh -c 'mount -t tmpfs -o size=4k,mode=755 none full && exec "$@"' - \
		"$GOLAUNCH" --fallback always --bundle "$T/libs.bundle" --bundle-cache full --report fd:2 ./app
	check_equal "$status $(grep -c '^executable /memfd:app' "$T/out")" "0 1" "a full cache directory: a memfd"
	check_stderr_has "a stub in a memfd" "a full cache directory: GL7001 tells the way it was"
	check_matches "$T/err" "cache +not used: .*No space left" "a full cache directory: and why"
	check_stderr_has '"launch":"bundle-memfd"' "a full cache directory: the report too"
	fresh
else
	skip "a bundle on a noexec mount" "no mount here"
fi
if am_root && unshare --pid --fork --mount-proc sh -c 'echo 2 >/proc/sys/vm/memfd_noexec' 2>/dev/null; then
	rm -rf app.bundle
	noexec() { run unshare --pid --fork --mount-proc sh -c 'echo 2 >/proc/sys/vm/memfd_noexec; exec "$@"' - "$@"; }
	noexec "$GOLAUNCH" --fallback always --bundle "$T/libs.bundle" ./app
	check_equal "$status $(codes_said)$(wc -c <"$T/out")" "126 GL7004 0" "vm.memfd_noexec=2: no memfd"
	check_stderr_has "vm.memfd_noexec=2" "it is named"
	check_stderr_has "--bundle-cache DIR" "and the remedy"
	noexec "$GOLAUNCH" check --format json --fallback always --bundle "$T/libs.bundle" ./app
	check_json "$T/out" '.results[0].launch' none "check knows it too"
	noexec "$GOLAUNCH" --fallback always --bundle "$T/libs.bundle" --bundle-cache cache ./app
	check_equal "$status $(executable)" "0 $(find "$PWD/cache" -type f)" "which helps"
else
	skip "vm.memfd_noexec=2" "this kernel has none, or not root"
fi

rm -rf app.bundle
for name in with:colon 'with$dollar'; do
	cp -a "$T/libs.bundle" "$T/$name"
	refused GL7004 "$name: a path that cannot be searched" --bundle "$T/$name" ./app
	check_stderr_has "a ':', '\$' or newline in it" "it says so"
done
# A memfd is a file, too.
limited() { run bash -c 'ulimit -f 4; exec "$@"' - "$GOLAUNCH" "$@"; }
limited --fallback always --bundle "$T/libs.bundle" ./app
check_equal "$status $(codes_said)$(wc -c <"$T/out")" "126 GL7004 0" "ulimit -f: no memfd"
check_stderr_has "File too large" "it says why"
cp "$hello" hello
for options in -q "-q --no-supervise"; do
	limited $options --check warn --fallback always --bundle "$T/libs.bundle" ./hello word
	check_equal "$status $(cat "$T/out")" "0 hello word" "the program does not die of it: $options"
done

# --- PROGRAM is a stub -----------------------------------------------------------------------
fresh
for mode in auto never always; do
	run "$GOLAUNCH" --fallback $mode ./app.bundle/app x
	check_equal "$status $(executable) $(wc -c <"$T/err")" "0 $PWD/app.bundle/app 0" "a stub under --fallback $mode"
done
run "$GOLAUNCH" --report "$T/report" ./app.bundle/app
check_equal "$(tail -n 1 "$T/report" | jq -r '.launch + " " + .go.path')" "bundle-stub example.com/inspect" \
	"the report is about the program behind it"
verdict "0 runs bundle-stub" "a stub" ./app.bundle/app
check_json "$T/out" '.results[0] | .file + " " + .go.path + " " + .elf.interpreter' \
	"./app.bundle/app example.com/inspect $(readelf -lW app | sed -nE 's/.*interpreter: (.*)\]/\1/p')" "check: and the program behind it"
rm app.bundle/program/app
refused GL7003 "a stub without its program" ./app.bundle/app
fresh
chmod 777 app.bundle
refused GL7004 "a stub in a bundle that everybody may write to" ./app.bundle/app
fresh
cp app.bundle/app stray
refused GL7003 "a stub that strayed from its bundle" ./stray

# --- a host that will not do: glibc 2.31, and a program that needs 2.38 --------------------------
if ! am_root || ! new_root bullseye || ! go_fixture "$go" ext sid; then
	am_root || reason="not root"
	skip "a bundle on bullseye" "$reason"
	finish
fi
mkdir -p "$root/srv" "$root/usr/bin" "$root/usr/lib/golaunch" "$root/proc"
cp "$GOLAUNCH" "$root/usr/bin/golaunch"
cp "$program" "$root/srv/ext"
sysroot=$(readlink -f "$GL_CACHE/sysroot/sid")
run "$GOLAUNCH" bundle create --from "$sysroot" -o "$T/sid.bundle"
check_status 0 "a bundle of sid's glibc"
in_root() { run unshare --mount sh -c 'mount -t proc proc "$1/proc"; shift; exec chroot "$@"' - "$root" "$root" "$@"; }

in_root /usr/bin/golaunch /srv/ext
check_equal "$status $(codes_said)" "126 GL2201 " "no bundle anywhere: the host's own finding"
cp -a "$T/libs.bundle" "$root/usr/lib/golaunch/here.bundle"
in_root /usr/bin/golaunch /srv/ext
if "$GOLAUNCH" bundle show --format json "$T/libs.bundle" | grep -q GLIBC_2.38; then
	check_status 0 "this host's glibc is new enough"
else
	check_equal "$status $(codes_said)" "126 GL7004 " "an installed bundle that is too old"
	check_matches "$T/err" 'needs    GLIBC_2.38 ' "with the missing version"
	check_matches "$T/err" 'because  GL2201: .*this host has 2.31' "and why it was needed"
	in_root /usr/bin/golaunch check --format json /srv/ext
	check_json "$T/out" '.results[0].findings[] | select(.code == "GL7004") | .evidence.versions | join(" ")' GLIBC_2.38 \
		"check: the versions are evidence"
fi
cp -a "$T/sid.bundle" "$root/usr/lib/golaunch/there.bundle"
in_root /usr/bin/golaunch /srv/ext
check_equal "$status $(cat "$T/out")" "0 main reached 42" "the next one is tried, and carries it"
check_stderr_has "there.bundle" "it is named"
check_matches "$T/err" 'because  GL2201: .*this host has 2.31' "and why it was needed"
in_root /usr/bin/golaunch check --format json /srv/ext
check_json "$T/out" '.results[0] | .verdict + " " + .launch' "runs bundle-memfd" "check knows"
run chroot "$root" /usr/bin/golaunch -q --user 1234:1234 /srv/ext
check_equal "$status $(cat "$T/out")" "0 main reached 42" "without /proc and as a user too"
run chroot "$root" /usr/bin/golaunch --fallback never /srv/ext
check_equal "$status $(codes_said)" "126 GL2201 " "--fallback never: the host's own finding"
rm -rf "$root/usr/lib/golaunch"
in_root /usr/bin/golaunch check --format json /srv/ext
check_json "$T/out" '.results[0] | .verdict + " " + .launch' "refused none" "and without them it is refused"

# --- the same from outside --------------------------------------------------------------------
from_outside() { verdict "$@" --sysroot "$root" "$root/srv/ext"; }
from_outside "1 refused none" "a sysroot without a bundle"
cp -a "$T/sid.bundle" "$root/srv/any.bundle"
from_outside "0 runs bundle-memfd" "a sysroot with a bundle that is named" --bundle "$root/srv/any.bundle"
run "$GOLAUNCH" bundle create --from "$sysroot" -o "$root/srv/ext.bundle" "$root/srv/ext"
check_status 0 "a bundle for the program there"
from_outside "0 runs bundle-stub" "a sysroot with the program's own bundle"
check_json "$T/out" '.results[0].findings[] | select(.code == "GL7001") | .evidence.bundle' /srv/ext.bundle "check: its place inside"
run "$GOLAUNCH" check --sysroot "$root" --bundle "$T/sid.bundle" "$root/srv/ext"
check_status 125 "a bundle outside of the sysroot is none for it"
in_root /usr/bin/golaunch --user 1234:1234 /srv/ext
check_equal "$status $(cat "$T/out")" "0 main reached 42" "and there it runs"
finish
