#!/usr/bin/env bash
# Every error of the table has a fixture: a test of the real binary that
# expects its code.  What cannot be shown yet stands in later.list, with the
# reason, and nowhere else.
NO_GOLAUNCH=1
. "$(dirname "$0")/../lib/cli.sh"

table=$TESTS/../include/diag/findings.def
later=$TESTS/meta/later.list

# codes SEVERITY: of the table.
codes() {
	tr '\n' ' ' <"$table" | grep -oE 'GL_FINDING\( *[0-9]+, *[A-Z_0-9]+, *"[^"]*", *[A-Z]+' |
		sed -nE "s/.*\( *([0-9]+),.* $1\$/GL\1/p" | sort
}

# Codes that tests expect; that list of contract in explain.sh is none.
expected() {
	cat "$TESTS"/cli/*.table $(ls "$TESTS"/cli/*.sh "$TESTS"/live/*.sh | grep -v explain.sh) |
		sed 's/^[[:space:]]*#.*//' | grep -oE 'GL[0-9]{4}' | sort -u
}

postponed() { sed -nE 's/^(GL[0-9]{4})[[:space:]]+[^[:space:]].*/\1/p' "$later" | sort; }

check_true "the table can be read" [ "$(codes ERROR | wc -l)" -ge 30 ]
check_equal "$(codes '[A-Z]+' | uniq -d)" "" "no number is used twice"
check_equal "$(codes ERROR | comm -23 - <(sort -u <(expected) <(postponed)))" "" "every error has a fixture, or a reason to have none"
check_equal "$(comm -12 <(expected) <(postponed))" "" "what has a fixture is not called later"
check_equal "$(comm -23 <(postponed) <(codes '[A-Z]+'))" "" "what is called later is in the table"
check_equal "$(comm -13 <(codes '[A-Z]+') <(expected) | grep -v '^GL0000$')" "" "no test expects a code that is not in the table"
finish
