#!/usr/bin/env bash
# Bad input, row by row of badinput.table.
#
#	badinput.sh [CASE...]
#
# GL_CHECK_ONLY=1 leaves out what starts programs (for the sanitizers' build).
. "$(dirname "$0")/../lib/cli.sh"
. "$TESTS/lib/elf.sh"

CHECK_ONLY=${GL_CHECK_ONLY-}
# PT_INTERP has room for 27 bytes only: a short place.
S=$(mktemp -d /tmp/glXXXXXX) || exit 125
chmod 755 "$S"
trap 'umount "$S/noexec" 2>/dev/null; rm -rf "$S"; cleanup' EXIT
# Users who may not read our build tree must reach golaunch too.
cp "$GOLAUNCH" "$HELPERS/direct" "$HELPERS/landlock" "$S/" && GOLAUNCH=$S/golaunch

go=$(newest_go)
need_fixture "${go:-any}" hello && static=$program
go_fixture 1.19 nu cgo && dynamic=$program || dynamic=

# --- makers -------------------------------------------------------------------
# make_CASE FILE makes the file.  It may name another one in $file, put words
# before the command ($before; $directly only without golaunch) and options for
# golaunch ($options).
# False: cannot be made here, $reason says why.

copy_static() { cp "$static" "$1"; }
copy_dynamic() { [ -n "$dynamic" ] && cp "$dynamic" "$1" || { reason="no dynamic Go program"; return 1; }; }
executable() { chmod +x "$1"; }
as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --)
need_root() { am_root || { reason="not root"; return 1; }; }
cross() { # FILE GOOS GOARCH: the smallest program for another system
	local work=$T/cross
	mkdir -p "$work"
	printf 'module example.com/cross\n\ngo 1.15\n' >"$work/go.mod"
	printf 'package main\n\nfunc main() { print("hello\\n") }\n' >"$work/main.go"
	(cd "$work" && GOOS=$2 GOARCH=$3 CGO_ENABLED=0 GOFLAGS=-mod=mod GOTOOLCHAIN=local GOPROXY=off GOCACHE=$GL_CACHE/gocache \
		GOPATH=$GL_CACHE/gopath "$GL_CACHE/go/$go/bin/go" build -o "$1" . 2>"$T/gobuild") ||
		{ reason="cannot build for $2/$3: $(tail -n 1 "$T/gobuild")"; return 1; }
}

make_not_there() { :; }
make_parent_is_a_file() { copy_static "$1" && file=$1/program; }
make_path_of_5000_bytes() { file=$S/$(printf '%04999d' 0 | sed 's/.\{50\}/&\//g'); }
make_component_of_300_bytes() { file=$S/$(printf '%0300d' 0); }
make_no_x_bit() { copy_static "$1" && chmod 644 "$1"; }
make_directory() { mkdir "$1"; }
make_fifo() { mkfifo -m 755 "$1"; }
make_device() { file=/dev/null; }
make_noexec_mount() {
	need_root || return 1
	mkdir -p "$S/noexec" && mount -t tmpfs -o noexec tmpfs "$S/noexec" 2>/dev/null || { reason="cannot mount"; return 1; }
	file=$S/noexec/program
	copy_static "$file"
}
make_unsearchable_directory() {
	need_root || return 1
	mkdir -p "$S/closed" && chmod 700 "$S/closed" && file=$S/closed/program && copy_static "$file"
	before=("${as_nobody[@]}")
}
make_dangling_link() { ln -s "$S/no-such-file" "$1"; }
make_link_loop() { ln -s "${1##*/}" "$1"; }
make_mode_0111() { need_root && copy_static "$1" && chmod 0111 "$1" && before=("${as_nobody[@]}"); }
make_open_for_writing() { copy_static "$1" && exec 7>>"$1"; }
make_file_capability() {
	need_root && have_command setcap && copy_static "$1" || return 1
	setcap cap_net_bind_service+ep "$1" 2>/dev/null || { reason="no file capabilities here"; return 1; }
	before=(setpriv --bounding-set=-net_bind_service --inh-caps=-net_bind_service --)
}

make_denied_by_landlock() {
	[ -z "$CHECK_ONLY" ] || { reason="the sanitizers' golaunch needs a loader"; return 1; }
	copy_static "$1" && before=("$S/landlock" "$S/golaunch" "$S/direct" --)
	"${before[@]}" "$S/direct" "$S/no-such-file"
	[ $? != 77 ] || { reason="no Landlock in this kernel"; return 1; }
}

