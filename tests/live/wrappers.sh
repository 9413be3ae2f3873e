#!/usr/bin/env bash
# A program that is not one process and one image: shell scripts and other wrappers
# around a Go program, programs that execute another in init, or that fork before Go
# begins.  All run as without golaunch, and the Go program's death is explained.
. "$(dirname "$0")/../lib/cli.sh"

go=$(newest_go)
for script in entrypoint background failing; do
	: >"$T/$script.sh"
	chmod 755 "$T/$script.sh"
done
cat >"$T/entrypoint.sh" <<'SCRIPT'
#!/bin/sh -e
# What images do before they start their program.
umask 022
for file in /etc/profile /etc/hosts; do [ ! -e "$file" ] || cat "$file" >/dev/null; done
if [ "$1" = shell ]; then exec /bin/sh; fi
export SETTING="$(echo value)"
exec "$@"
SCRIPT
cat >"$T/background.sh" <<'SCRIPT'
#!/bin/sh
trap 'exit 77' TERM
"$@" &
wait $!
SCRIPT
cat >"$T/failing.sh" <<'SCRIPT'
#!/bin/sh
echo "no database" >&2
exit 42
SCRIPT

# start VERSION [VARIANT]: $program is a copy of the fixture, so that what it leaves can be told by its path.
start() {
	go_fixture "$1" start "${@:2}" || return 1
	mkdir -p "$T/go-$1-${2:-static}"
	cp "$program" "$T/go-$1-${2:-static}/"
	program=$T/go-$1-${2:-static}/start
}
settled() { ! pgrep -f "^$T/go-" >/dev/null; }

# bare COMMAND...: sets $want_status, and $T/want.  What a program leaves in the background is waited for.
bare() {
	run "$@"
	wait_for 20 settled
	want_status=$status
	sort "$T/out" >"$T/want"
}

# as_bare DESCRIPTION COMMAND...: same words, same status.
as_bare() {
	local description=$1
	shift
	bare "$@"
	rm -f "$T/report"
	run "$GOLAUNCH" --report "$T/report" -- "$@"
	check_true "$description: nothing is left" wait_for 20 settled
	check_equal "$status $(sort "$T/out")" "$want_status $(cat "$T/want")" "$description: as without golaunch"
}

# The same function literal, as different Go versions name it.
IN_ANY_CLOSURE='s/early\.(init|glob\.)\.func[0-9.]+/early.init.func/'

# dies DESCRIPTION COMMAND...: os.Exit(7) in the init of package early, whoever executed it.
dies() {
	local got
	as_bare "$@"
	got=$(jq -r '[.phase, .cause.code, .init.package, .frames[0].function, .outcome.status] |
		map(. // "-" | tostring | sub("example.com/start/"; "")) | join(" ")' "$T/report" | sed -E "$IN_ANY_CLOSURE")
	check_equal "$got" "init GL6002 early early.init.func 7" "$1: explained"
	check_stderr_has "golaunch: error[GL6002]: exited 7 before main.main" "$1: said"
}

# --- wrappers ------------------------------------------------------------------------

for version in 1.15 1.19 "$go"; do
	start "$version" || { skip "go $version" "$reason"; continue; }
	for wrapper in "$T/entrypoint.sh" "/bin/sh $T/entrypoint.sh" "env SETTING=value" "nice -n 1" "setsid" "nohup" \
		"timeout --foreground 60" "$T/entrypoint.sh env nice $T/entrypoint.sh"; do
		name="go $version, ${wrapper//$T\//}"
		have_command "${wrapper%% *}" || { skip "$name" "$reason"; continue; }
		as_bare "$name" $wrapper "$program"
		check_json "$T/report" '[.phase, .cause] | map(tostring) | join(" ")' \
			"$(case $wrapper in timeout*) echo unknown ;; *) echo main ;; esac) null" "$name: how far it came"
		# A wrapper that forks hands the status on, and it is its own: nothing to explain.
		case $wrapper in
		timeout*) START=exit as_bare "$name, a death" $wrapper "$program" ;;
		*) START=exit dies "$name, a death" $wrapper "$program" ;;
		esac
	done
done
start "${go:-any}" || skip_all "$reason"

START=exit as_bare "a child of a script" "$T/background.sh" "$program"
check_equal "$status" 7 "a child of a script: its status"
as_bare "a script that fails itself" "$T/failing.sh"
check_json "$T/report" '[.phase, .cause, .outcome.status] | map(tostring) | join(" ")' "unknown null 42" "and needs no explanation"
check_equal "$(grep -c golaunch "$T/err")" 0 "and no word"
printf '#!%s\n' "$T/no-such-shell" >"$T/broken.sh" && chmod 755 "$T/broken.sh"
as_bare "a script whose command is not there" /bin/sh -c 'exec "$0"' "$T/broken.sh"

# --- exec from init ---------------------------------------------------------------------

for version in 1.15 1.19 "$go"; do
	for variant in static cgo pie; do
		start "$version" $variant || { skip "go $version $variant" "$reason"; continue; }
		for way in exec exec-shell; do
			START=$way as_bare "go $version $variant, $way in init" "$program"
			check_json "$T/report" .phase main "go $version $variant, $way in init: the second one was followed"
			START=$way THEN=exit dies "go $version $variant, $way in init, then a death" "$program"
		done
		# From another thread it is lost sight of, and runs on.
		START=exec-thread as_bare "go $version $variant, exec by a thread in init" "$program"
		START=exec-thread THEN=exit as_bare "go $version $variant, exec by a thread, then a death" "$program"
	done
done

# --- a fork before Go begins --------------------------------------------------------------

for version in 1.15 1.19 "$go"; do
	for variant in cgo cgo-pie; do
		start "$version" $variant || { skip "go $version $variant" "$reason"; continue; }
		name="go $version $variant"
		START=fork-constructor as_bare "$name, both go on" "$program"
		check_equal "$(grep -c "tracer=0 text=same" "$T/out")" 2 "$name, both go on: clean"
		START=fork-constructor THEN=exit dies "$name, both go on and die" "$program"
		START=wait-constructor as_bare "$name, the child goes on" "$program"
		check_equal "$(cat "$T/out")" "main tracer=0 text=same uid=$(id -u) " "$name, the child goes on: clean"
		START=wait-constructor THEN=exit as_bare "$name, the child goes on and dies" "$program"
		check_json "$T/report" '[.phase, .cause.code, .outcome.status] | map(tostring) | join(" ")' "runtime GL6002 7" \
			"$name, the child goes on and dies: its parent's end is C code's"
		START=daemon-constructor as_bare "$name, it becomes a daemon" "$program"
		check_equal "$(cat "$T/out")" "main tracer=0 text=same uid=$(id -u) " "$name, it becomes a daemon: clean"
	done
done
finish
