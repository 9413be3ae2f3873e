#!/usr/bin/env bash
# What golaunch itself costs in bytes, on disk and in memory.
. "$(dirname "$0")/../lib/cli.sh"

nm_has() { nm "$GOLAUNCH" | grep -qE " [Tt] $1$"; }

strip -o "$T/stripped" "$GOLAUNCH"
size=$(stat -c %s "$T/stripped")
check_true "the stripped binary has $size bytes, under 2 MB" [ "$size" -lt 2000000 ]
check_equal "$(readelf -lW "$GOLAUNCH" | grep -c INTERP)/$(readelf -dW "$GOLAUNCH" | grep -c NEEDED)" 0/0 "no interpreter, no needed libraries"
check_equal "$(readelf -lW "$GOLAUNCH" | awk '/GNU_STACK/ { print $7 }')" RW "no executable stack"
check_equal "$(readelf -lW "$GOLAUNCH" | awk '/LOAD/ && /RWE/')" "" "no segment both written and executed"
# (Names of NSS's modules and files are there, for bundles and Landlock; what would load one is not.)
check_equal "$(strings -a "$GOLAUNCH" | grep -cE 'libnss_(%|$)')" 0 "no NSS in it"
check_true "its symbols can be read" nm_has main
check_equal "$(nm "$GOLAUNCH" | grep -cE ' [TtWw] _*nss_')" 0 "no function of NSS in it"

# Pages of a freshly linked file count as dirty until they are on disk.
sync "$GOLAUNCH"
for options in "" "--report $T/report --capture all"; do
	rm -f "$T/ready"
	"$GOLAUNCH" $options -- /bin/sh -c "echo >'$T/ready'; exec sleep 30" 2>/dev/null &
	supervisor=$!
	wait_for 10 test -e "$T/ready"
	dirty=$(awk '/^Private_Dirty:/ { sum += $2 } END { print sum + 0 }' "/proc/$supervisor/smaps" 2>/dev/null)
	check_true "the supervisor's Private_Dirty is $dirty KiB, under 1 MiB ($options)" [ "${dirty:-9999}" -gt 0 -a "${dirty:-9999}" -lt 1024 ]
	kill -TERM $supervisor
	wait $supervisor
done
finish
