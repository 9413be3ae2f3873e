#!/usr/bin/env bash
# golaunch bundle create: what is in a bundle, that it runs, that the same input
# gives the same bytes, and that a failure leaves nothing behind.
. "$(dirname "$0")/../lib/cli.sh"

go=$(newest_go)
need_fixture "${go:-any}" nu cgo
cp "$program" "$T/nu"
mkdir "$T/one" "$T/two" "$T/bad"

create() {
	run "$GOLAUNCH" bundle create "$@"
}

# check_verifies DIR DESCRIPTION
check_verifies() {
	run "$GOLAUNCH" bundle verify "$1"
	check_status 0 "$2"
}

# check_left_alone DESCRIPTION: nothing new in $T/bad.
check_left_alone() {
	check_equal "$(ls -A "$T/bad")" "" "$1"
}

listing() { (cd "$1" && find . -printf '%P %M %T@ %s\n' | sort && find . -type f -exec sha256sum {} + | sort); }

# --- of this host -----------------------------------------------------------------
create "$T/nu"
check_status 0 "a program of this host"
check_quiet "without a word on stderr"
check_stdout_has "$T/nu.bundle: 1 program (" "says what it made"
check_stdout_has "run  $T/nu.bundle/nu" "and how to run it"
check_true "the stub has the program's name" test -x "$T/nu.bundle/nu"
check_true "the program is as it was" cmp -s "$T/nu" "$T/nu.bundle/program/nu"
manifest=$T/nu.bundle/manifest.json
check_json "$manifest" .schema golaunch.bundle/1 "the manifest's schema"
check_json "$manifest" .libc glibc "its libc"
check_json "$manifest" .libc_version "$(getconf GNU_LIBC_VERSION | sed 's/glibc //')" "and its version"
check_json "$manifest" '[.files[].role] | unique | join(" ")' "library loader program stub" "its roles"
check_json "$manifest" '[.files[].path] == ([.files[].path] | sort)' true "its files are sorted"
check_equal "$(jq -r '.files[].path' "$manifest" | sort)" \
	"$(cd "$T/nu.bundle" && find . -type f ! -name manifest.json -printf '%P\n' | LC_ALL=C sort)" "its files are all there are"
for name in libc.so.6 libnss_files.so.2 libnss_dns.so.2 libnss_compat.so.2 libresolv.so.2 libpthread.so.0; do
	check_json "$manifest" ".files[] | select(.path == \"lib/$name\") | .role" library "$name is in it"
done
check_json "$manifest" '.files[] | select(.path == "lib/libc.so.6") | .soname' libc.so.6 "a soname"
check_json "$manifest" '.files[] | select(.path == "lib/libc.so.6") | [.provides[] | select(. == "GLIBC_2.2.5" or . == "libc.so.6")] | join(" ")' \
	GLIBC_2.2.5 "the versions a library provides, without its own name"
check_equal "$(jq -r '.files[] | select(.path == "lib/libc.so.6") | .build_id' "$manifest")" \
	"$(readelf -n "$T/nu.bundle/lib/libc.so.6" | sed -n 's/.*Build ID: //p')" "a build id"
check_equal "$(jq -r '.files[] | select(.path == "lib/libc.so.6") | .sha256' "$manifest")" \
	"$(sha256sum "$T/nu.bundle/lib/libc.so.6" | cut -d' ' -f1)" "a hash"
check_lacks "$manifest" "$T" "no path of the builder in the manifest"
if have_command dpkg-query && package=$(dpkg-query --search "*/libc.so.6" 2>/dev/null | grep "$(uname -m)"); then
	check_json "$manifest" '.files[] | select(.path == "lib/libc.so.6") | .package' "${package%%: *}" "the package it is from"
	check_json "$manifest" '.files[] | select(.path == "lib/libc.so.6") | .package_version' \
		"$(dpkg-query --show --showformat='${Version}' "${package%%: *}")" "and its version"
else
	skip "the package it is from" "dpkg does not know this host's libc"
