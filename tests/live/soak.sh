#!/usr/bin/env bash
# Healthy starts, many of them: the watch must leave no trace.  The program (fixture
# "soak") looks for one itself, from main: traced, stopped, code not what its file
# has.  Its exit status tells, and is a different one each time.
#
#	GL_SOAK_STARTS=N soak.sh    N starts of each Go version ("make soak": 5000)
#	GL_SOAK_VERSIONS="1.19"     these versions only
#	GL_TABLE=1                  prints the table
. "$(dirname "$0")/../lib/cli.sh"

starts=${GL_SOAK_STARTS:-200}
versions=${GL_SOAK_VERSIONS:-$(go_versions)}
links=(static cgo external pie external-pie)
per_cell=$(((starts + ${#links[@]} - 1) / ${#links[@]}))
JOBS=2

variant_of() { # LINK: gobuild's words
	case $1 in
	cgo) echo cgo -tags=net ;;
	external) echo cgo -tags=native ;;
	external-pie) echo cgo-pie -tags=native ;;
	*) echo "$1" ;;
	esac
}

# The program does see what it looks for: a tracer, another byte in runtime.main.
sighted() {
	go_fixture "$(newest_go)" soak && have_command strace && have_command gdb || { skip "it sees" "$reason"; return; }
	run strace -qq -o /dev/null "$program" 5
	check_equal "$status" 6 "a tracer shows in its exit status"
	check_stdout_has "is traced by" "and in its words"
	run gdb -batch -nx -ex 'set debuginfod enabled off' -ex 'set language c' -ex 'break main.main' -ex run \
		-ex "set var *(unsigned char *) &'runtime.main' = 0xcc" -ex 'delete' -ex 'continue' --args "$program" 5
	check_stdout_has "is 0xcc, in the file" "so does another byte in its code"
}
sighted

# start_one: the start number $i of the program of the cell in directory $cell.  What it
# must be is checked by what it cannot know of the other kinds: silence on stderr, the
# watch's own words, the report's phase.
start_one() {
	local want=$((RANDOM % 256)) look=page busy= report
	[ $((i % 10)) != 0 ] || look=whole
	[ $((i % 3)) != 0 ] || busy=busy
	case $((i % 4)) in
	0)
		"$GOLAUNCH" -vv -- "$cell/soak" "$want" $look $busy >>"$cell/out" 2>>"$cell/err-said"
		;;
	1)
		rm -f "$cell/report"
		"$GOLAUNCH" --report "$cell/report" -- "$cell/soak" "$want" $look $busy >>"$cell/out" 2>>"$cell/err"
		;;
	2)
		"$GOLAUNCH" --capture init -- "$cell/soak" "$want" $look $busy >>"$cell/out" 2>>"$cell/err"
		;;
	3)
		"$GOLAUNCH" -- "$cell/soak" "$want" $look $busy >>"$cell/out" 2>>"$cell/err"
		;;
	esac
	got=$?
	if [ $got != $want ]; then
		wrong=$((wrong + 1))
		echo "start $i ($look $busy): status $got, not $want" >>"$cell/trouble"
	fi
	[ $((i % 4)) = 1 ] || return 0
	read -r -d '' report <"$cell/report"
	[[ $report = *'"phase":"main"'*'"cause":null'* ]] || echo "start $i: report: ${report:0:200}" >>"$cell/trouble"
}

# soak CELL: all its starts; what there is to tell is in its directory.
soak() {
	local cell=$1 wrong=0 i got began=$EPOCHREALTIME
	: >"$cell/out" && : >"$cell/err" && : >"$cell/err-said" && : >"$cell/trouble"
	for ((i = 0; i < per_cell; i++)); do
		start_one
	done
	watched=$(grep -ac "watch: phase main," "$cell/err-said")
	[ "$watched" = $(((per_cell + 3) / 4)) ] || echo "$watched starts of $(((per_cell + 3) / 4)) were watched to the end" >>"$cell/trouble"
	[ ! -s "$cell/out" ] || { echo "the program says:"; cat "$cell/out"; } >>"$cell/trouble"
	[ ! -s "$cell/err" ] || { echo "on stderr:"; cat "$cell/err"; } >>"$cell/trouble"
	! pgrep -f "^$cell/soak" >>"$cell/trouble" || echo "still run" >>"$cell/trouble"
	echo "$per_cell $wrong $(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')" >"$cell/sum"
}

count() { grep -ac -e "$1" "$2/out"; }

# judge VERSION LINK CELL: one TAP line, one row.
judge() {
	local n wrong seconds
	read -r n wrong seconds 2>/dev/null <"$3/sum" || { fail "go $1 $2: $per_cell starts" "it did not end"; return; }
	rows+=("$(printf '%-6s %-13s %6d %6d %7d %7d %6d %7s' "$1" "$2" "$n" "$wrong" "$(count "is in state" "$3")" \
		"$(count "is traced" "$3")" "$(count "code at" "$3")" "$seconds")")
	if [ -s "$3/trouble" ]; then
		fail "go $1 $2: $n starts" "$(head -n 20 "$3/trouble")"
	else
		pass "go $1 $2: $n starts"
	fi
}

cells=()
for version in $versions; do
	for link in "${links[@]}"; do
		go_fixture "$version" soak $(variant_of "$link") || { skip "go $version $link" "$reason"; continue; }
		mkdir "$T/$version-$link"
		# A file of its own: what is left running can be told by its path.
		cp "$program" "$T/$version-$link/soak"
		cells+=("$version $link")
	done
done
[ ${#cells[@]} -gt 0 ] || skip_all "no program could be built"

rows=()
for cell in "${cells[@]}"; do
	while [ "$(jobs -rp | wc -l)" -ge $JOBS ]; do wait -n; done
	soak "$T/${cell/ /-}" &
done
wait
for cell in "${cells[@]}"; do
	judge $cell "$T/${cell/ /-}"
done

if [ -n "${GL_TABLE-}" ]; then
	printf '# %-6s %-13s %6s %6s %7s %7s %6s %7s\n' go link starts status stopped traced text seconds
	printf '# %s\n' "${rows[@]}"
fi
finish
