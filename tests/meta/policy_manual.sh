#!/usr/bin/env bash
# golaunch.policy(5): every example in it does what the page says, and the lists
# in it hold all that the binary knows and nothing else.
. "$(dirname "$0")/../lib/cli.sh"

have_command groff || skip_all "$reason"
template=$TESTS/../man/golaunch.policy.5.in
page=$GL_BUILD/man/golaunch.policy.5
cd "$T" || exit 125
mkdir bin && ln -s "$GOLAUNCH" bin/golaunch

squeeze() { tr -s ' \t' '  ' | sed 's/^ //; s/ $//' | grep -v '^$'; }
groff -mdoc -Tascii -P-cbou -rLL=10000n "$page" 2>warnings >wide
whole=$'\n'$(squeeze <wide)$'\n'
section() { sed -n "/^\.Sh $1\$/,/^\.Sh /p" "$page"; } # of the page's source
letters() { sed 's/\\&//g; s/\\e/\\/g; s/\\-/-/g; s/\\(aq/'"'"'/g; s/\\%//g'; }

# --- its form -----------------------------------------------------------------------
check_equal "$(groff -mdoc -ww -Tascii "$page" 2>&1 >/dev/null)" "" "groff has nothing to complain of"
if have_command mandoc; then
	check_equal "$(mandoc -T lint -W warning "$page" 2>&1)" "" "mandoc has nothing to complain of"
else
	skip "mandoc has nothing to complain of" "$reason"
fi
check_equal "$(grep -nE '^@[a-z]+@$|@through@' "$page")" "" "nothing is left to be put in"

# --- its examples -----------------------------------------------------------------------
# Each display goes to a file NUMBER.KIND, what the comment says besides the kind to NUMBER.says.
letters <"$template" | awk '
	/^\.\\" (check|lines|error|shell|output)/ { kind = $2; says = $0; sub(/^[^ ]+ [^ ]+ ?/, "", says); next }
	/^\.Bd / { file = sprintf("%02d.%s", ++n, kind == "" ? "unsaid" : kind); printf "%s", says >sprintf("%02d.says", n); next }
	/^\.Ed/ { close(file); file = "" }
	file != "" { print >file }
	{ kind = "" }'
check_true "the page has $(ls [0-9]*.says | wc -l) displays" [ "$(ls [0-9]*.says | wc -l)" -gt 25 ]
check_equal "$(ls | grep unsaid)" "" "every display says as what it is run"

for file in [0-9]*.*; do
	number=${file%.*} name=$(sed -n '1s/^# \([a-z.]*\.policy\)$/\1/p' "$file")
	case $file in
	*.check) cp "$file" "${name:=p.policy}" ;;
	*.lines) { echo 'default deny' && cat "$file"; } >"${name:=p.policy}" ;;
	*.error) cp "$file" "${name:=p.policy}" ;;
	*.shell)
		PATH=$T/bin:$PATH run bash -e "$file"
		check_status 0 "example $number: the commands succeed"
		continue
		;;
	*) continue ;;
	esac
	run "$GOLAUNCH" policy check "$name"
	case $file in
	*.error)
		check_status 1 "example $number is refused"
		check_stdout_has "$(cat "$number.says")" "example $number: says why"
		;;
	*) check_status 0 "example $number: $(grep -v '^#' "$file" | head -n 1)" ;;
	esac
	check_lacks "$T/out" GL5009 "example $number: nothing of it is lost"
done

# --- its statements -----------------------------------------------------------------------
# All words that a statement can begin with, from what the parser offers for an unknown one.
for word in $(sed -n 's/^\t{"\([a-z-]*\)", .*\.parse.*/\1/p' "$TESTS/../policy/parse.c"); do
	check_true "the statement '$word' is described" grep -qE "^\.It (Xo )?Ic (.* Ic )?$word\b" "$page"
done
limits=$(sed -n 's/^#define GL_POLICY_MAX_\([A-Z]*\) *(*\(size_t)\)*\([0-9]*\).*/\1=\3/p' "$TESTS/../include/policy/policy.h" | paste -sd' ')
check_equal "$limits" "BYTES=1 FILES=64 DEPTH=8 RULES=16384 CALLS=65536 TESTS=6 VALUES=64 ITEMS=1024" \
	"the limits are those that the page says"

