#!/usr/bin/env bash
# How exact golaunch trace --init is: the packages' times against those that the
# runtime itself tells (GODEBUG=inittrace=1), as medians of interleaved runs.  As a
# control the runtime is held against itself: every round asks it twice, so what the
# two differ by is the program's own noise, and not golaunch's.  Its words go to a file:
# the reader of a pipe would run beside the program, at each of its packages.
#	inittrace.sh GOLAUNCH RUNS COMMAND...
# Without a filter, whose price on system calls is no error of the times.
# With CHROOT set both run in that directory, where golaunch is /golaunch.  On a
# machine with other work a low quantile tells more than the median: QUANTILE=0.1.
set -eu
golaunch=$1
runs=$2
quantile=${QUANTILE-0.5}
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
inside=()
[ -z "${CHROOT-}" ] || inside=(chroot "$CHROOT")

# by_runtime COMMAND...: "package ms"
by_runtime() {
	GODEBUG=inittrace=1 "${inside[@]}" "$@" 2>"$work/words" >/dev/null
	sed -n 's/^init \([^ ]*\) @.* ms, \([0-9.]*\) ms clock.*/\1 \2/p' "$work/words" | sed 's/%2e/./g'
}

by_golaunch() {
	"${inside[@]}" "$golaunch" trace --init --policy none --format json -- "$@" 2>"$work/words" >/dev/null
	tail -n 1 "$work/words" | jq -r '.packages[] | "\(.package) \(.ms)"'
}

for ((i = 0; i < runs; i++)); do
	by_runtime "$@" >>"$work/runtime"
	by_golaunch "$@" >>"$work/trace"
	by_runtime "$@" >>"$work/again"
done

# quantiles FILE: one line for each package.
quantiles() {
	sort -k1,1 -k2,2g "$1" | awk -v quantile="$quantile" '
		function tell() { if (n) print name, values[1 + int((n - 1) * quantile)] }
		$1 != name { tell(); name = $1; n = 0 }
		{ values[++n] = $2 }
		END { tell() }'
}

# compare WHAT FILE: it against the runtime.
compare() {
	quantiles "$work/runtime" >"$work/a"
	quantiles "$2" >"$work/b"
	join "$work/a" "$work/b" | awk -v what="$1" -v all="$(wc -l <"$work/a")" '
		{ sum += $2; ours += $3; n++ }
		$2 >= 0.1 { large++; if ($3 < 0.8 * $2 || $3 > 1.2 * $2) { off++; printf "  %s: %.3f ms, by the runtime %.3f\n", $1, $3, $2 } }
		END { printf "%s: packages: %d of %d; sum %.3f ms, by the runtime %.3f (%.2f times); of 0.1 ms and more: %d, off by more than 20 %%: %d\n",
			what, n, all, ours, sum, ours / sum, large, off }'
}
compare trace "$work/trace"
compare "control, the runtime again" "$work/again"
