# Shared by the scripts that bring programs onto this machine without
# installing anything. They have set -euo pipefail, and set $checkout.
# shellcheck shell=bash

bin=$checkout/bin
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/shardway
work=

cleanup() { [ -z "$work" ] || rm -rf "$work"; }
trap cleanup EXIT

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
	say "$1"
	[ $# -lt 2 ] || printf 'hint: %s\n' "$2" >&2
	exit 1
}

# wrap NAME: writes bin/NAME from standard input, unless it says so already.
wrap() {
	local text
	text=$(cat)
	mkdir -p "$bin"
	if [ -x "$bin/$1" ] && [ "$(cat "$bin/$1")" = "$text" ]; then return; fi
	printf '%s\n' "$text" >"$bin/$1.$$"
	chmod 755 "$bin/$1.$$"
	mv -f "$bin/$1.$$" "$bin/$1"
}

is_debian() {
	command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null && command -v flock >/dev/null &&
		[ "$(. /etc/os-release && printf '%s' "${ID:-}")" = debian ]
}

# find_loader ROOT: sets loader and libraries, by which a program of an unpacked
# system is started with that system's own libc.
find_loader() {
	loader=$(find "$1/usr/lib64" "$1/usr/lib" -maxdepth 1 -name 'ld-linux*.so.*' -print -quit 2>/dev/null)
	libraries=$(find "$1/usr/lib" -maxdepth 1 -type d -name '*-linux-gnu*' -print -quit)
	[ -n "$loader" ] || die "no loader under $1" "remove $1 and run this again"
}

# mirrors: prints the addresses of Debian's archive as this machine's apt knows
# it. Security updates and third parties are configured there too, hence the
# filter. Before the machine's first "apt-get update" apt does not know who is
# who, only what is asked where.
mirrors() {
	local codename known
	codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-sid}")
	known=$(apt-get indextargets --format '$(REPO_URI)|$(CODENAME)|$(ORIGIN)|$(COMPONENT)' |
		awk -F'|' -v codename="$codename" '$2 == codename && $3 == "Debian" && $4 == "main" { print $1 }' | sort -u)
	if [ -n "$known" ]; then
		printf '%s\n' "$known"
		return
	fi
	apt-get update --print-uris 2>/dev/null | sed -n "s|^'\(.*\)dists/$codename/InRelease'.*|\1|p" | sort -u
}

# unpack ROOT SUITE PACKAGE...: downloads Debian packages with everything they
# need, unpacks them and renames the whole to ROOT at the end. Nothing is
# installed. Who comes second waits for the first.
unpack() {
	local root=$1 suite=$2 uri mirror packages count=0 total log
	shift 2
	mkdir -p "$cache"
	exec 9>"$cache/lock"
	flock 9
	[ ! -d "$root" ] || return 0
	rm -rf "$cache"/.fetch.*
	work=$(mktemp -d "$cache/.fetch.XXXXXX")
	log=$work/log
	mkdir -p "$work"/{state/lists/partial,cache/archives/partial,root}
	: >"$work/status"
	local apt=(apt-get -qq -o Dir::Etc::sourcelist="$work/list" -o Dir::Etc::sourceparts=-
		-o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=-
		-o Dir::State="$work/state" -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache"
		-o Debug::NoLocking=1 -o APT::Sandbox::User="$(id -un)" -o APT::Install-Recommends=0
		-o APT::Keep-Downloaded-Packages=1 -o Acquire::Languages=none -o Acquire::Retries=3)
	say "1/3 reading the package list"
	uri=
	for mirror in $(mirrors); do
		printf 'deb [signed-by=%s] %s %s main\n' /usr/share/keyrings/debian-archive-keyring.gpg "$mirror" "$suite" >"$work/list"
		if "${apt[@]}" update >"$log" 2>&1; then
			uri=$mirror
			break
		fi
		tail -n 3 "$log" >&2
	done
	[ -n "$uri" ] || die "apt could not read a package list of Debian's" "is there a network? Or install ${*} yourself"
	say "2/3 downloading $*"
	"${apt[@]}" -y --download-only install "$@" >"$log" 2>&1 ||
		{ tail -n 5 "$log" >&2; die "apt could not download $*" "is there a network, and room in $cache?"; }
	packages=("$work"/cache/archives/*.deb)
	total=${#packages[@]}
	say "3/3 unpacking $total packages"
	for package in "${packages[@]}"; do
		dpkg-deb -x "$package" "$work/root" 2>"$log" ||
			{ tail -n 5 "$log" >&2; die "cannot unpack ${package##*/}" "is there room in $cache?"; }
		count=$((count + 1))
		[ $((count % 20)) -ne 0 ] || say "    $count of $total"
	done
	mv "$work/root" "$root"
	rm -rf "$work"
	work=
	flock -u 9
}

