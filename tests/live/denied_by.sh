#!/usr/bin/env bash
# Whose denial a program complained of: golaunch's, an outer filter's, a capability's,
# Landlock's by golaunch's policy, or unknown.
. "$(dirname "$0")/../lib/cli.sh"

need_fixture "$(newest_go)" complain static
chmod 711 "$T"
cp "$GOLAUNCH" "$HELPERS/outer" "$program" "$T/" || exit 125
GL=$T/golaunch
program=$T/complain
as_user=(setpriv --reuid 1000 --regid 1000 --clear-groups)
am_root || as_user=()
echo secret >"$T/secret"
mkdir "$T/open"
echo plain >"$T/open/plain"
touch "$T/report"
chmod 666 "$T/report"

# who WANT DESCRIPTION: the last run's report says it, and -v did.
who() {
	check_true "$2: the program failed" [ "$status" = 1 ]
	check_json "$T/report" '[.findings[] | select(.evidence.denied_by and .code == "GL5101") | .evidence.denied_by] | join(" ")' "$1" "$2: $1"
	[ -z "$1" ] || check_stderr_has "  who      " "$2: said with -v"
}
launch() {
	: >"$T/report"
	run "${before[@]}" "$GL" -v --report "$T/report" "$@"
}

# --- a capability ---------------------------------------------------------------

before=("${as_user[@]}")
launch --policy none -- "$program" listen 127.0.0.1:80
who capability "an ordinary user's port 80"
check_stderr_has "  who      a capability: the program was started without CAP_NET_BIND_SERVICE, which this port needs" "an ordinary user's port 80: which"
check_stderr_has "  fix      --cap +NET_BIND_SERVICE" "an ordinary user's port 80: what helps"
launch -- "$program" listen 127.0.0.1:80
who capability "an ordinary user's port 80, default policy"
launch --policy none -- "$program" mount /mnt
who capability "an ordinary user's mount"
launch --policy none -- "$program" chown /etc/passwd
who capability "an ordinary user's chown"
before=()
if am_root; then
	launch --policy none --cap -NET_BIND_SERVICE -- "$program" listen 127.0.0.1:80
	who capability "root's port 80 without the capability"
	launch --policy none --cap -SYS_ADMIN -- "$program" mount /mnt
	who capability "root's mount without the capability"
	launch --policy none --user 1000:1000 -- "$program" listen 127.0.0.1:80
	who capability "port 80 of --user"
else
	skip "capabilities that root gives up" "needs root"
fi

# --- golaunch -------------------------------------------------------------------

printf 'default allow\ndeny mount\nno-new-privs on\n' >"$T/mount.policy"
for before in "" "${as_user[*]}"; do
	before=($before)
	launch --policy "$T/mount.policy" -- "$program" mount /mnt
	check_stderr_has "golaunch's policy denied mount, see its own GL5101" "mount under a policy (${before[*]:0:1}): said"
	who "golaunch" "mount under a policy (${before[*]:0:1})"
done

# --- an outer filter ------------------------------------------------------------

for user in "" "${as_user[*]}"; do
	before=($user "$T/outer" EPERM=mount --)
	launch --policy none -- "$program" mount /mnt
	who outer-filter "mount under an outer filter (${user%% *})"
	check_stderr_has "allow mount in the seccomp profile of the engine or unit around golaunch" "mount under an outer filter (${user%% *}): what helps"
	before=($user "$T/outer" EACCES=bind --)
	launch -- "$program" listen 127.0.0.1:0
	who outer-filter "bind under an outer filter (${user%% *})"
done

# --- Landlock -------------------------------------------------------------------

cat >"$T/files.policy" <<POLICY
default allow
no-new-privs on
read $T/open
write $T/open
execute /bin /usr/bin
POLICY
printf 'default allow\nno-new-privs on\nbind 1-1023 8080\nconnect 443\n' >"$T/ports.policy"
before=()
launch --policy "$T/files.policy" -- "$program" open "$T/open/plain"
if [ "$status" != 0 ]; then
	skip "Landlock" "it cannot be had here: $(tail -n 1 "$T/err")"
else
	for user in "" "${as_user[*]}"; do
		before=($user)
		launch --policy "$T/files.policy" -- "$program" open "$T/secret"
		check_stderr_has "  who      Landlock, by golaunch's policy: no \"read\" line of it names $T/secret" "a file that may not be read (${user%% *}): why"
		check_stderr_has "  fix      add \"read $T/secret\" to the policy" "a file that may not be read (${user%% *}): what helps"
		who landlock "a file that may not be read (${user%% *})"
		launch --policy "$T/files.policy" -- "$program" mkdir "$T/new"
		[ -z "$user" ] && who landlock "a directory that may not be made"
		launch --policy "$T/ports.policy" -- "$program" listen 127.0.0.1:8081
		who landlock "a port that may not be listened on (${user%% *})"
		check_stderr_has "  fix      add \"bind 8081\" to the policy" "a port that may not be listened on (${user%% *}): what helps"
		launch --policy "$T/ports.policy" -- "$program" dial 127.0.0.1:9
		who landlock "a port that may not be connected to (${user%% *})"
	done
	# Allowed by the policy: then it is somebody else.
	chmod 000 "$T/open/plain"
	before=("${as_user[@]}")
	launch --policy "$T/files.policy" -- "$program" open "$T/open/plain"
	who unknown "a file whose mode denies it"
	check_stderr_has "perhaps the mode of a file or directory" "a file whose mode denies it: said"
fi

# --- words that are none, and words that lie --------------------------------------

before=()
launch --policy none -- "$program" say "dial tcp: i/o timeout"
who "" "a program that fails of something else"
launch --policy none -- "$program" say "mount: operation not permitted"
if am_root; then
	who unknown "a program that only says so"
	check_stderr_has "  who      cannot be known: golaunch had no filter on it" "a program that only says so: said"
fi
launch --policy none -- "$program" say "$(head -c 100000 /dev/zero | tr '\0' ':'): bind: permission denied"
check_true "a complaint of 100 kB" [ "$status" = 1 ]
launch --policy none --capture off -- "$program" listen 127.0.0.1:80
check_stderr_lacks GL5101 "stderr that was not captured"

finish
