#!/usr/bin/env bash
# The manual page: its SYNOPSIS is what --help prints, its format is clean, and
# all that --help names is described.
. "$(dirname "$0")/../lib/cli.sh"

page=$TESTS/../man/golaunch.1
have_command groff || skip_all "$reason"
one_line() { tr -s ' \n' '  ' | sed 's/^ //; s/ $//'; }

# Without overstrikes, and so wide that nothing is broken or hyphenated.
groff -mdoc -Tascii -P-cbou -rLL=10000n "$page" >"$T/page" 2>"$T/warnings"
sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' "$T/page" | sed '1d;$d' | one_line >"$T/synopsis"
run "$GOLAUNCH" --help
sed -n '/^Usage:/,/^$/p' "$T/out" | sed '1d' | one_line >"$T/usage"
check_equal "$(cat "$T/synopsis")" "$(cat "$T/usage")" "SYNOPSIS equals the usage of --help"
check_true "there is a usage" [ "$(wc -w <"$T/usage")" -gt 20 ]

for option in $(grep -oE '^ +(-[a-z], )?--[a-z-]+' "$T/out" | grep -oE -e '--[a-z-]+'); do
	check_true "$option is described" grep -q "^\.It.*Fl Fl ${option#--}\b" "$page"
done
for status in 125 126 127 159; do
	check_true "exit status $status is described" grep -q "$status" "$page"
done
check_equal "$(groff -mdoc -ww -Tascii "$page" 2>&1 >/dev/null)" "" "groff has nothing to complain of"
if have_command mandoc; then
	check_equal "$(mandoc -T lint -W warning "$page" 2>&1)" "" "mandoc has nothing to complain of"
else
	skip "mandoc has nothing to complain of" "$reason"
fi
finish
