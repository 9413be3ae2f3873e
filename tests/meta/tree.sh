#!/usr/bin/env bash
# What the tree must not hold: long files, long functions, this or that
# machine's paths and names, tests that cannot run.
NO_GOLAUNCH=1
. "$(dirname "$0")/../lib/cli.sh"

FILE_LINES=600
FUNCTION_LINES=100
cd "$TESTS/.." || exit 125

# Tracked and new files alike, without what git ignores.
tree_files() {
	git ls-files -co --exclude-standard 2>/dev/null || find . -type f -not -path './build*' -not -path './.git/*' -printf '%P\n'
}

c_files() { tree_files | grep '\.[ch]$'; }

# long_functions FILE...: a function's body starts with { and ends with } in the first column.
long_functions() {
	awk -v limit="$1" '
		/^\{/ { start = FNR }
		/^\}/ && start { if (FNR - start + 1 > limit) print FILENAME ":" start ": " FNR - start + 1 " lines"; start = 0 }
	' "${@:2}"
}

check_equal "$(c_files | xargs -r wc -l | awk -v limit=$FILE_LINES '$2 != "total" && $1 > limit { print $2, $1 }')" "" \
	"no C file is longer than $FILE_LINES lines"
check_equal "$(long_functions $FUNCTION_LINES $(c_files))" "" "no function is longer than $FUNCTION_LINES lines"
printf 'int f(void)\n{\n\tx();\n\ty();\n}\n' >"$T/f.c"
check_equal "$(long_functions 3 "$T/f.c")" "$T/f.c:2: 4 lines" "a long function would be seen"

# Paths of one machine, mirror hosts, key-board leftovers.  The words are split so that this file is clean itself.
forbidden='/home/[a-z]+/|/root/\.|deb\.debian\.'
check_equal "$(tree_files | grep -v '^tests/meta/tree.sh$' | xargs -r grep -nIE "$forbidden" 2>/dev/null)" "" \
	"no path or host of one machine is in the tree"
check_equal "$(tree_files | xargs -r grep -lIE '^(<<<<<<<|>>>>>>>)( |$)' 2>/dev/null)" "" "no merge conflict was left"

check_equal "$(tree_files | grep -E '^tests/(cli|live|meta)/[^/]*\.sh$' | while read -r file; do
	[ -x "$file" ] || echo "$file: not executable"
	bash -n "$file" 2>&1
	grep -qE '^(finish|skip_all)' "$file" || echo "$file: no finish"
done)" "" "every test script is executable, parses and finishes"
check_equal "$(c_files | grep '^include/' | while read -r file; do
	case $file in *.h) grep -q '^#pragma once' "$file" || echo "$file" ;; esac
done)" "" "every header has #pragma once"
finish
