# Real programs under a preset and without golaunch, side by side.  Sourced after cli.sh.
#
# Each way has a directory of its own, $T/bare and $T/under, where a program may
# write; both are called $work while it runs, and $P is how the program is called.
# What must be the same is compared; the report must tell no denial.

am_root && as_user=(setpriv --reuid=1234 --regid=1234 --clear-groups --) || as_user=()

# preset_program TREE NAME: $binary is a copy that any user may run; false (and $reason) without it.
preset_program() {
	local found
	have "$1" || return 1
	found=$(ls "$GL_CACHE/$1"/usr/{bin,sbin}/"$2" 2>/dev/null | head -n 1)
	[ -n "$found" ] || { reason="no $2 in $1"; return 1; }
	binary=$T/${1//\//-}-$2
	[ -e "$binary" ] || cp "$found" "$binary"
}

# preset_fresh HOW: $work is that way's directory, empty.
preset_fresh() {
	work=$T/$1
	rm -rf "$work" && mkdir -m 777 "$work"
}

# preset_prefix HOW PRESET: sets $prefix, to be put before a program; $report is golaunch's.
preset_prefix() {
	report=$T/open/report
	rm -f "$report"
	prefix=()
	[ "$1" = bare ] || prefix=("$T/golaunch" --policy "$2" --report "$report" --)
}

# preset_no_denials DESCRIPTION FILE...: of reports; there is at least one.
preset_no_denials() {
	local description=$1 told
	shift
	told=$(jq -r '.denials[] | "\(.syscall)(\(.args)) by \(.function) x\(.count)"' "$@" 2>&1) || told="no report: $told"
	check_equal "$told" "" "$description: no denials"
}

preset_init() {
	chmod 755 "$T"
	cp "$GOLAUNCH" "$T/golaunch"
	mkdir -m 777 "$T/open"
}