fi
check_verifies "$T/nu.bundle" "it is good"
run env -i "$T/nu.bundle/nu"
natively=$(env -i "$T/nu" 2>&1)
check_equal "$status $(cat "$T/out" "$T/err")" "0 $natively" "it runs as the program does"

# --- the same input, the same bytes -------------------------------------------------
(umask 077 && create -o "$T/one/a.bundle" "$T/nu" && [ "$status" = 0 ]) && pass "into another directory" || fail "into another directory"
(cd "$T" && LD_PRELOAD='' LD_LIBRARY_PATH=$T create -o two/b.bundle/ nu && [ "$status" = 0 ]) && pass "by a relative name" || fail "by a relative name"
check_equal "$(listing "$T/one/a.bundle")" "$(listing "$T/two/b.bundle")" "two bundles of one input: names, modes, times and bytes"
check_equal "$(listing "$T/one/a.bundle")" "$(listing "$T/nu.bundle")" "and the first is the same too"
# A launch and rsync look at size and time: where the bytes differ, so must these.
differences() { (cd "$1" && find . -type f ! -name manifest.json -printf '%s %T@ ' -exec sha256sum {} \; | awk '{ print $1, $2, $3 }' | sort -u); }
check_equal "$(differences "$T/nu.bundle" | cut -d' ' -f1,2 | uniq -d)" "" "files of one size and time are the same"
latest() { find "$1" -printf '%T@\n' | sort -n | tail -n 1; }
check_equal "$(latest "$T/nu.bundle")" 347155200.0000000000 "none is later than the folders"
check_true "and none before 1980" [ "$(find "$T/nu.bundle" ! -newermt @315532799 | wc -l)" = 0 ]
SOURCE_DATE_EPOCH=1234567890 create -o "$T/one/dated.bundle" "$T/nu"
check_equal "$(latest "$T/one/dated.bundle")" 1234567890.0000000000 "SOURCE_DATE_EPOCH is the latest"
check_json "$T/one/dated.bundle/manifest.json" '[.files[].mtime] | max > 1217000000 and max <= 1234567890' true "in the manifest too"
SOURCE_DATE_EPOCH=yesterday create -o "$T/one/a.bundle" "$T/nu"
check_equal "$status $(latest "$T/one/a.bundle")" "0 347155200.0000000000" "what is no number is passed over"

# --- replacing ----------------------------------------------------------------------
before=$(stat -c %i "$T/nu.bundle")
echo extra >"$T/nu.bundle/lib/extra"
create "$T/nu"
check_status 0 "a bundle is replaced"
check_true "by a new one" [ "$(stat -c %i "$T/nu.bundle")" != "$before" ]
check_verifies "$T/nu.bundle" "which is good"
check_equal "$(ls -A "$T" | grep -c 'nu\.bundle')" 1 "and the old one is gone"
mkdir "$T/bad/dir" && echo mine >"$T/bad/dir/file" && echo mine >"$T/bad/file"
ln -s ../nu.bundle "$T/bad/link"
for name in dir file link; do
	create -o "$T/bad/$name" "$T/nu"
	check_status 125 "a $name is not replaced"
	check_stderr_has "is no bundle" "and golaunch says why ($name)"
done
check_equal "$(cat "$T/bad/dir/file" "$T/bad/file" | xargs)" "mine mine" "nothing was touched"
check_equal "$(ls "$T/bad" | xargs)" "dir file link" "nothing was left"
rm -r "$T/bad" && mkdir "$T/bad"

# --- what cannot be bundled ----------------------------------------------------------
refused() { # CODE WORDS DESCRIPTION ARG...
	run "$GOLAUNCH" bundle create -o "$T/bad/x.bundle" "${@:4}"
	check_status 1 "$3: 1"
	check_stdout_has "$1" "$3: $1"
	check_stdout_has "$2" "$3: says so"
	check_left_alone "$3: nothing was written"
}
go_fixture "$go" hello && refused GL7004 "needs no bundle" "a static program" "$program"
printf '#!/bin/sh\n' >"$T/script" && chmod +x "$T/script"
refused GL7004 "no ELF program" "a script" "$T/script"
refused GL1001 "not there" "no program" "$T/nothing"
refused GL1105 "is text" "text" "$manifest"
mkdir "$T/again" && echo 'int main(void) { return 3; }' | gcc -x c -o "$T/again/nu" -
refused GL7004 "two files have one name" "two programs of one name" "$T/nu" "$T/again/nu"
run "$GOLAUNCH" bundle create --format json -o "$T/bad/x.bundle" "$T/script"
check_status 1 "findings as JSON: 1"
check_json "$T/out" '.schema + " " + .findings[0].code' "golaunch.bundle-create/1 GL7004" "their schema and codes"
if go_fixture "$go" hello 386; then
	refused GL7004 "not for the machine" "a 32-bit program" "$program"
