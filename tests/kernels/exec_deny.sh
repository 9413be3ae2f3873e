#!/usr/bin/env bash
# "exec deny" on older kernels, in virtual machines (lib/machine.sh): what executes
# without golaunch does not with it; with a listener, without, and in place.
. "$(dirname "$0")/../lib/cli.sh"
. "$TESTS/lib/machine.sh"

KERNELS=5.10
RUN_TIMEOUT=600

machine_need $KERNELS
have_command busybox || skip_all "$reason"
new_root sid || skip_all "$reason"
mkdir -p "$root"/{app,cache,sys}
cp "$(command -v busybox)" "$root/app/busybox"
cp "$HELPERS/executes" "$HELPERS/outer" "$root/app/"
cp "$HELPERS/executes" "$root/app/mark"
printf 'default allow\nexec deny\n' >"$root/app/deny.policy"
go_fixture "$(newest_go)" executes && cp "$program" "$root/app/executes-go"

# way NAME COMMAND...: what stands before the program
way() {
	local name=$1
	shift
	echo "echo '=== $name'; /app/busybox cp /app/mark /cache/mark; $* /app/executes /cache/mark 2>/dev/null"
	echo "RACE_MS=200 $* /app/executes /cache/mark race 2>/dev/null; /app/busybox ls /cache; /app/busybox rm -f /cache/*"
}
deny="/golaunch --policy /app/deny.policy"
# TOMOYO, which is in Debian's kernel, looks up the /dev/fd/N of execveat(2).
ways() {
	echo "/app/busybox ln -s /proc/self/fd /dev/fd"
	way none ""
	way listener "$deny --"
	way no-listener "/app/outer no-listener -- $deny --"
	way outer-kills "/app/outer kill=317 -- $deny --" # seccomp(2), which golaunch tries in another process
	way in-place "$deny --no-supervise --"
	echo "echo '=== go'; /app/busybox cp /app/mark /cache/mark; $deny -- /app/executes-go /cache/mark 2>&1"
}

answers() { awk -v name="$1" '/^=== / { on = $2 == name; next } on' "$T/out"; }

for version in $KERNELS; do
	have "kernel/$version" || { skip "kernel $version" "$reason"; continue; }
	cp -a "$root" "$T/world"
	ways | machine_init "$T/world"
	machine_boot "$version" "$T/world"
	run "${command[@]}"
	check_matches "$T/out" "^${version//./\\.}\." "it was kernel $version"
	check_has "$T/out" "=== machine end" "it came to its end"
	tried=$(answers none | grep -cE ' (ran|ENOSYS)$')
	check_true "Linux $version: many ways execute without golaunch" [ "$(answers none | grep -c ' ran$')" -ge 15 ]
	check_has <(answers none) mark.ran "Linux $version: a race does too"
	for name in listener no-listener outer-kills in-place; do
		check_equal "$(answers $name | grep -cE ' (EPERM|ENOSYS)$')" "$tried" "Linux $version, $name: none executes"
		check_lacks <(answers $name) ran "Linux $version, $name: in a race neither"
	done
	check_has <(answers go) "command: fork/exec /cache/mark: operation not permitted" "Linux $version: a Go program is told so"
	check_has <(answers go) 'app/deny.policy:2 "exec deny"' "Linux $version: and it is explained"
done
finish
