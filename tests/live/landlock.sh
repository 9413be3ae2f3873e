#!/usr/bin/env bash
# Files and ports by Landlock, with real Go programs: what the policy names
# works, all else answers EACCES, and what Go needs itself needs no line.
. "$(dirname "$0")/../lib/cli.sh"

version=$("$HELPERS/landlock" --version) || skip_all "no Landlock in this kernel"
as_user=(setpriv --reuid=1234 --regid=1234 --clear-groups --)
am_root || as_user=(env)
mkdir -p "$T/in/sub" "$T/out.d" "$T/both/sub" "$T/hidden" "$T/bin" || exit 125
echo words | tee "$T/in/file" "$T/in/sub/file" "$T/out.d/file" "$T/both/file" "$T/hidden/file" >/dev/null
cp /bin/true "$T/bin/allowed" && cp /bin/true "$T/bin/other"
chmod -R a+rwX "$T/in" "$T/out.d" "$T/both" "$T/hidden"
cp "$GOLAUNCH" "$HELPERS/refuse" "$T/"

policy() { # LINE...: in $T/policy
	{ echo "default allow"; printf '%s\n' "$@"; } >"$T/policy"
	chmod 644 "$T/policy"
}

files() { # WORD OPERAND...
	run "${as_user[@]}" "$T/golaunch" --policy "$T/policy" -- "$T/files" "$@"
}

said() { sed -n "s|^$1 $2: ||p" "$T/out"; }

expect() { # WANT WORD OPERAND: what the program said
	check_equal "$(said "$2" "$3")" "$1" "$label: $2 ${3#"$T/"}"
}

use_files() {
	policy "read $T/in $T/both" "write $T/out.d $T/both" "execute $T/bin/allowed"
	files read "$T/in/sub/file" list "$T/in" write "$T/in/file" truncate "$T/in/file" make "$T/in/new" \
		read "$T/out.d/file" write "$T/out.d/file" make "$T/out.d/new" remove "$T/out.d/new" \
		rename "$T/both/file,$T/both/sub/moved" rename "$T/both/sub/moved,$T/both/file" \
		rename "$T/out.d/file,$T/both/x" rename "$T/both/file,$T/hidden/x" \
		truncate "$T/both/file" read "$T/hidden/file" list "$T/hidden" stat "$T/hidden/file" \
		execute "$T/bin/allowed" execute "$T/bin/other" execute /bin/true
	check_status 0 "$label: the program runs"
	for allowed in "read $T/in/sub/file" "list $T/in" "write $T/out.d/file" "make $T/out.d/new" "remove $T/out.d/new" \
		"rename $T/both/file,$T/both/sub/moved" "rename $T/both/sub/moved,$T/both/file" "truncate $T/both/file" \
		"stat $T/hidden/file" "execute $T/bin/allowed"; do
		expect ok $allowed
	done
	for denied in "write $T/in/file" "truncate $T/in/file" "make $T/in/new" "read $T/out.d/file" "read $T/hidden/file" \
		"list $T/hidden" "execute $T/bin/other" "execute /bin/true"; do
		expect "permission denied" $denied
	done
	# A file must not gain rights by where it is moved to; the kernel's answer makes mv copy it.
	expect "invalid cross-device link" rename "$T/out.d/file,$T/both/x"
	check_true "$label: nothing was moved out" [ ! -e "$T/hidden/x" ]
}

# The program may nothing, and yet does what Go's library does by itself.
use_library() {
	policy "read $T/in"
	files user 0 zone Europe/Berlin roots - host localhost self - get -
	check_status 0 "$label: the program runs without a line for it"
	expect ok user 0
	expect ok host localhost
	expect ok self -
	expect ok get -
	[ ! -e /usr/share/zoneinfo/Europe/Berlin ] || expect ok zone Europe/Berlin
	[ ! -e /etc/ssl/certs/ca-certificates.crt ] || expect ok roots -
}

