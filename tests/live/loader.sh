#!/usr/bin/env bash
# The loader stub as a black box: bundles made by hand, started by their own
# name; what holds in them must be what holds after a plain execve.  Then files
# that are not what they should be: one line and 126, never a crash.
NO_GOLAUNCH=1
. "$(dirname "$0")/../lib/cli.sh"

stub=$(readlink -f "$GL_BUILD/loader/stub")
[ -x "$stub" ] || skip_all "no loader stub for this machine in $GL_BUILD"
[ "$(uname -m)" = x86_64 ] || skip_all "the libraries at hand are for x86-64"
have root/sid || skip_all "$reason"
have_command gcc || skip_all "$reason"
sid=$(readlink -f "$GL_CACHE/root/sid")
ALL_FACTS='exe comm env fds maps stack auxv execfn data'

# --- the stub itself ----------------------------------------------------------
check_equal "$(readelf -lW "$stub" | grep -c INTERP)" 0 "it has no interpreter"
check_equal "$(readelf -dW "$stub" | grep -c NEEDED)" 0 "it needs no library"
check_equal "$(readelf --dyn-syms -W "$stub" | awk '$7 == "UND" && $8 != ""')" "" "it has no undefined symbol"
check_matches <(readelf -rW "$stub") "no relocations" "it has no relocations, which nobody would process"
check_true "it is smaller than 40 KiB" [ "$(stat -c %s "$stub")" -lt 40960 ]
check_equal "$(readelf -lW "$stub" | grep -c 'NOTE .* R ')" 1 "its slot is in a segment of its own that is read"
check_matches <(readelf -lW "$stub") 'GNU_STACK .* RW ' "its stack is not executable"

# --- bundles ---------------------------------------------------------------------
# bundle KIND PROGRAM [NAME]: $bundle is $where/NAME.bundle, $app its stub.
where=$T
bundle() {
	local name=${3:-${2##*/}} library
	bundle=$where/$name.bundle app=$where/$name.bundle/$name
	rm -rf "$bundle"
	mkdir -p "$bundle/program" "$bundle/lib"
	cp "$stub" "$app"
	cp "$2" "$bundle/program/$name"
	case $1 in
	glibc)
		for library in ld-linux-x86-64.so.2 libc.so.6 libpthread.so.0 libdl.so.2 libresolv.so.2 libm.so.6 \
			libgcc_s.so.1 libnss_files.so.2 libnss_dns.so.2 libnss_compat.so.2; do
			cp -L "$sid/usr/lib/x86_64-linux-gnu/$library" "$bundle/lib/" 2>/dev/null
		done
		;;
	musl)
		cp -L "$(readlink -f "$GL_CACHE/root/musl")/lib/ld-musl-x86_64.so.1" "$bundle/lib/"
		ln -s ld-musl-x86_64.so.1 "$bundle/lib/libc.so"
		;;
	esac
	chmod -R a+rX "$bundle"
}

# build NAME COMPILER [FLAG...]: the probe as $T/NAME.
build() {
	"${@:2}" -o "$T/$1" "$TESTS/fixtures/loader/probe.c"
}

# facts PROGRAM [NAME...]: what the probe says, with the bundle's paths as the plain program's.
facts() {
	"$1" ${2:-$ALL_FACTS} 2>&1 | sed "s|$bundle/program/|$T/|g; s|$bundle/|$T/|g"
}

mkdir "$T/extra"
printf 'int extra(void);\nint extra(void) { return 3; }\n' >"$T/extra.c"
gcc -shared -fPIC -o "$T/extra/libextra.so" "$T/extra.c"

