#!/usr/bin/env bash
# The README: the commands it shows have such verbs and options, its policies are
# policies, and what a denial looks like there could be printed today.
. "$(dirname "$0")/../lib/cli.sh"

readme=$TESTS/../README.md
cd "$T" || exit 125

# Blocks of code, one file each.
awk '/^```/ { open = !open; if (open) file = sprintf("%02d.block", ++n); else close(file); next } open { print >file }' "$readme"
check_true "the README has $(ls ./*.block | wc -l) blocks of code" [ "$(ls ./*.block | wc -l)" -gt 10 ]

# help_of WORD...: what golaunch says of itself, or of the verb that the words begin with.
help_of() {
	case ${1-} in
	policy | bundle) "$GOLAUNCH" "$1" --help ;;
	check | trace | explain | report) "$GOLAUNCH" "$1" --help ;;
	*) "$GOLAUNCH" --help ;;
	esac
}
grep -hE '^(\$ )?golaunch ' ./*.block | sed 's/^\$ //; s/ *#.*//' | sort -u >commands
check_true "the README has $(wc -l <commands) commands" [ "$(wc -l <commands)" -gt 12 ]
while read -r _ words; do
	help_of $words >help 2>/dev/null
	set -- $words
	case ${1-} in
	policy | bundle)
		check_true "$words: there is such a verb" grep -q "^ *golaunch $1 $2\b" help
		;;
	esac
	for option in $(grep -oE -e ' --[a-z-]+| -o' <<<" ${words%% -- *}"); do
		check_true "$words: $option" grep -qE -e "(^|[^a-z-])$option([^a-z-]|\$)" help
	done
done <commands

# A block whose first line is a statement is a policy.
for file in $(grep -lE '^(include|default|known-through) ' ./*.block); do
	run "$GOLAUNCH" policy check "$file"
	check_status 0 "a policy of the README is one: $(head -n 1 "$file")"
done
check_true "there are policies in the README" [ -n "$(grep -lE '^include ' ./*.block)" ]

# "rule PRESET:LINE "TEXT"" in README and manual: that line of that preset says so.
check_rules() { # FILE
	local preset line text
	sed -n 's/^ *rule *\([a-z-]*\):\([0-9]*\) "\([^"]*\)".*/\1 \2 \3/p' "$1" >rules
	check_true "$(basename "$1"): a denial is shown" [ -s rules ]
	while read -r preset line text; do
		check_equal "$("$GOLAUNCH" policy list "$preset" | sed -n "${line}p" | sed 's/ *#.*//')" "$text" "$(basename "$1"): $preset:$line says \"$text\""
	done <rules
}
check_rules "$readme"
check_rules "$TESTS/../man/golaunch.policy.5.in"
finish
