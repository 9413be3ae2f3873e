#!/usr/bin/env bash
# The start watch where programs live: in containers as Docker makes them (its seccomp
# profile, read-only root), as uid 1000 and as root that gives itself up (--user).  A
# death is explained there as it is outside.  Where the profile lets no ptrace through,
# or kills for it, less is known, that is said with -v, and the program is unharmed.
. "$(dirname "$0")/../lib/cli.sh"

am_root || skip_all "runc needs root here"
have_command runc || skip_all "$reason"
for needed in root/sid program/sid docker-profile; do
	have $needed || skip_all "$reason"
done
go=$(newest_go)
id=golaunch-watch-$$
mkdir -p "$T/bundle" "$T/runc" && mkfifo "$T/silence" && exec 7<>"$T/silence"

# --- the root and its programs -----------------------------------------------------

new_root sid
rm -f "$root"/usr/lib/x86_64-linux-gnu/libgpgme.so.* # skopeo needs it
cp "$GL_CACHE/program/sid/usr/bin/skopeo" "$root/"
need_fixture "${go:-any}" start
cp "$program" "$root/start"
need_fixture "$go" fail
cp "$program" "$root/fail"
need_fixture "$go" fail cgo -tags=native
cp "$program" "$root/native"
mkdir -p "$root/out" && chmod 777 "$root/out"
mv "$root" "$T/bundle/rootfs" && root=$T/bundle/rootfs
trap 'umount "$root/proc" 2>/dev/null; runc --root "$T/runc" delete -f $id 2>/dev/null; cleanup' EXIT

# NAME     program way             signal golaunch's options
deaths() {
	grep -v '^#' <<-'DEATHS'
		exit       fail    init:exit        - --capture auto
		panic      fail    init:panic       - --capture auto
		unseen     fail    init:panic       - --capture off
		fatal      fail    init:overflow    - --capture off
		timeout    fail    init:sleep       - --start-timeout 300ms
		terminated fail    init:sleep       TERM --capture auto
		segv       native  native:segv      - --capture off
		abort      native  native:abort     - --capture off
		constructor native constructor:exit - --capture auto
		loader     skopeo  -                - --check off
	DEATHS
}

# --- containers ------------------------------------------------------------------------

# Docker's profile for its default capabilities, and what an engine may make of it.
profiles() {
	local kernel
	kernel=$(uname -r | sed -E 's/^([0-9]+)\.([0-9]+).*/[\1, \2]/')
	jq --arg machine amd64 --argjson kernel "$kernel" --argjson caps '["CAP_SYS_CHROOT"]' -f "$TESTS/lib/docker_seccomp.jq" \
		"$GL_CACHE/docker-profile/seccomp.json" >"$T/docker" &&
		jq '.syscalls |= map(.names -= ["ptrace"] | select(.names != []))' "$T/docker" >"$T/denied" &&
		jq '.syscalls += [{names: ["ptrace"], action: "SCMP_ACT_KILL_PROCESS"}]' "$T/denied" >"$T/deadly"
}

# Docker's capabilities: of root, or the bounding set alone of a user.
CAPABILITIES='["CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP",
	"NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"] | map("CAP_" + .)'
capabilities_of() {
	case $1 in
	root) echo "($CAPABILITIES) as \$c | {bounding: \$c, effective: \$c, permitted: \$c}" ;;
	user) echo "($CAPABILITIES) as \$c | {bounding: \$c}" ;;
	esac
}

# configure WHO PROFILE WAY ARGUMENT...
configure() {
	local who=$1 profile=$2 way=$3 uid=0
	[ "$who" = root ] || uid=1000
	shift 3
	jq --slurpfile seccomp "$T/$profile" --arg out "$T/out-dir" --arg way "$way" --argjson uid $uid \
		--argjson args "$(printf '%s\n' "$@" | jq -R . | jq -s .)" '
		.process.terminal = false | .root.readonly = true | .process.noNewPrivileges = false |
		.process.user = {uid: $uid, gid: $uid} | .process.args = $args |
		.process.capabilities = ('"$(capabilities_of "$who")"') |
		.process.env = ["PATH=/bin", "FAIL=" + $way] | .linux.seccomp = $seccomp[0] |
		.mounts += [{destination: "/out", type: "bind", source: $out, options: ["bind", "rw"]}]' \
		"$T/spec.json" >"$T/bundle/config.json"
	command=(runc --root "$T/runc" run --bundle "$T/bundle" $id)
}

# WHO to golaunch's own option: root gives itself up.
user_option() { [ "$1" = user ] || echo --user 1000:1000; }

mkdir "$T/out-dir" && chmod 777 "$T/out-dir"
(cd "$T/bundle" && runc spec && mv config.json "$T/spec.json") >/dev/null 2>&1 && profiles || skip_all "no container can be configured here"
configure user docker none /bin/true
run "${command[@]}"
[ "$status" = 0 ] || skip_all "runc cannot run a container here: $(tail -n 1 "$T/err")"

# --- one death -----------------------------------------------------------------------

