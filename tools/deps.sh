#!/bin/sh
# Installs what is missing of the sets named (build, test) in tools/deps.list:
# with apt where it is there, with sudo if we are not root.  Where that cannot
# be done, names the missing packages and fails.
set -eu
list=$(dirname "$0")/deps.list

there() {
	case $1 in
	cmd) command -v "$2" >/dev/null 2>&1 || [ -x "/usr/sbin/$2" ] || [ -x "/sbin/$2" ] ;;
	file) for found in $2; do [ -e "$found" ] && return 0; done; return 1 ;;
	*) echo "tools/deps.list: unknown test '$1'" >&2; exit 1 ;;
	esac
}

missing=
for set in "$@"; do
	while read -r in_set how what package; do
		[ "$in_set" = "$set" ] || continue
		there "$how" "$what" || missing="$missing $package"
	done <"$list"
done
missing=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
[ -n "${missing% }" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
	echo "golaunch: needs these packages (Debian's names): $missing" >&2
	echo "golaunch: there is no apt-get here; install them and try again" >&2
	exit 1
fi
as_root=
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		echo "golaunch: needs these packages: $missing" >&2
		echo "golaunch: not root, and no sudo: run as root: apt-get install $missing" >&2
		exit 1
	fi
	as_root=sudo
fi
echo "golaunch: installing $missing" >&2
# shellcheck disable=SC2086
install() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $missing >&2; }
# The package lists may be absent or old: fetch them, and only then install.
$as_root apt-get -qq update >&2
install
