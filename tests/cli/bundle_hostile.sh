#!/usr/bin/env bash
# Bundles that somebody has tampered with, or that nobody made: "bundle verify"
# names what is wrong (GL7003), and a launch refuses before anything of it runs.
. "$(dirname "$0")/../lib/cli.sh"
. "$TESTS/lib/elf.sh"
# What ends a pipe runs in this shell, and so is counted.
shopt -s lastpipe

need_fixture "$(newest_go)" nu cgo
mkdir "$T/spot"
cp "$program" "$T/spot/nu"
nu=$T/spot/nu
good=$T/good.bundle
run "$GOLAUNCH" bundle create -o "$good" "$nu"
check_status 0 "the good bundle is made"

# fresh: $b, PROGRAM.bundle, is the good one again.
b=$nu.bundle
fresh() {
	rm -rf "$b"
	cp -a "$good" "$b"
}

# launch WAY: by the program with its own bundle, by --bundle, by the stub in the bundle.
launch() {
	case $1 in
	own) run "$GOLAUNCH" --fallback always "$nu" ;;
	named) run "$GOLAUNCH" --fallback always --bundle "$b" "$T/spot/copy" ;;
	stub) run "$GOLAUNCH" "$b/nu" ;;
	esac
}
cp "$nu" "$T/spot/copy"

fresh
run "$GOLAUNCH" bundle verify "$b"
check_status 0 "good: verified"
check_stdout_has "good" "good: and said"
for way in own named stub; do
	launch $way
	check_status 0 "good: runs ($way)"
	check_stdout_has "main reached" "good: reaches main ($way)"
done

# refused CODE DESCRIPTION [WAY...]: no way of launching runs anything of the bundle.
refused() {
	local code=$1 description=$2 way problem=
	shift 2
	for way in "${@:-own named}"; do
		for way in $way; do
			launch $way
			[ "$status" = 126 ] || problem="$problem $way: status $status;"
			grep -q "error\[$code\]" "$T/err" || problem="$problem $way: no $code;"
			! grep -q "main reached" "$T/out" || problem="$problem $way: it ran;"
			[ -z "$problem" ] || break 2
		done
	done
	if [ -z "$problem" ]; then pass "$description"; else fail "$description" "$problem"; fi
}

# verified CODE DESCRIPTION [WORDS]: verify finds that, with these words, and nothing else.
verified() {
	local got
	run "$GOLAUNCH" bundle verify --format json "$b"
	got="$status $(jq -r '[.results[].findings[].code] | unique | join(" ")' "$T/out" 2>&1)"
	if [ "$got" != "1 $1" ]; then
		fail "$2" "want: 1 $1
got:  $got"
	elif [ -n "${3-}" ] && ! jq -r '.results[].findings[].message' "$T/out" | grep -qF -e "$3"; then
		fail "$2" "no message has: $3"
	else
		pass "$2"
	fi
}

# corrupt DESCRIPTION [WORDS]
corrupt() {
	verified GL7003 "$1: verify" "${2-}"
	refused GL7003 "$1: refused"
}

# --- each file, each damage --------------------------------------------------------
damage_missing() { rm "$1"; }
damage_empty() { : >"$1"; }
damage_truncated() { truncate -s -10 "$1"; }
damage_longer() { echo x >>"$1"; }
damage_link() { mv "$1" "$T/moved"; ln -s "$T/moved" "$1"; }
damage_loop() { ln -sf "${1##*/}" "$1"; }
damage_directory() { rm "$1" && mkdir "$1"; }
damage_fifo() { rm "$1" && mkfifo "$1"; }
damage_bytes() { printf 'x' | dd of="$1" bs=1 seek=100 conv=notrunc status=none; }
damage_machine() { elf_put "$1" 18 b700; } # EM_AARCH64
damages="missing empty truncated longer link loop directory fifo bytes machine"
files=$(cd "$good" && find . -type f | sed 's:^\./::' | LC_ALL=C sort)
check_true "the bundle has all kinds of files" [ "$(echo "$files" | grep -cE '^(nu|program/nu|manifest.json|lib/ld-.*|lib/libc\.so\.6)$')" = 5 ]

for file in $files; do
	for damage in $damages; do
		# A manifest has no machine, and one byte behind its end is a newline more.
		case $file:$damage in manifest.json:machine | manifest.json:longer) continue ;; esac
		fresh
		damage_$damage "$b/$file"
		corrupt "$file $damage"
	done
done

# Two files in each other's place.
previous=
for file in $files; do
	if [ -n "$previous" ]; then
		fresh
		mv "$b/$file" "$T/moved" && mv "$b/$previous" "$b/$file" && mv "$T/moved" "$b/$previous"
		corrupt "$previous and $file swapped"
	fi
	previous=$file
done

# The stub by its own name looks at its bundle too, when golaunch starts it.
for file in program/nu lib/libc.so.6 manifest.json; do
	fresh
	damage_truncated "$b/$file"
	refused GL7003 "$file truncated: its stub is refused" stub
done