# end_of SIGNAL WHERE: runs ${command[@]}; a signal is sent once init waits.
end_of() {
	local runner
	if [ "$1" = - ]; then
		run "${command[@]}"
		return
	fi
	: >"$T/out"
	"${command[@]}" <&7 >"$T/out" 2>"$T/err" &
	runner=$!
	wait_for 20 grep -q waiting "$T/out"
	sleep 0.2 # from saying so to waiting
	if [ "$2" = outside ]; then kill "-$1" $runner; else runc --root "$T/runc" kill $id "$1"; fi
	wait $runner 2>/dev/null
	status=$?
}

# What is told of a death: the same everywhere.
essence() {
	jq -c '[.outcome, .cause.code, .cause.message, .phase, .init.package, .init.line,
		(.frames | map(.function + ":" + (.line | tostring))), .cause.evidence.mapping]' "$1" 2>&1
}

# expected WHO NAME: without CAP_SYS_PTRACE root may not read /proc/PID/maps of another user: a file is
# then told by the name that the loader knows it by, which here leads through the link /lib.
expected() {
	case $1 in
	root) jq -c '.[7] |= if . then sub("^/usr/lib/"; "/lib/") else . end' "$T/expected-$2" ;;
	*) cat "$T/expected-$2" ;;
	esac
}

# outside NAME PROGRAM WAY SIGNAL OPTION...: in the same root, by chroot, as root.
outside() {
	local name=$1 program=$2 way=$3 signal=$4
	shift 4
	rm -f "$root/out/report"
	command=(chroot "$root" env -i PATH=/bin "FAIL=$way" /golaunch --report /out/report "$@" "/$program")
	end_of "$signal" outside
	essence "$root/out/report" >"$T/expected-$name"
}

# inside WHO PROFILE NAME PROGRAM WAY SIGNAL OPTION...
inside() {
	local who=$1 profile=$2 name=$3 program=$4 way=$5 signal=$6
	shift 6
	rm -f "$T/out-dir/report"
	last_command="$who $profile: FAIL=$way golaunch $* /$program"
	configure "$who" "$profile" "$way" /golaunch $(user_option "$who") --report /out/report "$@" "/$program"
	end_of "$signal" inside
}

mount --bind /proc "$root/proc" || skip_all "nothing can be mounted here"
while read -ru 3 name program way signal options; do
	outside "$name" "$program" "$way" "$signal" $options
	case $name in
	loader) want=GL6004 ;;
	timeout | terminated) want=GL6006 ;;
	exit | constructor) want=GL6002 ;;
	segv | abort) want=GL6003 ;;
	fatal) want=GL6102 ;;
	*) want=GL6001 ;;
	esac
	check_json "$T/expected-$name" '.[1]' $want "outside: $name"
done 3< <(deaths)
umount "$root/proc"

# --- as outside -------------------------------------------------------------------------

# healthy WHO PROFILE OPTION...: the program is as without golaunch.
healthy() {
	local who=$1 profile=$2
	shift 2
	configure "$who" "$profile" none /golaunch $(user_option "$who") "$@" /start
	run "${command[@]}"
	check_equal "$status $(cat "$T/out")" "0 main tracer=0 text=same uid=1000 " "$who, $profile $*: a healthy program is untouched"
}

for who in user root; do
	healthy $who docker
	check_quiet "$who: and golaunch says nothing"
	healthy $who docker -vv
	check_stderr_has "watch: phase main," "$who: it was watched"
	while read -ru 3 name program way signal options; do
		inside $who docker "$name" "$program" "$way" "$signal" $options
		check_equal "$(essence "$T/out-dir/report")" "$(expected $who "$name")" "$who: $name is explained as outside"
	done 3< <(deaths)
done

# --- without ptrace ----------------------------------------------------------------------

# degraded WHO PROFILE: what remains, from the program's words and its end.
degraded() {
	local who=$1 profile=$2 name program way signal options want
	healthy "$who" "$profile"
	check_quiet "$who, $profile: and golaunch says nothing"
	healthy "$who" "$profile" -v
	check_equal "$(grep -c "the start is not watched: " "$T/err")" 1 "$who, $profile: said once with -v"
	while read -ru 3 name program way signal options; do
		case $name in
		exit | terminated | segv | constructor) want="- unknown" ;;
		panic) want="GL6001 init" ;;
		loader) want="GL6004 loader" ;;
		*) continue ;;
		esac
		inside "$who" "$profile" "$name" "$program" "$way" "$signal" $options
		check_json "$T/out-dir/report" '[.cause.code // "-", .phase] | join(" ")' "$want" "$who, $profile: $name"
		check_json "$T/out-dir/report" '.outcome | tojson' "$(jq -c '.[0]' "$T/expected-$name")" \
			"$who, $profile: $name ends as it does watched"
	done 3< <(deaths)
	inside "$who" "$profile" timeout fail init:sleep - --start-timeout 300ms
	check_equal "$status" 125 "$who, $profile: --start-timeout is refused"
	check_stderr_has "--start-timeout cannot be had" "$who, $profile: with the reason"
}
for profile in denied deadly; do
	degraded user $profile
	degraded root $profile
done
finish