fi

# --- libraries ----------------------------------------------------------------------
mkdir "$T/src" "$T/src/deep"
echo 'int two(void) { return 2; }' | gcc -shared -fPIC -Wl,-soname,libtwo.so.2 -x c -o "$T/src/deep/libtwo.so.2" -
echo 'int two(void); int one(void) { return two() - 1; }' |
	gcc -shared -fPIC -Wl,-soname,libone.so.1 -Wl,--enable-new-dtags -Wl,-rpath,'$ORIGIN/deep' -x c -o "$T/src/libone.so.1" - -x none "$T/src/deep/libtwo.so.2"
echo 'int one(void); int main(void) { return one() + 40; }' |
	gcc -Wl,-rpath,'$ORIGIN' -Wl,-rpath-link,"$T/src/deep" -x c -o "$T/src/app" - -x none "$T/src/libone.so.1"
create -o "$T/one/app.bundle" "$T/src/app"
check_status 0 "a program with libraries of its own"
check_true "they are in it" [ -f "$T/one/app.bundle/lib/libone.so.1" -a -f "$T/one/app.bundle/lib/libtwo.so.2" ]
check_true "a copy has no DT_RUNPATH" [ "$(readelf -d "$T/one/app.bundle/lib/"lib{one,two,c}.so* | grep -acE 'RUNPATH|RPATH')" = 0 ]
check_true "the program keeps its own" cmp -s "$T/src/app" "$T/one/app.bundle/program/app"
mv "$T/src" "$T/gone"
run "$T/one/app.bundle/app"
check_status 41 "it runs where they are gone"
cp "$T/gone/app" "$T/app"
refused GL2101 libone.so.1 "a library that is missing" "$T/app"
create -o "$T/two/both.bundle" "$T/nu" "$T/gone/app"
check_status 0 "two programs in one bundle"
run "$T/two/both.bundle/app"
check_status 41 "the second runs"

# --- without a program, and with iconv's modules --------------------------------------
create -o "$T/one/glibc.bundle" --format json
check_status 0 "a bundle of libc alone"
check_json "$T/out" '.dir' "$T/one/glibc.bundle" "JSON names the directory"
check_json "$T/out" '[.files[].role] | unique | join(" ")' "library loader" "no program is in it"
check_verifies "$T/one/glibc.bundle" "it is good"
if [ -d "$(dirname "$(gcc -print-file-name=libc.so.6)")/gconv" ] || ls -d /usr/lib*/*/gconv >/dev/null 2>&1; then
	create --gconv -o "$T/one/gconv.bundle" "$T/nu"
	check_status 0 "with iconv's modules"
	check_true "they are in it" [ -f "$T/one/gconv.bundle/lib/gconv/UTF-16.so" ]
	check_true "and listed" grep -q 'UTF-16' "$T/one/gconv.bundle/lib/gconv/gconv-modules"
	check_true "without the cache" [ ! -e "$T/one/gconv.bundle/lib/gconv/gconv-modules.cache" ]
	check_json "$T/one/gconv.bundle/manifest.json" .gconv true "the manifest says so"
	check_verifies "$T/one/gconv.bundle" "it is good"
else
	skip "with iconv's modules" "this host has none"
fi
create --libc "$(ldd "$T/nu" | sed -n 's/.*libc.so.6 => \(.*\) (.*/\1/p')" -o "$T/two/libc.bundle" "$T/nu"
check_equal "$status $(listing "$T/two/libc.bundle")" "0 $(listing "$T/nu.bundle")" "--libc with the libc of this host: the same bundle"