make_random_bytes() { printf '\377\001\002\003\004\005' >"$1"; }
make_nul_bytes() { head -c 4096 /dev/zero >"$1"; }
make_empty() { : >"$1"; }
make_script_interpreter_missing() { printf '#!/no/such/shell\necho hello\n' >"$1"; }
make_script_carriage_return() { printf '#!/bin/sh\r\necho hello\r\n' >"$1"; }
make_text() { echo 'echo hello' >"$1"; }
make_html() { printf '<!DOCTYPE html>\n<html>404</html>\n' >"$1"; }
make_byte_order_mark() { printf '\357\273\277#!/bin/sh\necho hello\n' >"$1"; }
make_macho() { cross "$1" darwin amd64; }
make_windows() { cross "$1" windows amd64; }
make_gzip() { gzip -c "$TESTS/run" >"$1"; }
make_zip() { printf 'PK\003\004\024\000\000\000\000\000' >"$1"; }
make_wasm() { cross "$1" js wasm; }
make_script() { printf '#!/bin/sh\necho hello\n' >"$1"; }

make_arm64() { cross "$1" linux arm64; }
make_big_endian_s390x() { cross "$1" linux s390x; }
make_big_endian_32bit_mips() { cross "$1" linux mips; }
make_unknown_machine() { copy_static "$1" && elf_put "$1" 18 6712; }
make_intel_386() { go_fixture "$go" hello 386 && cp "$program" "$1"; }
# The kernel looks at neither class, byte order nor version of e_ident.
make_odd_ident() { copy_static "$1" && elf_put "$1" 6 00; }
make_gnu_osabi() { copy_static "$1" && elf_put "$1" 7 03; }
make_object_file() { echo 'int x;' | gcc -x c -c -o "$1" -; }
make_archive_of_objects() { make_object_file "$1.o" && ar rc "$1" "$1.o" 2>/dev/null; }
make_core_dump() { copy_static "$1" && elf_put "$1" 16 0400; }
make_shared_library() { echo 'int x(void) { return 1; }' | gcc -shared -fPIC -x c -o "$1" -; }

