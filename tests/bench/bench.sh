#!/bin/sh
# What a launch costs, beside tini and a bare exec: medians of interleaved
# runs of a static program that does nothing, and the sizes.  Then the same for
# two cgo programs of 5 and 100 MB, natively and by a bundle: the loader stub
# may take 1.10 times what execve takes, whatever the program's size.
#	bench.sh BUILD [RUNS]
set -eu
build=$1
runs=${2:-500}
here=$(cd "$(dirname "$0")" && pwd)
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

# A denial that is explained, 2 times a bare round trip to a listener.
echo
"$bench/notify" "$golaunch" 15

# Filters beside libseccomp's: 0.25 times to load, and a call that is looked at 1.3 times
# one without a filter, but where it is over sooner than the least filter is.
echo
"$bench/filter"

# The start watch: a Go program under golaunch with and without it, 1.07 times;
# ext is linked by the C compiler and loaded by ld.so.
strip -o "$bench/stripped" "$build/tests/bench/unwatched"
cp "$bench/stripped" "$bench/unwatched-copy"
for program in "hello static" "ext cgo"; do
	for version in 1.19 1.27; do
		# shellcheck disable=SC2086
		go=$("$here/../setup/gobuild" $version $program) || { echo "bench: no program '$program'" >&2; continue; }
		echo
		"$bench/launch" -c "$runs" \
			"$program, $version, unwatched" "$bench/unwatched-copy -q -- $go" \
			"watched" "$golaunch -q -- $go" \
			"trace --init, 1.3 times" "$golaunch trace --init -q -o $bench/trace -- $go"
	done
done

# bundled NAME [ARG of go build...]: the program alone, by its bundle's stub, and
# under golaunch with and without a bundle.
bundled() {
	name=$1
	shift
	built=$("$here/../setup/gobuild" 1.27 weight cgo "$@") || { echo "bench: no program '$name'" >&2; return 0; }
	rm -rf "${bench:?}/$name" "$bench/$name.bundle"
	cp "$built" "$bench/$name"
	"$golaunch" -q bundle create "$bench/$name"
	echo
	"$bench/launch" "$((runs / 2))" \
		"$name" "$bench/$name" \
		"its bundle's stub" "$bench/$name.bundle/$name" \
		"golaunch, direct" "$golaunch -q --fallback never -- $bench/$name" \
		"golaunch, its bundle" "$golaunch -q --fallback always -- $bench/$name" \
		"golaunch, memfd" "$golaunch -q --fallback always --bundle $bench/libc.bundle -- $bench/$name" \
		"golaunch, cached stub" "$golaunch -q --fallback always --bundle $bench/libc.bundle --bundle-cache $bench/cache -- $bench/$name"
}

rm -rf "$bench/libc.bundle" "$bench/cache"
mkdir -m 0700 "$bench/cache"
"$golaunch" -q bundle create -o "$bench/libc.bundle"
bundled light
bundled heavy -tags=heavy
rm -rf "$bench/heavy" "$bench/heavy.bundle" "$bench/trace"

"$here/stderr.sh" "$build"

# A web server that is learned, 0.9 times at least.
echo
"$here/learn.sh" "$build"