# --- as after execve ----------------------------------------------------------------
same_as_plain() { # KIND PROGRAM DESCRIPTION
	bundle "$1" "$T/$2"
	facts "$T/$2" >"$T/plain"
	check_equal "$(facts "$app")" "$(cat "$T/plain")" "$3: sees what it sees after execve"
	"$app" exit
	check_equal $? 42 "$3: its exit status"
}
build pie gcc -pie && same_as_plain glibc pie "a PIE program"
build nopie gcc -no-pie && same_as_plain glibc nopie "a program at a fixed address"
build stripped gcc -s -Wl,-z,now && same_as_plain glibc stripped "a stripped one"
build execstack gcc -z execstack && same_as_plain glibc execstack "one with an executable stack"
check_has "$T/plain" "stack rwxp" "(its stack is)"
build aligned gcc -pie -Wl,-z,max-page-size=0x200000 && same_as_plain glibc aligned "one aligned to 2 MiB"
build separate gcc -Wl,-z,noseparate-code && same_as_plain glibc separate "one whose segments share file pages"
if have_command musl-gcc && have root/musl; then
	build musl musl-gcc -no-pie && bundle musl "$T/musl"
	check_equal "$(facts "$app" "exe auxv data maps")" "$(printf 'exe %s\nauxv entry phdr kernel base\ndata 7 0\nmaps %s' "$T/musl" "$T/musl")" \
		"a musl program"
else
	skip "a musl program" "$reason"
fi

# DT_RUNPATH becomes part of DT_RPATH, $ORIGIN the program's directory.
for tag in --enable-new-dtags --disable-new-dtags; do
	build origin gcc -DEXTRA -Wl,$tag,-rpath,'$ORIGIN/x:${ORIGIN}/extra' -L"$T/extra" -lextra -Wl,--no-as-needed -lextra
	bundle glibc "$T/origin"
	cp -r "$T/extra" "$bundle/program/"
	run "$app" extra maps
	check_equal "$(head -n 1 "$T/out")" "extra 3" "a program's own \$ORIGIN, $tag"
done

# --- the ways it can be started ---------------------------------------------------------
bundle glibc "$T/pie" pie
mkdir "$T/links"
ln -s "$app" "$T/links/abs"
ln -s abs "$T/links/rel"
run "$T/links/rel" exe
check_stdout_has "exe $app" "through links"
run env -C "$bundle" ./pie exe
check_stdout_has "exe $app" "by a relative path"
run env -C "$bundle" PATH="$bundle:$PATH" pie exe
check_stdout_has "exe $app" "by PATH"
run setarch -R "$app" address
first=$(cat "$T/out")
run setarch -R "$app" address
check_equal "$(cat "$T/out")" "$first" "at the same address without randomization"
"$app" address >"$T/one" && "$app" address >"$T/two"
check_true "at another with it" [ "$(cat "$T/one")" != "$(cat "$T/two")" ]
for size in unlimited 256; do
	run bash -c "ulimit -s $size; exec '$app' auxv data"
	check_equal "$(cat "$T/out")" "$(printf 'auxv entry phdr kernel base\ndata 7 0')" "ulimit -s $size"
done
run "$app" count $(seq 1 20000) "$(head -c 100000 /dev/zero | tr '\0' x)"
check_equal "$(cat "$T/out")" "count 20003 100000" "20,000 arguments, the last of 100,000 bytes"
run env -i "$app" env
check_equal "$(cat "$T/out")" "env 0 variables" "an empty environment"
"$app" exit 0<&- 1>&- 2>&-
check_equal $? 42 "descriptors 0, 1 and 2 closed"
check_equal "$("$app" fds 0<&- 2>&-)" "$("$T/pie" fds 0<&- 2>&-)" "and none is left in their places"
run env GCONV_PATH=/x LD_LIBRARY_PATH=/lib/x86_64-linux-gnu "$app" env
check_stdout_has "env GCONV_PATH=/x" "the user's own variables stay"
check_stdout_has "env LD_LIBRARY_PATH=/lib/x86_64-linux-gnu" "all of them"
run "$HELPERS/refuse" prctl personality -- "$app" exe data
check_equal "$(cat "$T/out")" "$(printf 'exe %s\ndata 7 0' "$app")" "under a filter that answers EPERM to prctl and personality"
run "$HELPERS/refuse" readlinkat -- "$app" data
check_equal "$(cat "$T/out")" "data 7 0" "to readlinkat, which tells where it is: called by its path"
run env -C "$bundle" "$HELPERS/refuse" readlinkat getcwd -- ./pie data
check_equal "$status $(cat "$T/err")" "126 golaunch: error[GL7002]: ./pie: its bundle cannot be found: /proc is missing and its name is not known" \
	"by a relative path and getcwd too: refused"
