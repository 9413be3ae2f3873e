#!/usr/bin/env bash
# The manual pages: the SYNOPSIS of each is what --help prints, its format is
# clean, and all that --help names is described.
. "$(dirname "$0")/../lib/cli.sh"

have_command groff || skip_all "$reason"
one_line() { tr -s ' \n' '  ' | sed 's/^ //; s/ $//'; }

# check_page PAGE [VERB]: a page of man/ against the help of golaunch, or of that verb.
check_page() {
	local page=$TESTS/../man/$1 option
	# Without overstrikes, and so wide that nothing is broken or hyphenated.
	groff -mdoc -Tascii -P-cbou -rLL=10000n "$page" >"$T/page" 2>"$T/warnings"
	sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' "$T/page" | sed '1d;$d' | one_line >"$T/synopsis"
	run "$GOLAUNCH" ${2:+"$2"} --help
	sed -n '/^Usage:/,/^$/p' "$T/out" | sed '1d' | one_line >"$T/usage"
	check_equal "$(cat "$T/synopsis")" "$(cat "$T/usage")" "$1: SYNOPSIS equals the usage of --help"
	check_true "$1: there is a usage" [ "$(wc -w <"$T/usage")" -gt 20 ]

	for option in $(grep -oE '^ +(-[a-z], )?--[a-z-]+' "$T/out" | grep -oE -e '--[a-z-]+' | sort -u); do
		check_true "$1: $option is described" grep -q "^\.It.*Fl Fl ${option#--}\b" "$page"
	done
	check_equal "$(groff -mdoc -ww -Tascii "$page" 2>&1 >/dev/null)" "" "$1: groff has nothing to complain of"
	if have_command mandoc; then
		check_equal "$(mandoc -T lint -W warning "$page" 2>&1)" "" "$1: mandoc has nothing to complain of"
	else
		skip "$1: mandoc has nothing to complain of" "$reason"
	fi
}

check_statuses() { # PAGE STATUS...
	local page=$1 status
	shift
	for status; do
		check_true "$page: exit status $status is described" grep -q "^\.It $status\b" "$TESTS/../man/$page"
	done
}

check_page golaunch.1
check_statuses golaunch.1 125 126 127 159
check_page golaunch-bundle.1 bundle
check_statuses golaunch-bundle.1 0 1 125 126
check_page golaunch-policy.1 policy
check_statuses golaunch-policy.1 0 1 125
finish
