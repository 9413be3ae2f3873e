# Packages of any Debian suite, unpacked and never installed.  Sourced.
#
# Each suite gets an apt of its own below the cache: own lists, own (empty)
# package database, the system's mirror and keyring.  So nothing of this
# machine changes, no root is needed, and five suites live side by side.
#
# What is unpacked is named by the packages' versions: a new version is a new
# directory, an old one stays until nothing has used it for two weeks.

GL_CACHE=${GOLAUNCH_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/golaunch-tests}
GL_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
GL_LISTS_FRESH_MINUTES=1440

# The mirror this machine itself installs Debian from.
archive_mirror() {
	apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)' 2>/dev/null |
		sed -n 's/^Debian|Debian|main|//p' | head -n 1
}

# archive_locked NAME COMMAND...: one process at a time does this.
archive_locked() {
	local name=$1
	shift
	mkdir -p "$GL_CACHE/lock"
	(
		flock 9
		"$@"
	) 9>"$GL_CACHE/lock/$name"
}

# archive_apt SUITE PROGRAM ARG...: apt-get or apt-cache on that suite.
archive_apt() {
	local suite=$1
	shift
	APT_CONFIG=$GL_CACHE/apt/$suite/apt.conf "$@"
}

archive_configure() {
	local suite=$1 dir=$GL_CACHE/apt/$1 mirror
	mirror=$(archive_mirror)
	[ -n "$mirror" ] || { echo "apt knows no Debian mirror" >&2; return 1; }
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/status"
	echo "deb [signed-by=$GL_KEYRING] $mirror $suite main" >"$dir/sources.list"
	# Superseded suites carry lists past their date; the signature is what counts here.
	cat >"$dir/apt.conf" <<-CONF
		Dir::Etc::sourcelist "$dir/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		Dir::State::lists "$dir/lists";
		Dir::State::status "$dir/status";
		Dir::Cache "$dir/cache";
		APT::Sandbox::User "root";
		APT::Architecture "amd64";
		Acquire::Languages "none";
		Acquire::Retries "3";
		Acquire::Check-Valid-Until "false";
	CONF
}

archive_refresh_now() {
	local suite=$1 stamp=$GL_CACHE/apt/$1/fetched
	[ -z "$(find "$stamp" -mmin -$GL_LISTS_FRESH_MINUTES 2>/dev/null)" ] || return 0
	archive_configure "$suite" || return 1
	# apt-get update succeeds with a warning where a list could not be had.
	if archive_apt "$suite" apt-get -qq -o APT::Update::Error-Mode=any update >&2; then
		touch "$stamp"
	elif [ -e "$stamp" ]; then
		echo "cannot reach the mirror: older lists of $suite are used" >&2
	else
		echo "cannot fetch the package lists of $suite" >&2
		return 1
	fi
}

# Package lists of a suite, at most a day old where the mirror can be reached.
archive_refresh() {
	archive_locked "lists-$1" archive_refresh_now "$1"
}

# archive_versions SUITE PACKAGE...: "PACKAGE=VERSION" for each, in this order; fails at one that the
# suite does not have.  All in one call: apt reads its whole lists for every one.
archive_versions() {
	local suite=$1
	shift
	archive_apt "$suite" apt-cache show --no-all-versions "$@" 2>/dev/null | awk -v suite="$suite" -v wanted="$*" '
		/^Package: / { package = $2 }
		/^Version: / && !(package in version) { version[package] = $2 }
		END {
			n = split(wanted, name, " ")
			for (i = 1; i <= n; i++) {
				if (!(name[i] in version)) { print suite " has no package " name[i] >"/dev/stderr"; exit 1 }
				print name[i] "=" version[name[i]]
			}
		}'
}

# archive_packages SUITE REGEX: the names that match.
archive_packages() {
	archive_apt "$1" apt-cache pkgnames | grep -E "$2"
}

# Absolute links would lead out of the unpacked tree.
archive_relink() {
	local dir=$1 link target up
	find "$dir" -type l -lname '/*' -printf '%P\n' | while read -r link; do
		target=$(readlink "$dir/$link")
		up=$(printf '%s' "$link" | sed 's:[^/]*$::; s:[^/]*/:../:g')
		ln -snf "$up${target#/}" "$dir/$link"
	done
}

# Unpacks into DIR what SUITE has of these packages, without documentation.
archive_extract() {
	local suite=$1 dir=$2 debs package deb
	shift 2
	debs=$(mktemp -d "$GL_CACHE/debs.XXXXXX")
	(cd "$debs" && archive_apt "$suite" apt-get -qq download "$@" >&2) || { rm -rf "$debs"; return 1; }
	for package in "$@"; do
		for deb in "$debs/${package}"_*.deb; do
			dpkg-deb --fsys-tarfile "$deb" |
				tar -x -C "$dir" --no-same-owner --keep-directory-symlink --exclude='./usr/share/doc' \
					--exclude='./usr/share/man' --exclude='./usr/share/go-*/test' || return 1
		done
	done
	rm -rf "$debs"
}

archive_provide_now() {
	local name=$1 suite=$2 finish=$3 key place
	shift 3
	key=$(archive_versions "$suite" "$@") || return 1
	key=" "$(printf '%s' "$key" | tr '\n' ' ')
	place=unpacked/$(printf '%s' "$name" | tr / -)-$(printf '%s %s' "$finish" "$key" | sha256sum | cut -c1-12)
	if [ ! -e "$GL_CACHE/$place" ]; then
		rm -rf "$GL_CACHE/$place.part"
		mkdir -p "$GL_CACHE/$place.part"
		archive_extract "$suite" "$GL_CACHE/$place.part" "$@" || return 1
		"$finish" "$GL_CACHE/$place.part" || return 1
		printf '%s\n' $key >"$GL_CACHE/$place.part.packages"
		mv "$GL_CACHE/$place.part.packages" "$GL_CACHE/$place.packages"
		mv "$GL_CACHE/$place.part" "$GL_CACHE/$place"
	fi
	touch "$GL_CACHE/$place.packages"
	mkdir -p "$(dirname "$GL_CACHE/$name")"
	ln -sfn "$GL_CACHE/$place" "$GL_CACHE/$name.new.$$" && mv -T "$GL_CACHE/$name.new.$$" "$GL_CACHE/$name"
}

# archive_provide NAME SUITE FINISH PACKAGE...: $GL_CACHE/NAME is a link to the
# unpacked packages; FINISH DIR (a function, or ":") completes a fresh tree.
archive_provide() {
	archive_refresh "$2" && archive_locked "provide-$(printf '%s' "$1" | tr / -)" archive_provide_now "$@"
}

# Trees that nothing provided for two weeks.
archive_prune() {
	find "$GL_CACHE/unpacked" -maxdepth 1 -name '*.packages' -mtime +14 2>/dev/null | while read -r list; do
		rm -rf "${list%.packages}" "$list"
	done
}
