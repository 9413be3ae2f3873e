#!/bin/sh
# Probes the compiler and libraries; writes config.mk (first argument).
set -eu
out=$1
CC=${CC:-cc}
[ "$CC" = cc ] && ! command -v cc >/dev/null 2>&1 && CC=gcc
SANITIZE=${SANITIZE:-}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
echo 'int main(void) { return 0; }' >"$dir/probe.c"

# accepts FLAG...: the compiler takes these without a word.
accepts() { $CC "$@" -Werror -o "$dir/probe" "$dir/probe.c" >/dev/null 2>&1; }
keep() { for flag in "$@"; do accepts -O2 "$flag" && printf '%s ' "$flag"; done; true; }

harden_c=
harden_ld=
sanitize=
if [ -n "$SANITIZE" ]; then
	sanitize="-fsanitize=$SANITIZE -fno-omit-frame-pointer -fno-sanitize-recover=all"
	static= # sanitizers need the dynamic linker
else
	harden_c=$(keep -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection \
		-ftrivial-auto-var-init=zero -fcf-protection=full -fno-delete-null-pointer-checks -fstrict-flex-arrays=3 \
		-ffunction-sections -fdata-sections)
	harden_ld=$(keep -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code -Wl,--gc-sections)
	static=-static
	# Static-PIE: the same file at a random address; costs 12 us of relocation a start.
	if accepts -fPIE -static-pie; then
		harden_c="$harden_c -fPIE"
		static=-static-pie
		# Relocations in a fiftieth of the space, where libc's start code knows that form (2.36).
		printf '#include <features.h>\n#if !__GLIBC_PREREQ(2, 36)\n#error too old\n#endif\nint main(void) { return 0; }\n' \
			>"$dir/probe.c"
		accepts -fPIE -static-pie -Wl,-z,pack-relative-relocs && static="$static -Wl,-z,pack-relative-relocs"
	fi
fi

# libs NAME...: static link line; each library's own needs come from pkg-config.
libs() { pkg-config --static --libs "$@" 2>/dev/null; }
{
	echo "# made by tools/configure.sh"
	echo "CC := $CC"
	echo "AR := ${AR:-ar}"
	echo "HARDEN_CFLAGS := $harden_c"
	echo "HARDEN_LDFLAGS := $harden_ld"
	echo "SANITIZE_FLAGS := $sanitize"
	echo "STATIC_LDFLAGS := $static"
	echo "LIBS := $(libs libelf) $(libs jansson) $(libs libcap-ng) $(libs nettle)"
	echo "SECCOMP_LIBS := $(libs libseccomp)"
	echo "TEST_LIBS = $(libs check || true) -lpthread -lrt -lm"
} >"$out"
