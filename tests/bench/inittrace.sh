#!/usr/bin/env bash
# How exact golaunch trace --init is: the packages' times against those that the
# runtime itself tells (GODEBUG=inittrace=1), as medians of interleaved runs.
#	inittrace.sh GOLAUNCH RUNS COMMAND...
# Without a filter, whose price on system calls is no error of the times.
# With CHROOT set both run in that directory, where golaunch is /golaunch.
set -eu
golaunch=$1
runs=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
inside=()
[ -z "${CHROOT-}" ] || inside=(chroot "$CHROOT")

for ((i = 0; i < runs; i++)); do
	GODEBUG=inittrace=1 "${inside[@]}" "$@" 2>&1 >/dev/null |
		sed -n 's/^init \([^ ]*\) @.* ms, \([0-9.]*\) ms clock.*/\1 \2/p' | sed 's/%2e/./g' >>"$work/runtime"
	"${inside[@]}" "$golaunch" trace --init --policy none --format json -- "$@" 2>&1 >/dev/null | tail -n 1 |
		jq -r '.packages[] | "\(.package) \(.ms)"' >>"$work/trace"
done

# medians FILE: one line for each package.
medians() {
	sort -k1,1 -k2,2g "$1" | awk '
		function tell() { if (n) print name, values[int((n + 1) / 2)] }
		$1 != name { tell(); name = $1; n = 0 }
		{ values[++n] = $2 }
		END { tell() }'
}
medians "$work/runtime" >"$work/a"
medians "$work/trace" >"$work/b"
join "$work/a" "$work/b" | awk -v all="$(wc -l <"$work/a")" '
	{ sum += $2; ours += $3; n++ }
	$2 >= 0.1 { large++; if ($3 < 0.8 * $2 || $3 > 1.2 * $2) { off++; printf "  %s: %.3f ms, by the runtime %.3f\n", $1, $3, $2 } }
	END { printf "packages: %d of %d; sum %.3f ms, by the runtime %.3f (%.2f times); of 0.1 ms and more: %d, off by more than 20 %%: %d\n",
		n, all, ours, sum, ours / sum, large, off }'