# A loader of another build, though all versions are there.
cp -r "$T/nu.bundle/lib" "$T/mixed"
sed -i 's/ld.so (\([A-Z]\)/ld.so (X/' "$T/mixed/"ld-*.so*
if cmp -s "$T/mixed/"ld-*.so* "$T/nu.bundle/lib/"ld-*.so*; then
	skip "parts of two builds" "this host's loader does not say which build it is of"
else
	refused GL7004 "not of one build" "parts of two builds" --libc "$T/mixed" "$T/nu"
fi

# --- of another root --------------------------------------------------------------------
if go_fixture "$go" ext sid && have root/sid; then
	create --from "$GL_CACHE/root/sid" -o "$T/one/sid.bundle" "$program"
	check_status 0 "a program for sid from sid's root"
	check_verifies "$T/one/sid.bundle" "it is good"
	run "$T/one/sid.bundle/ext"
	check_status 0 "it runs here"
	refused GL2201 "needs glibc" "the same from this host" "$program"
	check_stdout_has "from a system where it runs: --from SYSROOT" "and what helps"
else
	skip "a program for sid from sid's root" "$reason"
fi
if go_fixture "$go" nu musl && have root/musl; then
	create --from "$GL_CACHE/root/musl" -o "$T/one/musl.bundle" "$program"
	check_status 0 "a musl program from a musl root"
	check_equal "$(ls "$T/one/musl.bundle/lib")" "ld-musl-$(uname -m).so.1" "musl is one file"
	check_json "$T/one/musl.bundle/manifest.json" .libc musl "the manifest says so"
	run env -i "$T/one/musl.bundle/nu"
	check_status 0 "it runs here"
	create --from "$GL_CACHE/root/musl" --musl -o "$T/one/libc-musl.bundle"
	check_status 0 "musl alone"
	check_verifies "$T/one/libc-musl.bundle" "it is good"
	if [ -e "/lib/ld-musl-$(uname -m).so.1" ]; then
		cp "$program" "$T/nu-musl"
		refused GL7004 "another loader" "one of each libc" "$T/nu" "$T/nu-musl"
	else
		skip "one of each libc" "this host has no musl beside its glibc"
	fi
else
	skip "a musl program from a musl root" "$reason"
fi

# --- usage, and what fails on the way ---------------------------------------------------
rejected() { # DESCRIPTION ARG...
	run "$GOLAUNCH" bundle create "${@:2}"
	check_status 125 "$1: 125"
	check_left_alone "$1: nothing was written"
}
rejected "no program and no name"
rejected "--musl with a program" --musl -o "$T/bad/x" "$T/nu"
rejected "--musl with --gconv" --musl --gconv -o "$T/bad/x"
rejected "--from with --libc" --from / --libc /lib -o "$T/bad/x" "$T/nu"
rejected "an unknown option" --no-such -o "$T/bad/x" "$T/nu"
rejected "no such root" --from "$T/nowhere" -o "$T/bad/x" "$T/nu"
rejected "no such libc" --libc "$T/nowhere" -o "$T/bad/x" "$T/nu"
rejected "no such directory" -o "$T/bad/no/x" "$T/nu"
mkdir "$T/small"
if am_root && mount -t tmpfs -o size=2m tmpfs "$T/small" 2>/dev/null; then
	create -o "$T/small/x.bundle" "$T/nu"
	check_status 125 "a full disk: 125"
	check_stderr_has "No space left" "a full disk: says so"
	check_equal "$(ls -A "$T/small")" "" "a full disk: nothing is left"
	umount "$T/small"
else
	skip "a full disk" "no file system can be mounted here"
fi
mkdir "$T/limited"
run bash -c 'ulimit -f 1000; exec "$@"' - "$GOLAUNCH" bundle create -o "$T/limited/x.bundle" "$T/nu"
check_status 125 "ulimit -f: 125"
check_stderr_has "File too large" "ulimit -f: says so"
check_equal "$(ls -A "$T/limited")" "" "ulimit -f: nothing is left"
finish