use_ports() {
	local port
	rm -f "$T/both/address"
	"$T/http" serve "$T/both/address" >"$T/served" 2>&1 &
	server=$!
	wait_for 10 test -s "$T/both/address"
	port=$(sed 's/.*://' "$T/both/address")
	policy "bind 4711-4720" "connect $port"
	files listen 4711 listen 4720 listen 4721 listen 0 connect "$port" connect 4711 multipath "$port" read "$T/hidden/file"
	for allowed in "listen 4711" "listen 4720" "connect $port" "read $T/hidden/file"; do
		expect ok $allowed
	done
	for denied in "listen 4721" "listen 0" "connect 4711"; do
		expect "permission denied" $denied
	done
	expect "protocol not supported" multipath "$port"
	policy "bind 0"
	files listen 0 connect "$port" get -
	for allowed in "listen 0" "connect $port" "get -"; do
		expect ok $allowed
	done
	kill $server && wait $server
}

go_fixture "$(newest_go)" http || skip_all "$reason"
cp "$program" "$T/http"
for version in 1.19 "$(newest_go)"; do
	for variant in static cgo; do
		label="go $version $variant"
		go_fixture "$version" files "$variant" || { skip "$label" "$reason"; continue; }
		cp "$program" "$T/files"
		use_files
		use_library
		use_ports
	done
done

# --- the program's own start -----------------------------------------------------------
label="the newest, cgo"
policy "read $T/in"
run "${as_user[@]}" "$T/golaunch" --policy "$T/policy" --check off -- "$T/files" user 0
expect ok user 0
run "${as_user[@]}" "$T/golaunch" --no-supervise --policy "$T/policy" -- "$T/files" self - read "$T/hidden/file"
expect ok self -
expect "permission denied" read "$T/hidden/file"
printf '#!/bin/sh -e\nread -r line <%s && echo $line\nread -r line <%s\n' "$T/in/file" "$T/hidden/file" >"$T/script"
chmod 755 "$T/script"
run "${as_user[@]}" "$T/golaunch" --policy "$T/policy" -- "$T/script"
check_stdout_has words "a script: its interpreter needs no line"
check_stderr_has "Permission denied" "and is restricted as well"
if am_root; then
	policy "read $T/in $T/root"
	echo secret >"$T/root" && chmod 600 "$T/root"
	run "$T/golaunch" --user 1234:1234 --policy "$T/policy" -- "$T/files" read "$T/root" read "$T/in/file"
	expect "permission denied" read "$T/root"
	expect ok read "$T/in/file"
fi
run "$T/golaunch" --dry-run --policy "$T/policy" -- "$T/files"
check_matches "$T/out" "^landlock    version [0-9]+, [0-9]+ paths, 0 ports" "--dry-run says what would be"

# --- what is wrong in a policy -----------------------------------------------------------
policy "read $T/nowhere"
files self -
check_status 125 "a path that is not there"
check_stderr_has "policy:2:6: cannot open '$T/nowhere': No such file or directory" "and it is named with its place"
policy "read $T/nowhere $T/in optional"
files read "$T/in/file"
expect ok read "$T/in/file"
policy "bind 1-5000"
files self -
check_status 125 "too many ports"
check_stderr_has "policy:2:6: more than 4096 ports" "and their number is said"

# --- kernels without it ---------------------------------------------------------------------
without() { # ERRNO: of landlock_create_ruleset
	run "${as_user[@]}" "$T/refuse" "$1-landlock_create_ruleset" -- "$T/golaunch" -v --policy "$T/policy" -- \
		"$T/files" read "$T/hidden/file"
}
policy "read $T/in"
for errno in ENOSYS EOPNOTSUPP EPERM; do
	without $errno
	check_status 125 "$errno: not started"
	check_stderr_has GL5004 "$errno: by its code"
	check_stderr_has "policy:2:6: Landlock is unavailable here" "$errno: by the line"
done
policy "read $T/in optional"
without ENOSYS
check_status 0 "optional: started"
check_equal "$(said read "$T/hidden/file")" ok "optional: without"
check_stderr_has "GL5004: Landlock is unavailable here (Function not implemented)" "optional: and it is said"
policy "limit nofile 100"
without ENOSYS
check_status 0 "a policy without such lines does not ask"
check_stderr_lacks GL5004 "and says nothing"
finish