cp "$app" "$bundle/going"
cp "$bundle/program/pie" "$bundle/program/going"
(exec 9<"$bundle/going" && rm "$bundle/going" && cp "$stub" "$bundle/going" && exec /proc/self/fd/9 exit)
check_equal $? 42 "by a descriptor of a stub that has been replaced"

# --- the slot ---------------------------------------------------------------------------
# patch FILE FLAGS PROGRAM LIB: writes into the note, as golaunch does.
patch() {
	local note
	note=$(LC_ALL=C grep -abo golaunch "$1" | head -n 1 | cut -d: -f1)
	note=$((note + 12))
	printf "$2" | dd of="$1" bs=1 seek=$((note + 4)) conv=notrunc status=none
	printf '%s' "$3" | dd of="$1" bs=1 seek=$((note + 8)) conv=notrunc status=none
	printf '%s' "$4" | dd of="$1" bs=1 seek=$((note + 8 + 4096)) conv=notrunc status=none
}
cp "$stub" "$T/elsewhere"
patch "$T/elsewhere" '\0' "$bundle/program/pie" "$bundle/lib"
run "$T/elsewhere" exe execfn maps env
check_equal "$(head -n 3 "$T/out")" "$(printf 'exe %s\nexecfn %s\nmaps %s' "$T/elsewhere" "$T/elsewhere" "$bundle/program/pie")" \
	"a stub with its paths in the slot"
check_stdout_has "env $(env | wc -l) variables" "with the environment it was given"
patch "$T/elsewhere" '\3' "$bundle/program/pie" "$bundle/lib"
run env -i A=1 "$T/elsewhere" comm execfn env auxv
check_equal "$(cat "$T/out")" "$(printf 'comm pie\nexecfn %s\nenv GCONV_PATH=%s\nenv 2 variables\nauxv entry phdr kernel base' \
	"$bundle/program/pie" "$bundle/lib/gconv")" "a memfd's stub with gconv"
run env -i GCONV_PATH=/mine "$T/elsewhere" env
check_equal "$(cat "$T/out")" "$(printf 'env GCONV_PATH=/mine\nenv 1 variables')" "the user's GCONV_PATH comes first"

