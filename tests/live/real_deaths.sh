#!/usr/bin/env bash
# Starts of real programs that really fail: as Debian ships them, by a missing or
# broken configuration, a bad environment, a missing library, resource or device, a
# port in use.  What golaunch says is held against what the programs say themselves:
# their own words, the tracebacks of their panics, GODEBUG=inittrace=1.
. "$(dirname "$0")/../lib/cli.sh"

am_root || skip_all "chroot needs root"
report=$T/report
root=        # where the program runs, if not here
gl=$GOLAUNCH # golaunch's name there
in=()        # how to get there, and with what environment
options=()   # golaunch's

# die_of CAPTURE PROGRAM...: under golaunch, with a report.
die_of() {
	local capture=$1
	shift
	rm -f "$report"
	run "${in[@]}" "$gl" "${options[@]}" --report "${report#"$root"}" --capture "$capture" "$@"
}

# dies DESCRIPTION CODE PHASE PACKAGE FUNCTION PROGRAM...: as it does without golaunch,
# and explained so, whether or not its stderr is seen.  "-": there is none to be had.
dies() {
	local description=$1 want="$2 $3 $4 $5" capture bare
	shift 5
	run "${in[@]}" "$@"
	bare=$status
	cp "$T/out" "$T/bare"
	cp "$T/err" "$T/words"
	for capture in auto off; do
		die_of $capture "$@"
		check_equal "$status $(cat "$T/out")" "$bare $(cat "$T/bare")" "$description, capture $capture: dies as it does alone"
		check_json "$report" '[.cause.code, .phase, .init.package, .frames[0].function] | map(. // "-") | join(" ")' \
			"$want" "$description, capture $capture: explained"
		check_stderr_has "golaunch: error[${want%% *}]: " "$description, capture $capture: said"
	done
}

# As many packages were done as inittrace tells of (not before Go 1.16).
counted() { # DESCRIPTION PROGRAM...
	local description=$1 traced
	shift
	traced=$("${in[@]}" env GODEBUG="inittrace=1${godebug:+,$godebug}" "$@" 2>&1 | grep -ac '^init ')
	check_json "$report" .init.done "$traced" "$description: as many packages done as the runtime says"
}

# The program's own traceback has the first frame that golaunch tells, word for word.
traceback_agrees() { # DESCRIPTION
	local function place
	read -r function place < <(jq -r '.frames[0] | .function + " " + .file + ":" + (.line | tostring)' "$report")
	check_true "$1: its own traceback says $function, $place" \
		awk -v f="$function(" -v p="$place " 'index($0, f) == 1 { getline; sub("^\t", ""); if (index($0, p) == 1) found = 1 }
			END { exit !found }' "$T/words"
}

tree() { have "service/$1" && bin=$GL_CACHE/service/$1/usr/bin || { skip "$1" "$reason"; return 1; }; }

# --- a bad environment ------------------------------------------------------------

# rclone gives its commands' options their values from the environment, in their inits.
for suite in bullseye bookworm trixie; do
	tree $suite || continue
	in=(env RCLONE_DIR_SLASH=bogus)
	flags=github.com/rclone/rclone/fs/config/flags
	case $suite in
	bullseye) function=$flags.setDefaultFromEnv ;;
	*) function=$flags.setValueFromEnv ;;
	esac
	dies "$suite: rclone, RCLONE_DIR_SLASH=bogus" GL6002 init github.com/rclone/rclone/cmd/lsf $function "$bin/rclone" version
	check_json "$report" .cause.evidence.call log.Fatalf "$suite: rclone: by which call"
	check_json "$report" '.frames[0].file | sub(".*/config/"; "")' flags/flags.go "$suite: rclone: in which file"
	check_json "$report" '.frames[-1].function' github.com/rclone/rclone/cmd/lsf.init.0 "$suite: rclone: from its init function"
	[ $suite = bullseye ] || counted "$suite: rclone" "$bin/rclone" version
done

# runc's init, which is for its own children, started by hand.
for suite in bullseye bookworm; do
	tree $suite || continue
	in=(env _LIBCONTAINER_LOGLEVEL=much)
	dies "$suite: runc init, _LIBCONTAINER_LOGLEVEL=much" GL6001 init main main.init.0 "$bin/../sbin/runc" init
	traceback_agrees "$suite: runc init"
	[ $suite = bullseye ] || counted "$suite: runc init" "$bin/../sbin/runc" init
	in=(env _LIBCONTAINER_INITPIPE=door)
	dies "$suite: runc init, _LIBCONTAINER_INITPIPE=door" GL6002 runtime - - "$bin/../sbin/runc" init
	check_stderr_has "before the Go runtime started, by C code" "$suite: runc init: its C constructor did it"
done

if tree trixie; then
	in=(env GODEBUG=fips140=bogus)
	dies "node-exporter, GODEBUG=fips140=bogus" GL6001 init crypto/internal/fips140 crypto/internal/fips140.init.0 \
		"$bin/prometheus-node-exporter" --version
	traceback_agrees "node-exporter"
	godebug=fips140=bogus counted "node-exporter" "$bin/prometheus-node-exporter" --version
fi
for suite in bookworm trixie; do
	tree $suite || continue
	in=(env GOMEMLIMIT=lots)
	dies "$suite: node-exporter, GOMEMLIMIT=lots" GL6005 runtime - runtime.readGOMEMLIMIT "$bin/prometheus-node-exporter" --version
	traceback_agrees "$suite: node-exporter, GOMEMLIMIT=lots"
