#!/bin/bash
# What "policy learn" costs a Go web server under load: requests a second, with and
# without keep-alive, unlearned and learned by turns.  The ratio is the median of those
# of neighbouring runs, so that what else the machine does is in both; 0.9 is the bound.
#	learn.sh BUILD [ROUNDS [REQUESTS]]
set -eu
build=$1
rounds=${2:-15}
requests=${3:-20000}
here=$(cd "$(dirname "$0")" && pwd)
http=$("$here/../setup/gobuild" 1.27 http static) || { echo "bench: no program 'http'" >&2; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# rate MODE REQUESTS COMMAND...: requests a second to the server that the command starts
rate() {
	local mode=$1 count=$2 server start end
	shift 2
	rm -f "$work/address"
	"$@" "$http" serve "$work/address" >/dev/null 2>"$work/err" &
	server=$!
	until [ -e "$work/address" ]; do sleep 0.02; done
	start=$(date +%s%N)
	"$http" "$mode" "$(cat "$work/address")" "$count" >/dev/null
	end=$(date +%s%N)
	kill -TERM $server
	wait $server || { cat "$work/err" >&2; exit 1; }
	echo $((count * 1000000000 / (end - start)))
}

# ratios MODE REQUESTS
ratios() {
	local i unlearned learned
	for ((i = 0; i < rounds; i++)); do
		unlearned=$(rate "$1" "$2" "$build/golaunch" --policy none --)
		learned=$(rate "$1" "$2" "$build/golaunch" policy learn -o "$work/learned.policy" --)
		echo "$unlearned $learned $((learned * 1000 / unlearned))"
	done >"$work/ratios"
	sort -n -k3 "$work/ratios" | awk -v what="$3" '
		{ unlearned[NR] = $1; learned[NR] = $2; ratio[NR] = $3 }
		END {
			m = int((NR + 1) / 2)
			printf "learning a web server, %s: %d to %d requests a second, ratio %.3f (%.3f to %.3f, %d pairs)\n", \
				what, unlearned[m], learned[m], ratio[m] / 1000, ratio[1] / 1000, ratio[NR] / 1000, NR
		}'
}
ratios load "$requests" "keep-alive"
ratios connect $((requests / 4)) "a connection for each request"
