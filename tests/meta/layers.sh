#!/usr/bin/env bash
# A file includes only its own layer and those to the left of it, in the order
# of LAYERS in the Makefile; "main" stands to the right of all.  Tests of a
# layer (tests/unit/<layer>; tests/sim is linked as the sandbox's) obey the same
# rule, and may include tests/lib and what the build generates beside them.
#
# The loader stub (launcher/loader) is no layer: freestanding, it includes its own
# headers, those of one machine by their plain names, and of the system's what
# needs no libc.  Of it, "bundle" and what is to the right may include the one
# header that describes it, loader/slot.h.  A fuzzer may include anything.
NO_GOLAUNCH=1
. "$(dirname "$0")/../lib/cli.sh"

layers_of() { # TREE: the names, left to right
	sed -n 's/^LAYERS := //p' "$1/Makefile"
}

machine_headers() { # TREE: their plain names
	find "$1/launcher/loader" -mindepth 2 -name '*.h' -printf '%f\n' 2>/dev/null | sort -u
}

# violations TREE: "FILE:LINE: what" for each include that breaks the rule.
violations() {
	(
		cd "$1" || exit
		find launcher include policy tests/unit tests/sim tests/fuzz -name '*.[chS]' 2>/dev/null | sort |
			xargs -r grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]' /dev/null |
			awk -v layers="$(layers_of .) main" -v machine="$(machine_headers . | paste -sd' ')" '
			BEGIN {
				n = split(layers, names, " "); for (i = 1; i <= n; i++) rank[names[i]] = i
				n = split(machine, names, " "); for (i = 1; i <= n; i++) is_machine[names[i]] = 1
				freestanding = "^((linux|asm|asm-generic)/.*|(float|limits|std(align|arg|bool|def|int|noreturn))\\.h)$"
			}
			# The layer of a path: launcher/X/..., include/X/..., X/..., and main.
			function layer(path) {
				sub(/^launcher\/main\.c$/, "main/main.c", path)
				sub(/^(launcher|include|tests\/unit)\//, "", path)
				sub(/^tests\/sim\//, "sandbox/", path)
				sub(/^tests\/fuzz\//, "fuzz/", path)
				sub(/\/.*/, "", path)
				return path
			}
			# May the stub, or a test of it, include this?
			function loader_may(target, is_test) {
				return other == "loader" || (!is_test && target in is_machine)
			}
			function say(what) {
				print file ":" line ": " what
			}
			{
				split($0, part, ":"); file = part[1]; line = part[2]
				match($0, /["<][^">]*/); target = substr($0, RSTART + 1, RLENGTH - 1)
				is_system = substr($0, RSTART, 1) == "<"
				own = layer(file); other = layer(target)
				is_test = file ~ /^tests\//
				if (is_system) {
					if (own == "loader" && !is_test && target !~ freestanding)
						say("the stub includes <" target ">")
				} else if (own == "fuzz" || (is_test && target ~ /^(tests\/(lib|sim|unit)\/|presets-)/)) {
					next
				} else if (own == "loader") {
					if (!loader_may(target, is_test))
						say("the stub includes \"" target "\"")
				} else if (!(own in rank)) {
					say("is in no layer")
				} else if (target == "loader/slot.h" && rank[own] >= rank["bundle"]) {
					next
				} else if (target !~ /\// || (!(other in rank) && other != "loader")) {
					say("\"" target "\" is of no layer")
				} else if (other == "loader" || rank[other] > rank[own]) {
					say(own " includes \"" target "\"")
				}
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
rm "$tree/tests/unit/elf/test_bad.c"

# The loader stub: what it may include, and who may include it.
mkdir -p "$tree"/{launcher/loader/x86_64,launcher/bundle,include/loader,tests/{unit/loader,fuzz}}
echo 'LAYERS := base elf bundle cmd' >"$tree/Makefile"
touch "$tree/launcher/loader/x86_64/machine.h"
printf '#include <linux/elf.h>\n#include <stdint.h>\n#include "loader/map.h"\n#include "machine.h"\n' >"$tree/launcher/loader/main.c"
echo '#include "loader/room.h"' >"$tree/launcher/loader/x86_64/start.S"
printf '#include "loader/map.h"\n#include "tests/lib/unit.h"\n#include <stdio.h>\n' >"$tree/tests/unit/loader/test_map.c"
echo '#include "loader/slot.h"' | tee "$tree/launcher/bundle/stub.c" >"$tree/launcher/cmd/stub.c"
printf '#include "cmd/run.h"\n#include "loader/map.h"\n#include <stdio.h>\n' >"$tree/tests/fuzz/loader.c"
check_equal "$(violations "$tree")" "" "a stub in order has no violations"

# stray FILE INCLUDE WHAT: an include put into a file of its own is seen.
stray() {
	echo "#include $2" >"$tree/$1"
	check_equal "$(violations "$tree")" "$1:1: $3" "$1 with $2 is seen"
	rm "$tree/$1"
}
stray launcher/loader/bad.c '"base/buf.h"' 'the stub includes "base/buf.h"'
stray launcher/loader/bad.c '<stdio.h>' 'the stub includes <stdio.h>'
stray launcher/loader/bad.c '"other.h"' 'the stub includes "other.h"'
stray launcher/loader/x86_64/bad.S '"base/macros.h"' 'the stub includes "base/macros.h"'
stray include/loader/bad.h '<string.h>' 'the stub includes <string.h>'
stray tests/unit/loader/test_bad.c '"elf/image.h"' 'the stub includes "elf/image.h"'
stray launcher/elf/bad.c '"loader/slot.h"' 'elf includes "loader/slot.h"'
stray launcher/bundle/bad.c '"loader/map.h"' 'bundle includes "loader/map.h"'
stray launcher/cmd/bad.c '"machine.h"' '"machine.h" is of no layer'
finish