cut_at() { head -c "$2" "$static" >"$1"; }
phdrs_end() { echo $(($(elf_number "$static" 32 8) + 56 * $(elf_number "$static" 56 2))); }
segments_end() { # where the last byte of any PT_LOAD stands
	local i=0 header end=0 this
	while header=$(elf_phdr "$static" $PT_LOAD $i); do
		this=$(($(elf_number "$static" $((header + 8)) 8) + $(elf_number "$static" $((header + 32)) 8)))
		[ "$this" -le "$end" ] || end=$this
		i=$((i + 1))
	done
	echo "$end"
}
make_elf_1_byte() { cut_at "$1" 1; }
make_elf_3_bytes() { cut_at "$1" 3; }
make_elf_magic_only() { cut_at "$1" 4; }
make_elf_5_bytes() { cut_at "$1" 5; }
make_elf_ident_only() { cut_at "$1" 16; }
make_elf_17_bytes() { cut_at "$1" 17; }
make_elf_header_less_one() { cut_at "$1" 63; }
make_elf_header_only() { cut_at "$1" 64; }
make_elf_first_phdr_less_one() { cut_at "$1" 119; }
make_elf_phdrs_less_one() { cut_at "$1" $(($(phdrs_end) - 1)); }
make_elf_phdrs_only() { cut_at "$1" "$(phdrs_end)"; }
make_elf_half() { cut_at "$1" $(($(stat -c %s "$static") / 4)); }
# The kernel maps whole pages: what is missing of the last one reads as zeros, and the program runs.
make_elf_last_page_less_one() { cut_at "$1" $(($(segments_end) - 1)); }
make_elf_last_segment_less_page() { cut_at "$1" $((($(segments_end) - 1) / 4096 * 4096)); }
make_elf_without_sections() { copy_static "$1" && elf_put "$1" 40 0000000000000000 && elf_put "$1" 60 00000000; }
make_phnum_0() { copy_static "$1" && elf_put "$1" 56 0000; }
make_phnum_65535() { copy_static "$1" && elf_put "$1" 56 ffff; }
make_phentsize_0() { copy_static "$1" && elf_put "$1" 54 0000; }
make_phoff_huge() { copy_static "$1" && elf_put "$1" 32 f0ffffffffffff7f; }
field() { # FILE TYPE OFFSET HEX: of the first program header of that type
	elf_put "$1" $(($(elf_phdr "$1" "$2") + $3)) "$4"
}
make_load_offset_huge() { copy_static "$1" && field "$1" $PT_LOAD 8 0000000000000010; }
make_load_offset_wraps() { copy_static "$1" && field "$1" $PT_LOAD 8 00f0ffffffffffff; }
make_load_filesz_over_memsz() { copy_static "$1" && field "$1" $PT_LOAD 40 0100000000000000; }
make_loads_overlap() {
	local second
	copy_static "$1" && second=$(elf_phdr "$1" $PT_LOAD 1) || return 1
	elf_put "$1" $((second + 16)) "$(elf_hex "$(elf_number "$1" $(($(elf_phdr "$1" $PT_LOAD) + 16)) 8)" 8)"
}
make_interp_not_terminated() { copy_dynamic "$1" && field "$1" $PT_INTERP 32 1b00000000000000; }
make_interp_empty() { copy_dynamic "$1" && field "$1" $PT_INTERP 32 0100000000000000; }
make_interp_offset_huge() { copy_dynamic "$1" && field "$1" $PT_INTERP 8 f0ffffffffffff7f; }
make_dynamic_offset_huge() { copy_dynamic "$1" && field "$1" $PT_DYNAMIC 8 f0ffffffffffff7f; }
tag() { # FILE DT_TAG: its value becomes an address that no segment holds
	local place
	copy_dynamic "$1" && place=$(elf_dynamic "$1" "$2") && elf_put "$1" "$place" f0ffffffffff7f00
}
make_strtab_out_of_range() { tag "$1" 5; }
make_symtab_out_of_range() { tag "$1" 6; }
make_verneed_out_of_range() { tag "$1" $((0x6ffffffe)); }
make_hash_out_of_range() { tag "$1" 4 || tag "$1" $((0x6ffffef5)); }
make_shoff_huge() { copy_static "$1" && elf_put "$1" 40 f0ffffffffffff7f; }
make_sections_garbage() {
	copy_static "$1" || return 1
	head -c 640 /dev/urandom | dd of="$1" bs=1 seek="$(elf_number "$1" 40 8)" conv=notrunc status=none
}
make_freebsd() { cross "$1" freebsd amd64; }

with_interpreter() { copy_dynamic "$1" && elf_set_interpreter "$1" "$S/ld" && rm -rf "$S/ld"; }
make_interp_missing() { with_interpreter "$1"; }
make_interp_wrong_machine() { with_interpreter "$1" && cross "$S/ld" linux arm64; }
make_interp_not_executable() { with_interpreter "$1" && cp /lib64/ld-linux-x86-64.so.2 "$S/ld" && chmod 644 "$S/ld"; }
make_interp_directory() { with_interpreter "$1" && mkdir "$S/ld"; }
make_interp_text() { with_interpreter "$1" && echo text >"$S/ld" && chmod 755 "$S/ld"; }
make_interp_truncated() { with_interpreter "$1" && head -c 100 /lib64/ld-linux-x86-64.so.2 >"$S/ld" && chmod 755 "$S/ld"; }
make_interp_is_empty() { with_interpreter "$1" && : >"$S/ld" && chmod 755 "$S/ld"; }

# libc.so.6 gets another name of the same length, found by LD_LIBRARY_PATH or not at all.
with_library() { copy_dynamic "$1" && elf_replace "$1" libc.so.6 libz.so.9 && before=(env "LD_LIBRARY_PATH=$S/lib") &&
	rm -rf "$S/lib" && mkdir -p "$S/lib"; }