# --- Go programs in other roots ------------------------------------------------------------
go_in_roots() { # KIND VERSION FIXTURE VARIANT [ARG...]
	local kind=$1 name place uid
	shift
	if ! go_fixture "$@"; then
		skip "Go $*" "$reason"
		return
	fi
	for place in bullseye musl empty; do
		have "root/$place" || { skip "Go $* on $place" "$reason"; continue; }
		root=$T/root-$place
		[ -d "$root" ] || cp -a "$(readlink -f "$GL_CACHE/root/$place")" "$root"
		mkdir -p "$root/app" "$root/etc"
		echo 'root:x:0:0:root:/:/bin/sh' >"$root/etc/passwd"
		where=$root/app bundle "$kind" "$program" prog
		for uid in 0 65534; do
			# Without /proc, too: there is none in these roots.
			run chroot --userspec=$uid:$uid "$root" /app/prog.bundle/prog
			check_equal "$status $(head -n 1 "$T/out" | cut -c 1-12)" "0 main reached" "Go $* on $place, uid $uid"
		done
	done
}
if am_root; then
	new=$(newest_go)
	for version in 1.19 ${new#1.19}; do
		go_in_roots glibc "$version" nu cgo
		go_in_roots glibc "$version" nu cgo-pie
		go_in_roots glibc "$version" nu cgo '-ldflags=-s -w'
		go_in_roots glibc "$version" ext sid
		go_in_roots musl "$version" nu musl
	done
else
	skip "Go programs in other roots" "chroot needs root"
fi

# --- what is not as it should be ------------------------------------------------------------
# refused CODE FILE TEXT DESCRIPTION [COMMAND...]: 126, one line of that form.
refused() {
	local code=$1 file=$2 text=$3 description=$4
	shift 4
	run "${@:-$app}"
	check_equal "$status $(cat "$T/err")" "126 golaunch: error[$code]: $file: $text" "$description"
}

# hostile DESCRIPTION CODE FILE TEXT COMMAND...: a fresh bundle, in which COMMAND spoils FILE.
hostile() {
	local description=$1 code=$2 file=$3 text=$4
	shift 4
	bundle glibc "$T/pie" h
	file=$bundle/$file
	"$@" "$file"
	refused "$code" "$file" "$text" "$description"
}
cut_at() { truncate -s "$1" "$2"; }
replace_by() { rm -rf "$2" && cp -rL "$1" "$2"; }
make_dir() { rm "$1" && mkdir "$1"; }
make_fifo() { rm "$1" && mkfifo "$1"; }
make_loop() { rm "$1" && ln -s "${1##*/}" "$1"; }
make_socket() { replace_by_link /dev/null "$1"; }
replace_by_link() { rm "$2" && ln -s "$1" "$2"; }
write_text() { echo "#!/bin/sh" >"$1"; }
# poke OFFSET BYTES FILE
poke() { printf "$2" | dd of="$3" bs=1 seek="$1" conv=notrunc status=none; }

loader=lib/ld-linux-x86-64.so.2
for file in program/h $loader; do
	hostile "$file: missing" GL7003 $file "cannot be opened (ENOENT)" rm
	hostile "$file: a directory" GL7003 $file "is not a regular file" make_dir
	hostile "$file: a FIFO" GL7003 $file "is not a regular file" make_fifo
	hostile "$file: a device" GL7003 $file "is not a regular file" make_socket
	hostile "$file: a link to itself" GL7003 $file "cannot be opened (ELOOP)" make_loop
	hostile "$file: empty" GL7003 $file "is not an ELF file" cut_at 0
	hostile "$file: a script" GL7003 $file "is not an ELF file" write_text
	hostile "$file: cut in the header" GL7003 $file "is cut off: a part that its headers name is missing" cut_at 40
	hostile "$file: cut in the middle" GL7003 $file "is cut off: a part that its headers name is missing" cut_at 8000
	hostile "$file: for another machine" GL7003 $file "is for another machine" poke 18 '\267'
	hostile "$file: of 32 bits" GL7003 $file "is not a 64-bit little-endian ELF file" poke 4 '\1'
	hostile "$file: garbage for program headers" GL7003 $file "has malformed program headers" poke 54 '\377\377\377\377'
	hostile "$file: starts in nothing" GL7003 $file "starts outside of its code" poke 24 '\377\377\377\377\377\377\377\377'
done
hostile "the program: an object file" GL7003 program/h "is neither a program nor a shared object" poke 16 '\1'
hostile "the program: static" GL7003 program/h "is a static program, which needs no bundle" replace_by "$HELPERS/direct"
hostile "the program: the stub itself" GL7003 program/h "is a static program, which needs no bundle" replace_by "$stub"
hostile "the loader: a program" GL7003 $loader "is not a loader" replace_by /bin/true
hostile "the loader: libc" GL7003 $loader "is not a loader" replace_by "$sid/usr/lib/x86_64-linux-gnu/libc.so.6"
bundle glibc "$T/pie" h
replace_by "$sid/usr/lib/x86_64-linux-gnu/libm.so.6" "$bundle/$loader"
run "$app"
check_equal $status 126 "the loader: a library"
check_stderr_has "$bundle/$loader: " "the loader: a library: said"
check_equal "$(wc -l <"$T/err")" 1 "the loader: a library: in one line"

# Damage anywhere in the first bytes.  What the stub lets pass may still kill the program's loader: there the same
# file would die after execve, too.
# stopped_in_stub GO: whether a debugged $app, after gdb's command GO, is in the stub's own code.
stopped_in_stub() {
	local word begin end path pc=-1
	while read -r word begin end path; do
		case $word in
		pc) pc=$begin ;;
		map) [ "$path" != "$app" ] || ((pc < begin || pc >= end)) || return 0 ;;
		esac
	done < <(gdb -nx -batch -ex "$1" -ex 'printf "pc %p\n", $pc' -ex 'info proc mappings' --args "$app" exit 2>/dev/null |
		awk '/^pc / { print } $1 ~ /^0x/ && $2 ~ /^0x/ && $NF ~ /^\// { print "map", $1, $2, $NF }')
	return 1
}
bundle glibc "$T/pie" h
untold=0 crashed=0
for ((i = 0; i < 1000; i += 7)); do
	cp "$T/pie" "$bundle/program/h"
	poke $i '\377\0\377\200' "$bundle/program/h"
	{ timeout 20 "$app" exit >/dev/null 2>"$T/err"; } 2>/dev/null
	code=$?
	case $code in
	126) grep -qE '^golaunch: error\[GL[0-9]{4}\]: .*/h\.bundle/(program|lib)/' "$T/err" || untold=$((untold + 1)) ;;
	124) untold=$((untold + 1)) ;;
	139) ! stopped_in_stub run || crashed=$((crashed + 1)) ;;
	esac
