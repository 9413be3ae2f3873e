#!/usr/bin/env bash
# A file includes only its own layer and those to the left of it, in the order
# of LAYERS in the Makefile; "main" stands to the right of all.  Tests of a
# layer (tests/unit/<layer>; tests/sim is linked as the sandbox's) obey the same
# rule, and may include tests/lib and what the build generates beside them.
NO_GOLAUNCH=1
. "$(dirname "$0")/../lib/cli.sh"

layers_of() { # TREE: the names, left to right
	sed -n 's/^LAYERS := //p' "$1/Makefile"
}

# violations TREE: "FILE:LINE: what" for each include that breaks the rule.
violations() {
	(
		cd "$1" || exit
		find launcher include policy tests/unit tests/sim -name '*.[ch]' 2>/dev/null | sort |
			xargs -r grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' /dev/null |
			awk -v layers="$(layers_of .) main" '
			BEGIN { n = split(layers, names, " "); for (i = 1; i <= n; i++) rank[names[i]] = i }
			# The layer of a path: launcher/X/..., include/X/..., X/..., and main.
			function layer(path) {
				sub(/^launcher\/main\.c$/, "main/main.c", path)
				sub(/^(launcher|include|tests\/unit)\//, "", path)
				sub(/^tests\/sim\//, "sandbox/", path)
				sub(/\/.*/, "", path)
				return path
			}
			{
				split($0, part, ":"); file = part[1]; line = part[2]
				match($0, /"[^"]*"/); target = substr($0, RSTART + 1, RLENGTH - 2)
				own = layer(file); other = layer(target)
				is_test = file ~ /^tests\//
				if (!(own in rank))
					print file ":" line ": is in no layer"
				else if (is_test && target ~ /^(tests\/(lib|sim|unit)\/|presets-)/)
					next
				else if (target !~ /\// || !(other in rank))
					print file ":" line ": \"" target "\" is of no layer"
				else if (rank[other] > rank[own])
					print file ":" line ": " own " includes \"" target "\""
			}'
	)
}

found=$(violations "$TESTS/..")
check_equal "$found" "" "every include stays in its layer or to its left"

# The check itself must see what it is for.
tree=$T/tree
mkdir -p "$tree"/{launcher/{base,elf,cmd},include/{base,elf},tests/unit/elf}
echo 'LAYERS := base elf cmd' >"$tree/Makefile"
echo '#include "base/buf.h"' >"$tree/launcher/elf/good.c"
echo '#include "cmd/run.h"' >"$tree/launcher/main.c"
echo '#include "tests/lib/unit.h"' >"$tree/tests/unit/elf/test_good.c"
check_equal "$(violations "$tree")" "" "a tree in order has no violations"
echo '#include "elf/image.h"' >"$tree/include/base/upward.h"
check_equal "$(violations "$tree")" 'include/base/upward.h:1: base includes "elf/image.h"' "an include to the right is seen"
rm "$tree/include/base/upward.h"
printf '#include <stdio.h>\n#  include "misc/thing.h"\n' >"$tree/launcher/elf/strange.c"
check_equal "$(violations "$tree")" 'launcher/elf/strange.c:2: "misc/thing.h" is of no layer' "an include of no layer is seen"
rm "$tree/launcher/elf/strange.c"
echo '#include "sibling.h"' >"$tree/launcher/elf/local.c"
check_equal "$(violations "$tree")" 'launcher/elf/local.c:1: "sibling.h" is of no layer' "an include without a layer is seen"
rm "$tree/launcher/elf/local.c"
echo '#include "cmd/run.h"' >"$tree/tests/unit/elf/test_bad.c"
check_equal "$(violations "$tree")" 'tests/unit/elf/test_bad.c:1: elf includes "cmd/run.h"' "a test that reaches to the right is seen"
finish