make_library_missing() { with_library "$1"; }
make_library_wrong_machine() { with_library "$1" && cross "$S/lib/libz.so.9" linux arm64; }
make_library_corrupt() { with_library "$1" && printf 'no library at all, only text that goes on for more than an ELF header %064d' 0 >"$S/lib/libz.so.9"; }
make_library_empty() { with_library "$1" && : >"$S/lib/libz.so.9"; }
make_version_missing() { copy_dynamic "$1" && elf_replace "$1" GLIBC_2.34 GLIBC_9.34 && restore_hash "$1"; }
# A version is compared by its hash as well: put the new name's into the Vernaux that names it.
restore_hash() {
	local old new
	old=$(elf_hex "$(sysv_hash GLIBC_2.34)" 4) new=$(elf_hex "$(sysv_hash GLIBC_9.34)" 4)
	LC_ALL=C sed -i "s/$(printf '%s' "$old" | sed 's/../\\x&/g')/$(printf '%s' "$new" | sed 's/../\\x&/g')/g" "$1"
}
sysv_hash() {
	local h=0 g i
	for ((i = 0; i < ${#1}; i++)); do
		h=$(((h << 4) + $(printf '%d' "'${1:i:1}")))
		g=$((h & 0xf0000000))
		h=$(((h ^ (g >> 24)) & 0x0fffffff))
	done
	echo $h
}

make_cpu_level_4() {
	! grep -qw avx512vl /proc/cpuinfo || { reason="this CPU has level 4"; return 1; }
	program=$(GOAMD64=v4 "$TESTS/setup/gobuild" "$go" hello static-v4 2>/dev/null) && cp "$program" "$1"
}
# The kernel calls itself 2.6, and Go's documents want 3.2; yet the program runs.
make_kernel_2_6() { copy_static "$1" && before=(setarch --uname-2.6); }
# golaunch itself has to start, so the program's own limit is the lower one.
make_environment_too_big() {
	local i
	copy_static "$1" || return 1
	before=(env)
	for ((i = 0; i < 10; i++)); do before+=("BIG_$i=$(printf '%0100000d' 0)"); done
	options=(--limit stack=262144)
	directly=("$(command -v prlimit)" --stack=262144 "$S/direct")
}

# --- the rows -----------------------------------------------------------------

# Starts the case without golaunch; true if the program's own words came.
reached() {
	{ timeout 10 "${before[@]}" "$S/direct" "${directly[@]}" "$file" >"$T/direct"; } 2>/dev/null
	grep -qaE '^(hello|main reached)' "$T/direct"
}

check_run() { # CASE CODE WANT
	run "${before[@]}" "$GOLAUNCH" "${options[@]}" -- "$file"
	case $3 in
	any) check_true "$1: golaunch itself survives" [ "$status" -lt 124 -o "$status" = 126 -o "$status" -gt 127 ] ;;
	own)
		check_true "$1: the program runs" grep -qaE '^(hello|main reached)' "$T/out"
		check_status 0 "$1: its status comes through"
		;;
	*)
		check_status "$3" "$1: run ends with $3"
		check_stderr_has "$2" "$1: run names $2"
		if reached; then fail "$1: run directly it must not work either"; else pass "$1: nor does it run directly"; fi
		;;
	esac
}

check_check() { # CASE CODE WANT
	run "${before[@]}" "$GOLAUNCH" check --format json "$file"
	if [ "$3" = any ]; then
		check_true "$1: check survives it" [ "$status" -le 1 ]
		return
	fi
	check_status "$3" "$1: check ends with $3"
	case $2 in
	- | GL1010 | GL3003) check_equal "$(codes_of "$T/out" error)" "" "$1: check finds no error" ;;
	GL1007 | GL3001) check_equal "$(codes_of "$T/out" warning)" "$2" "$1: check warns of $2" ;;
	*) check_equal "$(codes_of "$T/out" error)" "$2" "$1: check names $2" ;;
	esac
}

judge() { # CASE CODE RUN CHECK
	local file=$S/$1 reason="cannot be made" before=() directly=() options=()
	if ! "make_$1" "$file"; then
		skip "$1" "$reason"
		return
	fi
	[ ! -f "$file" ] || [ -L "$file" ] || [ ! -O "$file" ] || case $1 in no_x_bit | mode_0111) ;; *) executable "$file" ;; esac
	[ -n "$CHECK_ONLY" ] || check_run "$1" "$2" "$3"
	check_check "$1" "$2" "$4"
	exec 7>&-
	[ "$file" = /dev/null ] || rm -rf "$S/${1:?}"
}

cases=" $* "
while read -r name code run_status check_status_want; do
	case $name in '' | \#*) continue ;; esac
	[ $# = 0 ] || case $cases in *" $name "*) ;; *) continue ;; esac
	judge "$name" "$code" "$run_status" "$check_status_want"
done <"$(dirname "$0")/badinput.table"
finish
