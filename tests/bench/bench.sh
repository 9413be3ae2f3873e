#!/bin/sh
# What a launch costs, beside tini and a bare exec: medians of interleaved
# runs of a static program that does nothing, and the sizes.
#	bench.sh BUILD [RUNS]
set -eu
build=$1
runs=${2:-500}
bench=$build/tests/bench
noop=$bench/noop

# All are copied alike, as an installation would: how a file came into the page
# cache (in large or small pieces) is worth a tenth of a launch.
golaunch=$bench/golaunch
strip -o "$bench/stripped" "$build/golaunch"
cp "$bench/stripped" "$golaunch"
set -- direct "$noop" \
	"golaunch" "$golaunch -- $noop" \
	"golaunch --policy none" "$golaunch --policy none -- $noop" \
	"golaunch --no-supervise" "$golaunch --no-supervise -- $noop"
if tini=$(command -v tini); then
	cp "$tini" "$bench/tini"
	# -s: without it tini complains on stderr that it is not PID 1.
	set -- "$@" tini "$bench/tini -s -- $noop"
else
	echo "bench: no tini here" >&2
fi
"$bench/launch" "$runs" "$@"

echo "golaunch, stripped: $(stat -c %s "$golaunch") bytes"

# Private memory of the supervisor while a program runs under it.  Pages of a
# freshly written file count as dirty until they are on disk.
sync "$golaunch"
"$golaunch" -- /bin/sleep 2 &
supervisor=$!
sleep 0.3
awk '/^Private_Dirty:/ { kib += $2 } END { print "supervisor, Private_Dirty:", kib, "KiB" }' "/proc/$supervisor/smaps" || :
wait "$supervisor"