done

# --- a limit, a time ----------------------------------------------------------------

in=()
if tree trixie; then
	options=(--limit as=100M)
	die_of auto "$bin/caddy" version
	options=()
	check_json "$report" '[.cause.code, .phase, .outcome.status] | map(tostring) | join(" ")' "GL6005 runtime 2" \
		"caddy in 100 MB: explained"
	cp "$T/err" "$T/words"
	traceback_agrees "caddy in 100 MB"
	die_of auto "$bin/rclone" version
	options=(--start-timeout "$(($(jq -r '.phases_ms.init | floor' "$report") / 3 + 1))ms")
	die_of auto "$bin/rclone" version
	options=()
	check_json "$report" '[.cause.code, .phase, .outcome.signal] | join(" ")' "GL6006 init SIGKILL" \
		"rclone, a third of the time it needs: explained"
	check_json "$report" '.init | .package != null and .done < .total' true "rclone, a third of the time: and where it was"
fi

# --- a library that is not there ------------------------------------------------------

if have program/sid && skopeo=$GL_CACHE/program/sid/usr/bin/skopeo && ! "$skopeo" --version >"$T/out" 2>&1; then
	run "$GOLAUNCH" "$skopeo" --version
	check_equal "$status" 126 "skopeo without its libraries: not started"
	options=(--check off)
	dies "skopeo without its libraries, unchecked" GL6004 loader - - "$skopeo" --version
	die_of auto "$skopeo" --version
	check_json "$report" ".cause.message | endswith(\"$(sed -n 's/^[^ ]*: \(error while .*\)/\1/p' "$T/words" | head -n 1)\")" true \
		"skopeo without its libraries: in the loader's words"
	options=()
else
	skip "skopeo without its libraries" "${reason:-it has them here}"
fi

# --- in a root that has little ----------------------------------------------------------

# enter: sid's root with its programs.
enter() {
	have program/sid && new_root sid || return 1
	cp "$GL_CACHE"/program/sid/usr/bin/{podman,gocryptfs} "$root/"
	mount --bind /proc "$root/proc" || { reason="nothing can be mounted here"; return 1; }
	trap 'umount "$root/proc" 2>/dev/null; cleanup' EXIT
	in=(chroot "$root")
	gl=/golaunch
	report=$root/report
}

if enter; then
	podman=github.com/containers/podman/v5/cmd/podman
	for conf in missing broken; do
		[ $conf = missing ] || printf '[containers\nx=' >"$root/$conf"
		in=(chroot "$root" env CONTAINERS_CONF=/$conf)
		dies "podman, its configuration $conf" GL6002 init $podman/common $podman/registry.newPodmanConfig /podman --version
		check_json "$report" '.cause.evidence.call + " " + .frames[-1].function' "os.Exit $podman/common.init" \
			"podman, its configuration $conf: from the initialisation of a variable"
		counted "podman, its configuration $conf" /podman --version
	done
	in=(chroot "$root" env _Containers-unshare=much)
	dies "podman, _Containers-unshare=much" GL6002 runtime - - /podman --version
	# gocryptfs opens /dev/null in an init, and has not a word where it cannot.
	in=(chroot "$root")
	ensure=github.com/rfjakob/gocryptfs/internal/ensurefds012
	dies "gocryptfs without /dev/null" GL6002 init $ensure $ensure.init.0 /gocryptfs --version
	check_equal "$(wc -c <"$T/words") $(jq -r .outcome.status "$report")" "0 30" "gocryptfs without /dev/null: it says nothing itself"
	counted "gocryptfs" /gocryptfs --version
	umount "$root/proc"
	dies "podman without /proc" GL6002 runtime - - /podman --version
else
	skip "podman and gocryptfs in sid's root" "$reason"
fi
root= gl=$GOLAUNCH in=() report=$T/report

# --- after main: the program's own business ------------------------------------------

# quiet DESCRIPTION PROGRAM...: ends as without golaunch, which has nothing to add.
quiet() {
	local description=$1 bare
	shift
	run "$@"
	bare=$status
	check_true "$description: fails" [ "$bare" != 0 ]
	die_of auto "$@"
	check_equal "$status" "$bare" "$description: the same status"
	check_json "$report" '[.phase, .cause, .outcome.status] | map(tostring) | join(" ")' "main null $bare" \
		"$description: main was reached, and no cause is needed"
	check_stderr_lacks "golaunch: " "$description: not a word"
}

if tree bookworm; then
	nats=$bin/../sbin/nats-server
	quiet "nats-server, no such configuration" "$nats" -c "$T/no-such.conf"
	"$nats" -a 127.0.0.1 -p -1 --ports_file_dir "$T" >"$T/nats" 2>&1 &
	server=$!
	wait_for 10 grep -q "Listening for client connections on" "$T/nats"
	port=$(sed -n 's/.*client connections on 127.0.0.1:\([0-9]*\).*/\1/p' "$T/nats")
	quiet "nats-server, its port in use" "$nats" -a 127.0.0.1 -p "$port"
	check_stderr_has "address already in use" "nats-server, its port in use: is why"
	quiet "node-exporter, its port in use" "$bin/prometheus-node-exporter" --web.listen-address="127.0.0.1:$port"
	kill "$server" && wait "$server"
fi
if tree trixie; then
	quiet "caddy, no such configuration" "$bin/caddy" run --config "$T/no-such.conf"
fi
finish
