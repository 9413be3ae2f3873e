#!/usr/bin/env bash
# The program's file is another one when it is executed than when it was looked at:
# whichever runs, it runs as without golaunch, untraced in main and with its own code.
#
#	GL_STARTS=N watch_replaced.sh    N of each pair
. "$(dirname "$0")/../lib/cli.sh"

starts=${GL_STARTS:-100}
RUN_TIMEOUT=$((60 + starts))
go=$(newest_go)
need_fixture "${go:-any}" start static

# place NAME: the program that was built last, or what is at NAME, as $T/NAME/start.
place() {
	mkdir -p "$T/$1"
	cp "${2:-$program}" "$T/$1/start"
}

# start_all: each as "PROMISED RAN", what it was taken for and what it said.
start_all() {
	local i ran
	for ((i = 0; i < starts; i++)); do
		rm -f "$T/report"
		VERSION=1 "$GOLAUNCH" -q --report "$T/report" "$@" -- "$T/one/start" >"$T/said" 2>&1
		ran=$?:$(tr '\n' ' ' <"$T/said")
		echo "$(jq -r '.go.version // "none"' "$T/report") $ran"
	done
}

# replaced DESCRIPTION RAN [OPTION...]: one/start and other/start; RAN is a pattern of a healthy start.
replaced() {
	local description=$1 healthy=$2 swapping
	shift 2
	"$HELPERS/exchange" "$T/one/start" "$T/other/start" &
	swapping=$!
	start_all "$@" >"$T/starts"
	kill "$swapping"
	wait "$swapping" 2>/dev/null
	check_equal "$(grep -vcE "^[^ ]+ 0:$healthy" "$T/starts") $(grep -vE "^[^ ]+ 0:$healthy" "$T/starts" | head -n 1)" "0 " \
		"$description: $starts starts, all are as without golaunch"
	check_true "$description: it was another one in some of them" \
		grep -qE "^([^ ]+) 0:" <(awk '{ promised = $1; sub(/^[^ ]+ /, ""); if (index($0, promised) == 0) print promised, $0 }' "$T/starts")
}

clean='main tracer=0 text=same uid=[0-9]+  go[0-9.]+ $'
place one
for kind in "1.15 static" "1.19 cgo" "1.24 pie"; do
	go_fixture ${kind% *} start ${kind#* } || { skip "go $kind" "$reason"; continue; }
	place other
	replaced "go $go static, go $kind" "$clean"
	replaced "go $go static, go $kind, its stderr taken for init" "$clean" --capture init
done
place other /bin/true
replaced "a program that is not Go" "($clean|$)"
finish