done
check_equal "$untold $crashed" "0 0" "damaged headers: a line, or the program's own end"
! have_command gdb || check_true "(in the stub is where it starts)" stopped_in_stub starti

# Names.
bundle glibc "$T/pie" $'a\nb'
rm "$bundle/program/"*
refused GL7003 "$T/a\\x0ab.bundle/program/a\\x0ab" "cannot be opened (ENOENT)" "a control character in a path is escaped"
mkdir "$T/co:lon" && where=$T/co:lon && bundle glibc "$T/pie" c
refused GL7004 "$bundle/lib" "cannot be a library path: it has a ':', '\$' or newline in it" "a colon in the bundle's path"
where=$T
long=$(printf '%0200d/' {1..19})
mkdir -p "$T/$long" && bundle glibc "$T/pie" long
(cd "$T/$long" && cp -r "$bundle/." . && exec "./$(basename "$app")" exit) 2>"$T/err"
check_true "a path near PATH_MAX: runs, or is refused" [ $? = 42 -o -s "$T/err" ]

# Addresses and limits.
build null gcc -no-pie -Wl,-Ttext-segment=0 && bundle glibc "$T/null"
refused GL7003 "$bundle/program/null" "has segments that cannot be loaded" "a program at address 0"
build huge gcc -DHUGE=0x40000000 && bundle glibc "$T/huge"
refused GL7004 "$bundle/program/huge" "cannot be mapped (ENOMEM)" "more memory than ulimit -v allows" \
	bash -c "ulimit -v 500000; exec '$app' exit"

bundle glibc "$T/pie"
refused GL7003 "$bundle/program/pie" "cannot be opened (EPERM)" "openat denied" "$HELPERS/refuse" openat -- "$app"
refused GL7003 "$bundle/program/pie" "cannot be read (EPERM)" "pread64 denied" "$HELPERS/refuse" pread64 -- "$app"

