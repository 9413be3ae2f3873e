#!/usr/bin/env bash
# Thousands of launches: every status right, no process left behind.
#	GL_LAUNCHES=N many.sh
. "$(dirname "$0")/../lib/cli.sh"

launches=${GL_LAUNCHES:-2000}
RUN_TIMEOUT=250
export EXIT=7
for version in 1.19 "$(newest_go)"; do
	for shape in "hello static" "ext cgo"; do
		go_fixture "$version" $shape || { skip "go $version $shape" "$reason"; continue; }
		run "$HELPERS/many" "$launches" 7 "$GOLAUNCH" -- "$program" 7
		check_equal "$status $(cat "$T/out")" "0 runs $launches wrong 0 left 0" "go $version $shape: $launches launches"
		check_quiet "go $version $shape: not a word"
	done
done
go_fixture "$(newest_go)" hello && KILL=15 run "$HELPERS/many" 200 143 "$GOLAUNCH" -- "$program"
check_equal "$(cat "$T/out")" "runs 200 wrong 0 left 0" "200 deaths by SIGTERM"
run "$HELPERS/many" 200 127 "$GOLAUNCH" -q -- "$T/nothing"
check_equal "$(cat "$T/out")" "runs 200 wrong 0 left 0" "200 that cannot be started"
finish