# --- its lists ------------------------------------------------------------------------------
# check_text NAME: what "policy list NAME" prints stands in the page, line by line.
check_text() {
	"$GOLAUNCH" policy list "$1" | sed '1{/^# [a-z-]*: /d}' | squeeze | sed '1{/^#$/d}' >text
	check_true "$1: its text is in the page" [ -s text ]
	if [[ $whole == *$'\n'"$(cat text)"$'\n'* ]]; then
		pass "$1: line by line"
	else
		fail "$1: line by line"
	fi
}
"$GOLAUNCH" policy list --format json >list.json
groups=$(jq -r '.groups[] | "@" + .name' list.json) presets=$(jq -r '.presets[].name | select(. != "none")' list.json)
check_equal "$(section GROUPS | sed -n 's/^\.It Ic //p' | sort)" "$(sort <<<"$groups")" "GROUPS has all groups and no others"
check_equal "$(section PRESETS | sed -n 's/^\.It Ic //p' | sort)" "$(sort <<<"$presets")" "PRESETS has all presets and no others"
for name in $groups $presets; do
	check_text "$name"
done

section ARGUMENTS | sed '1,/^\.Bd/d; /^\.Ed/,$d' | letters >arguments
# Each argument in a policy of its own kind: those with names are taken, pointers are refused.
awk '{ for (i = 2; i <= NF; i++) { split($i, a, "[/:]")
		if ($i !~ /^[*-]/) print "allow", $1, "if", a[1], ($i ~ /\/16/ ? "& 1" : "== 1") } }' arguments >allowing
check_true "ARGUMENTS has $(wc -l <allowing) arguments" [ "$(wc -l <allowing)" -gt 400 ]
{ echo 'default deny' && cat allowing; } >p.policy
run "$GOLAUNCH" policy show p.policy
check_status 0 "all of them can be tested"
awk '{ for (i = 2; i <= NF; i++) if ($i ~ /^\*/) print $1, substr($i, 2) }' arguments >pointers
check_equal "$(while read -r call name; do
	printf 'default deny\nallow %s if %s == 0\n' "$call" "$name" >p.policy
	"$GOLAUNCH" policy check p.policy | grep -qF "'$name' of '$call' is a pointer" || echo "$call $name"
done < <(awk 'NR % 7 == 0' pointers))" "" "the pointers among them are refused (every 7th of $(wc -l <pointers))"

section CONSTANTS | letters | awk '/^\.It / { family = $2; next } family != "" && /^[A-Z][A-Z0-9_]*$/ { print family, $1 }' >constants
check_equal "$(wc -l <constants)" "$(grep -c '^[A-Z]' "$TESTS/../policy/data/constants.list")" "CONSTANTS has as many as the list"
{ echo 'default deny' && awk '{ print "allow read if arg0 ==", $2 }' constants; } >p.policy
run "$GOLAUNCH" policy show p.policy
check_status 0 "all of them are known"
# A family is what its arguments take.
awk '{ for (i = 2; i <= NF; i++) if (split($i, a, ":") == 2) { name = a[1]; sub(/\/.*/, "", name); n = split(a[2], f, "+")
		for (j = 1; j <= n; j++) print f[j], $1, name, ($i ~ /\/16/ ? "&" : "==") } }' arguments | sort -u -k1,1 >takers
# (fadvise64's arguments are in other registers on 32-bit machines, so its advice has no name.)
check_equal "$(cut -d' ' -f1 constants | sort -u | comm -3 - <(cut -d' ' -f1 takers))" FADV \
	"every family but one is taken by some argument, and there is no other"
awk 'NR == FNR { call[$1] = $2 " if " $3 " " $4; next } { print "allow", call[$1], $2 }' takers <(grep -v '^FADV ' constants) >by_family
{ echo 'default deny' && cat by_family; } >p.policy
run "$GOLAUNCH" policy show p.policy
check_status 0 "each constant is one of its family's arguments"

check_equal "$(section SETTINGS | sed -n 's/^\.Pa \(\/[^ ]*\)$/\1/p' | grep -vx /proc | grep -vx /etc/passwd | sort)" \
	"$(sed -n 's/^\t{"\(\/[^"]*\)".*/\1/p' "$TESTS/../launcher/sandbox/landlock_paths.c" | grep -vx /etc/passwd | sort)" \
	"the paths that can be read in any case"
finish
