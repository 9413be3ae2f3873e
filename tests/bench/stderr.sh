#!/bin/sh
# What a program's writing to stderr costs, beside the bare program: lines of 200
# bytes, each by a write of its own, from main.main on, to a file in memory.
# --capture init must cost nothing (1.00), --capture all at most 1.2 times.  The bare
# program is measured twice: what the two differ by is noise.
#	stderr.sh BUILD [RUNS] [MEGABYTES]
set -eu
bench=$1/tests/bench
runs=${2:-5}
megabytes=${3:-1000}
here=$(cd "$(dirname "$0")" && pwd)

program=$("$here/../setup/gobuild" 1.27 stderr static) || { echo "bench: no program 'stderr'" >&2; exit 0; }
directory=$(mktemp -d /dev/shm/golaunch-bench.XXXXXX 2>/dev/null || mktemp -d "$bench/stderr.XXXXXX")
trap 'rm -rf "$directory"' EXIT
cat >"$bench/to-file" <<END
#!/bin/sh
exec "\$@" 2>"$directory/words"
END
chmod +x "$bench/to-file"

# Without a policy: a filter costs something at every system call, captured or not.
golaunch="$bench/to-file $bench/golaunch -q --policy none"
export FLOOD=$((megabytes * 5000))
"$bench/launch" "$runs" \
	"$megabytes MB of stderr, direct" "$bench/to-file $program" \
	"control, direct again" "$bench/to-file $program" \
	"--capture off" "$golaunch --capture off -- $program" \
	"--capture init" "$golaunch --capture init -- $program" \
	"--capture all" "$golaunch --capture all -- $program"
