#!/bin/sh
# Shows golaunch on real Go programs: a healthy run, a missing loader refused and
# then brought along, an init panic explained.  Needs a Go toolchain; "make demo" installs one.
#	demo.sh GOLAUNCH WORKDIR
set -eu
mkdir -p "$2"
work=$(cd "$2" && pwd)
golaunch=$(cd "$(dirname "$1")" && pwd)/${1##*/}
fixtures=$(dirname "$0")/../tests/fixtures/go
# A program that was built on NixOS names this loader; other systems have none there.
nix_loader=/nix/store/c2ip3hrj9bkbx5gkc8sl2yj5q7bcb3xs-glibc-2.37-8/lib/ld-linux-x86-64.so.2

export GOFLAGS=-mod=mod GO111MODULE=on GOTOOLCHAIN=local GOPROXY=off CGO_ENABLED=0
export GOCACHE="$work/cache" GOPATH="$work/path"
build() { # NAME FIXTURE [ARG...]
	name=$1 fixture=$2
	shift 2
	(cd "$fixtures/$fixture" && go build -o "$work/$name" "$@" .)
}
build hello hello
build built-on-nixos hello -buildmode=pie -ldflags="-I $nix_loader"
build broken fail
cd "$work"
rm -rf built-on-nixos.bundle

# show TITLE WANTED-STATUS COMMAND...: runs it and says how it ended.
show() {
	title=$1 wanted=$2
	shift 2
	printf '\n== %s\n$ %s\n' "$title" "$*"
	status=0
	"$@" || status=$?
	echo "(exit status $status)"
	[ "$status" = "$wanted" ] || { echo "demo: exit status $wanted was expected" >&2; exit 1; }
}
PATH=$(dirname "$golaunch"):$PATH

show "a healthy program: golaunch is not seen" 0 golaunch ./hello
show "what golaunch knows of it" 0 golaunch check ./hello
show "without golaunch: a file that is there is not found" 127 sh -c ./built-on-nixos
show "with golaunch: the loader is named" 126 golaunch ./built-on-nixos
libc=$(gcc -print-file-name=libc.so.6)
show "a loader to bring along" 0 golaunch bundle create ./built-on-nixos --libc "$(dirname "$(readlink -f "$libc")")"
show "with that bundle beside it, it runs" 0 golaunch -v ./built-on-nixos
show "a panic before main.main" 2 env FAIL=init:panic golaunch --capture all ./broken
show "the code, explained" 0 golaunch explain GL6001