# --- more than there should be --------------------------------------------------------
for planted in lib/evil.so lib/libnss_evil.so.2 lib/.hidden; do
	fresh
	cp "$b/lib/libc.so.6" "$b/$planted"
	corrupt "$planted planted" "$planted is not in the manifest"
done
fresh
mkdir -p "$b/lib/glibc-hwcaps/x86-64-v2"
cp "$b/lib/libc.so.6" "$b/lib/glibc-hwcaps/x86-64-v2/"
corrupt "a directory for better CPUs planted" "lib/glibc-hwcaps is not in the manifest"
for folder in lib program; do
	fresh
	mv "$b/$folder" "$T/folder" && ln -s "$T/folder" "$b/$folder"
	corrupt "$folder is a link" "$folder is not a directory"
	rm -rf "$T/folder"
	fresh
	rm -r "$b/$folder" && mkfifo "$b/$folder"
	corrupt "$folder is a FIFO" "$folder is not a directory"
done

# --- manifests ---------------------------------------------------------------------------
# manifest DESCRIPTION [WORDS]: stdin as the manifest.
manifest() {
	fresh
	cat >"$b/manifest.json"
	corrupt "manifest: $1" "${2-}"
}
edited() { # FILTER DESCRIPTION [WORDS]
	jq "$1" "$good/manifest.json" | manifest "$2" "${3-}"
}
printf '' | manifest "nothing"
echo 'no JSON' | manifest "not JSON"
echo '[]' | manifest "a list" "no JSON object"
echo '{}' | manifest "an empty object" "schema: is missing"
head -c 4096 /dev/urandom | manifest "random bytes"
cat "$good/manifest.json" "$good/manifest.json" | manifest "two documents"
head -c 1000 "$good/manifest.json" | manifest "cut in the middle"
sed 's/"nu"/"nu\\u0000"/' "$good/manifest.json" | manifest "a NUL in a path"
tr '\n' '\0' <"$good/manifest.json" | manifest "NULs between"
sed '2p' "$good/manifest.json" | manifest "a field twice"
awk 'BEGIN { for (i = 0; i < 1000000; i++) printf "["; }' | manifest "nested a million deep" "nested more than"
awk 'BEGIN { printf "{\"files\":["; for (i = 0; i < 1000000; i++) printf "{},"; print "{}]}" }' |
	manifest "a million empty entries" "more than"
awk 'BEGIN { printf "{\"files\":["; for (i = 0; i < 1000000; i++) printf "{\"path\":\"lib/%d.so\",\"role\":\"library\"},", i; print "{}]}" }' |
	manifest "a million entries" "more than"
edited '.files += [range(5000) as $i | .files[0] + {path: "lib/\($i).so"}]' "five thousand files"
fresh
truncate -s 100M "$b/manifest.json"
corrupt "manifest: 100 MB of nothing" "more than"

edited '.schema = "golaunch.bundle/2"' "of another schema" "schema: must be"
edited '.machine = "pdp-11"' "of an unknown machine" "machine: is none"
edited '.files += [.files[0]]' "one file twice" "two of one path"
edited 'del(.files[] | select(.role == "loader"))' "without a loader" "must have one loader"
edited 'del(.files[] | select(.role == "stub"))' "without a stub" "without its stub"
edited '.files[1].size += 1' "another size" "the manifest says"
edited '.files[1].sha256 = "zz"' "no hash" "sha256: must be"
edited '.files[1].size = "14480"' "a size in quotes" "size: must be"
for path in ../evil.so lib/../../evil.so lib/../lib/libc.so.6 /etc/passwd lib//libc.so.6 lib/./libc.so.6 lib \
	lib/gconv lib/a/b 'lib/' '.' '..' '' manifest.json "lib/$(printf '%0300d' 0)"; do
	edited "(.files[] | select(.path == \"lib/libc.so.6\") | .path) = \"$path\"" "the path '${path:0:30}'" "].path: "
done

# It cannot name a file outside, whatever is there.
cp "$good/lib/libc.so.6" "$T/spot/evil.so"
edited '(.files[] | select(.path == "lib/libc.so.6") | .path) = "lib/../../evil.so"' "a file that is there outside" "].path: "
rm "$T/spot/evil.so"

# rehash PATH: the manifest says of the file what is true now.
rehash() {
	local hash size mtime
	hash=$(sha256sum <"$b/$1") size=$(stat -c %s "$b/$1") mtime=$(stat -c %Y "$b/$1")
	jq --arg path "$1" --arg hash "${hash%% *}" --argjson size "$size" --argjson mtime "$mtime" \
		'(.files[] | select(.path == $path)) |= (.sha256 = $hash | .size = $size | .mtime = $mtime)' \
		"$b/manifest.json" >"$T/manifest" && cp "$T/manifest" "$b/manifest.json"
}
# What is true is still of no use.
fresh
elf_put "$b/lib/libc.so.6" 18 b700
rehash lib/libc.so.6
verified "GL7003 GL7004" "libc of another machine, and a manifest that knows: verify" "is for aarch64"
fresh
cp "$b/program/nu" "$b/nu"
rehash nu
verified GL7004 "no stub in the stub's place: verify" "is no stub of golaunch's"
fresh
rm "$b/lib/libc.so.6"
jq 'del(.files[] | select(.path == "lib/libc.so.6"))' "$good/manifest.json" >"$b/manifest.json"
corrupt "no libc, and a manifest that knows" "must have lib/libc.so.6"