# Privileges and mounts.
if am_root; then
	bundle glibc "$T/pie"
	chmod u+s "$app"
	refused GL5006 "$app" "is setuid, setgid or has capabilities: refused, it would load libraries by place" \
		"setuid" setpriv --reuid=65534 --regid=65534 --clear-groups "$app" exit
	run "$app" exit
	check_status 42 "root itself gains nothing by it"
	bundle glibc "$T/pie"
	if have_command setcap && setcap cap_net_raw+ep "$app" 2>/dev/null; then
		refused GL5006 "$app" "is setuid, setgid or has capabilities: refused, it would load libraries by place" \
			"file capabilities" setpriv --reuid=65534 --regid=65534 --clear-groups "$app" exit
	else
		skip "file capabilities" "${reason:-setcap does not work here}"
	fi
	mkdir "$T/noexec"
	if unshare -m mount -t tmpfs -o noexec none "$T/noexec" 2>/dev/null; then
		cp "$stub" "$T/outside"
		patch "$T/outside" '\0' "$T/noexec/pie.bundle/program/pie" "$T/noexec/pie.bundle/lib"
		refused GL1004 "$T/noexec/pie.bundle/program/pie" \
			"cannot be mapped for execution: its file system is mounted noexec" "a noexec mount" \
			unshare -m sh -c "mount -t tmpfs -o noexec none '$T/noexec' && cp -r '$T/pie.bundle' '$T/noexec/' && exec '$T/outside'"
	else
		skip "a noexec mount" "mount does not work here"
	fi
else
	skip "setuid, capabilities, noexec" "needs root"
fi

# --- debuggers ----------------------------------------------------------------------------
# Given the program's path, gdb finds where it is and its libraries by what the kernel tells.
if have_command gdb; then
	build debugged gcc -g -pie && bundle glibc "$T/debugged"
	"$app" auxv pause >"$T/started" &
	paused=$!
	wait_for 20 grep -q auxv "$T/started"
	run gdb -nx -batch -iex 'set exec-file-mismatch off' -iex 'set debuginfod enabled off' -ex bt -ex 'info sharedlibrary' \
		-p $paused "$bundle/program/debugged"
	kill $paused
	if grep -qi 'ptrace: .*not permitted' "$T/err"; then
		skip "gdb shows frames and libraries" "ptrace is not permitted here"
	else
		check_matches "$T/out" '^#.* say_pause \(\)' "gdb shows the program's frames"
		check_stdout_has "$bundle/lib/libc.so.6" "and its libraries"
	fi
else
	skip "gdb shows frames and libraries" "$reason"
fi

# --- the other machine ------------------------------------------------------------------------
# Its stub runs a program of the cross compiler's own libc, under emulation.
cross=aarch64-linux-gnu
if have_command $cross-gcc && have_command qemu-aarch64-static; then
	arm=$T/arm.bundle
	mkdir -p "$arm/program" "$arm/lib"
	if make -s -C "$TESTS/.." BUILD="$T/arm" CC=$cross-gcc "$T/arm/loader/stub" >"$T/out" 2>&1 &&
		$cross-gcc -o "$arm/program/arm" "$TESTS/fixtures/loader/probe.c" 2>>"$T/out"; then
		cp "$T/arm/loader/stub" "$arm/arm"
		cp "/usr/$cross/lib/ld-linux-aarch64.so.1" "/usr/$cross/lib/libc.so.6" "$arm/lib/"
		run qemu-aarch64-static "$arm/arm" exe data execfn
		check_equal "$(cat "$T/out")" "$(printf 'exe %s\ndata 7 0\nexecfn %s' "$arm/arm" "$arm/arm")" "aarch64, emulated: runs"
		app="qemu-aarch64-static $arm/arm"
		cp "$T/pie" "$arm/program/arm"
		refused GL7003 "$arm/program/arm" "is for another machine" "aarch64, emulated: refuses an x86-64 program" $app
		check_matches <($cross-readelf -rW "$T/arm/loader/stub") "no relocations" "aarch64: no relocations"
	else
		fail "aarch64: the stub is built"
	fi
else
	skip "aarch64, emulated" "$reason"
fi
finish