# --- who could have written it --------------------------------------------------------------
for path in . lib program nu lib/libc.so.6 program/nu manifest.json; do
	fresh
	chmod o+w "$b/$path"
	refused GL7004 "$path writable by everybody: refused"
done
fresh
chmod o+w "$T/spot"
refused GL7004 "the directory above writable by everybody: refused"
chmod +t "$T/spot"
launch own
check_status 0 "the directory above sticky: runs"
chmod o-w,-t "$T/spot"
chmod o+w "$T"
refused GL7004 "a directory further above writable by everybody: refused"
chmod o-w "$T"
if am_root; then
	for path in . lib program nu lib/libc.so.6 program/nu manifest.json; do
		fresh
		chown 4711 "$b/$path"
		refused GL7004 "$path of another user: refused"
		fresh
		chmod g+w "$b/$path"
		refused GL7004 "$path writable by a group, for root: refused"
	done
else
	skip "another user's files" "needs root"
fi

# --- under another name ---------------------------------------------------------------------
fresh
mv "$b" "$T/elsewhere.bundle" && ln -s "$T/elsewhere.bundle" "$b"
run "$GOLAUNCH" bundle verify "$b"
check_status 0 "a link to a good bundle: good"
launch own
check_status 0 "a link to a good bundle: runs"
damage_truncated "$T/elsewhere.bundle/lib/libc.so.6"
corrupt "a link to a spoilt bundle"
rm -rf "$T/elsewhere.bundle"
run "$GOLAUNCH" bundle verify "$b"
check_status 1 "a link to nothing: verify 1"
check_stdout_has "GL7002" "a link to nothing: GL7002"
rm "$b" && ln -s nu.bundle "$b"
corrupt "a link to itself"

# --- all that is wrong, and what it looks like ----------------------------------------------
rm "$b"
fresh
damage_truncated "$b/lib/libc.so.6"
damage_missing "$b/program/nu"
cp "$b/nu" "$b/lib/$(printf 'evil\033[31m\n.so')"
run "$GOLAUNCH" bundle verify "$b"
check_status 1 "three things wrong: 1"
check_equal "$(grep -c 'error\[GL7003\]' "$T/out")" 3 "three things wrong: three findings"
check_stdout_has 'evil\x1b[31m\x0a.so' "a name that speaks to terminals is escaped"
check_true "and nothing of it gets out" sh -c "! grep -q \"$(printf '\033')\" '$T/out'"
run "$GOLAUNCH" bundle show "$b"
check_status 1 "a corrupt bundle is not shown"
check_stdout_has "GL7003" "and why"

# --- show ---------------------------------------------------------------------------------------
run "$GOLAUNCH" bundle show --format json "$good"
check_status 0 "show --format json: 0"
check_equal "$(cat "$T/out")" "$(cat "$good/manifest.json")" "show --format json: the manifest"
run "$GOLAUNCH" bundle show "$good"
check_status 0 "show: 0"
check_matches "$T/out" '^program +nu$' "show: the program"
check_matches "$T/out" '^libc +glibc [0-9.]+$' "show: libc"
check_matches "$T/out" '^lib/libc\.so\.6 +libc\.so\.6 .* [0-9]+$' "show: a row"

# --- usage --------------------------------------------------------------------------------------
while IFS='|' read -r words text; do
	run "$GOLAUNCH" bundle $words
	check_status 125 "bundle $words: 125"
	check_stderr_has "$text" "bundle $words: says why"
done <<'TABLE'
|needs a verb
destroy|has no verb 'destroy'
--no-such verify|unknown option
verify|needs a DIR
verify --no-such x|unknown option
show|takes one DIR
show a b|takes one DIR
TABLE
run "$GOLAUNCH" bundle --help
check_status 0 "bundle --help: 0"
cp "$T/out" "$T/help"
run "$GOLAUNCH" help bundle
check_equal "$(cat "$T/out")" "$(cat "$T/help")" "help bundle: the same"
for verb in create verify show; do
	check_matches "$T/help" "^  golaunch bundle $verb " "bundle --help: $verb"
	run "$GOLAUNCH" bundle $verb --help
	check_status 0 "bundle $verb --help: 0"
	cp "$T/out" "$T/own"
	run "$GOLAUNCH" help bundle $verb
	check_equal "$(cat "$T/out")" "$(cat "$T/own")" "help bundle $verb: the same"
done
run "$GOLAUNCH" --format json bundle verify "$good"
check_json "$T/out" '.schema, .results[0].verdict' "golaunch.bundle-verify/1
good" "options before the verb count"
run "$GOLAUNCH" bundle verify "$good" "$T/none" "$good"
check_status 1 "one of three is not there: 1"
check_equal "$(grep -c ': good' "$T/out")" 2 "and the others are good"
finish
