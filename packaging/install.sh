#!/bin/sh
# Installs claude-bedrock: finds the platform, fetches the release's archive, verifies it, and puts the program, completions
# and manual pages below a prefix. It edits no rc file; `claude-bedrock setup` does that, and asks before.
#
#   install.sh [--version VERSION] [--prefix DIR] [--from URL] [--force] [--uninstall]
#
#   --version VERSION   another version than the newest (or $CLAUDE_BEDROCK_VERSION)
#   --prefix DIR        by default ~/.local: the program goes to ~/.local/bin (or $CLAUDE_BEDROCK_PREFIX)
#   --from URL          a directory with the release's files, such as a mirror (or $CLAUDE_BEDROCK_FROM)
#   --force             install over a newer version
#   --uninstall         take out what this script has installed; profiles and secrets stay
set -eu

# scripts/package fills it in.
repository=''

say() {
    printf 'claude-bedrock: %s\n' "$1" >&2
}

die() {
    say "$1"
    shift
    for line; do
        printf '  %s\n' "$line" >&2
    done
    exit 1
}

misuse() {
    say "$1"
    exit 2
}

# Prints $1 as bash, zsh and fish read it.
quoted() {
    case $1 in
    *[!0-9A-Za-z/._+-]*) printf '%s\n' "$1" | sed "s/'/'\\\\''/g; s/^/'/; s/\$/'/" ;;
    *) printf '%s\n' "$1" ;;
    esac
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# The name of the platform in the release's files.
find_target() {
    system=$(uname -s) processor=$(uname -m)
    case $processor in
    x86_64 | amd64) processor=x86_64 ;;
    aarch64 | arm64) processor=aarch64 ;;
    esac
    # A translated shell on a Mac with Apple's own processor.
    if [ "$system $processor" = 'Darwin x86_64' ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || true)" = 1 ]; then
        processor=aarch64
    fi
    case "$system $processor" in
    'Linux x86_64' | 'Linux aarch64') target=$processor-unknown-linux-gnu ;;
    'Darwin x86_64' | 'Darwin aarch64') target=$processor-apple-darwin ;;
    MINGW* | MSYS* | CYGWIN*) die 'this script is for Linux and macOS' 'on Windows, in PowerShell: install.ps1' ;;
    *) die "there is no program for $system on $processor" 'build it, with Rust from https://rustup.rs: cargo install claude-bedrock' ;;
    esac
}

# Fetches $1 into the file $2. Fails without a file.
fetch() {
    case $1 in
    # A mirror in the own house may be without encryption; the checksums then come the same way.
    https://* | http://127.0.0.1:* | http://localhost:* | file://*) ;;
    *) [ -n "$from_is_given" ] || die "$1 is no https address" ;;
    esac
    if have curl; then
        curl --fail --silent --show-error --location --retry 2 --connect-timeout 20 --output "$2" "$1" && return
    elif have wget; then
        # GNU's would try twenty times. BusyBox's knows no such option, and gets no other: its 1.35 can crash.
        limits=''
        if wget --help 2>&1 | grep -q -e '--tries'; then limits='--tries=2 --timeout=20'; fi
        # shellcheck disable=SC2086 # nothing, or two words
        wget -q $limits -O "$2" "$1" && return
    else
        die 'neither curl nor wget is here, and one of them must fetch the program' 'install curl, and run this again'
    fi
    rm -f "$2"
    return 1
}

sha256_of() {
    if have sha256sum; then
        sha256sum <"$1"
    elif have shasum; then
        shasum -a 256 <"$1"
    else
        openssl dgst -sha256 -r <"$1"
    fi | sed 's/[^0-9a-f].*//'
}

# Whether version $1 comes after version $2. What follows a hyphen comes before the version itself.
is_newer() {
    awk -v a="$1" -v b="$2" '
        function rank(text) { split(text, parts, /[-+]/); return parts[1] }
        BEGIN {
            n = split(rank(a), x, "."); m = split(rank(b), y, ".")
            for (i = 1; i <= n || i <= m; i++)
                if (x[i] + 0 != y[i] + 0) exit !(x[i] + 0 > y[i] + 0)
            pa = index(a, "-"); pb = index(b, "-")
            exit !(pb && (!pa || a > b))
        }'
}

version_of() {
    "$1" --version 2>/dev/null | sed -n 's/^claude-bedrock \([0-9][^ ]*\).*/\1/p'
}

# Copies the file $1 to $2, which readers see whole at any moment.
put() {
    # Into a directory of that name it would be moved.
    if ! { [ ! -d "$2" ] && mkdir -p "$(dirname "$2")" && cp "$1" "$2.new.$$" && mv -f "$2.new.$$" "$2"; }; then
        rm -f "$2.new.$$"
        die "$2 cannot be written" 'run this again when it can; what is there already goes with --uninstall'
    fi
}

uninstall() {
    list=$prefix/share/claude-bedrock/installed
    [ -f "$list" ] || die "nothing is installed below $prefix (there is no $list)" 'another place: --prefix DIR'
    while IFS= read -r file; do
        case $file in
        /* | *..*) die "$list has been changed: $file" ;;
        esac
        [ -d "$prefix/$file" ] || rm -f "$prefix/$file"
        # Directories that hold nothing else.
        (cd "$prefix" && rmdir -p "$(dirname "$file")" 2>/dev/null) || true
    done <<LIST
$(cat "$list")
LIST
    say "gone from $prefix; your profiles, settings and secrets stay"
}

# Where the attestation says who built the archive, it must be this project's release workflow.
verify_origin() {
    [ -n "$repository" ] && [ -z "$from_is_given" ] || return 0
    slug=${repository#https://github.com/}
    if have gh && gh auth status >/dev/null 2>&1; then
        gh attestation verify "$1" --repo "$slug" >/dev/null ||
            die 'the archive is not attested by the release workflow of the project; nothing was installed' "see: gh attestation verify $(basename "$1") --repo $slug"
        say 'attestation: verified by gh'
    elif have cosign && fetch "$base/$(basename "$1").sigstore.json" "$1.sigstore.json"; then
        cosign verify-blob-attestation --new-bundle-format --bundle "$1.sigstore.json" \
            --certificate-oidc-issuer https://token.actions.githubusercontent.com \
            --certificate-identity-regexp "^$repository/" "$1" >/dev/null 2>&1 ||
            die 'the archive is not attested by the release workflow of the project; nothing was installed'
        say 'attestation: verified by cosign'
    else
        say 'attestation: not verified (gh or cosign would); the checksum is'
    fi
}

main() {
    version=${CLAUDE_BEDROCK_VERSION-} prefix=${CLAUDE_BEDROCK_PREFIX-} from=${CLAUDE_BEDROCK_FROM-} force='' remove=''
    while [ $# -gt 0 ]; do
        case $1 in
        --version | --prefix | --from)
            [ $# -gt 1 ] || misuse "$1 takes a value"
            case $1 in
            --version) version=$2 ;;
            --prefix) prefix=$2 ;;
            --from) from=$2 ;;
            esac
            shift 2
            ;;
        --force) force=1 && shift ;;
        --uninstall) remove=1 && shift ;;
        *) misuse "unknown argument: $1 (--version, --prefix, --from, --force, --uninstall)" ;;
        esac
    done
    if [ -z "$prefix" ]; then
        [ -n "${HOME-}" ] || die 'HOME is not set, so there is no place to install to' 'name one: --prefix DIR'
        prefix=$HOME/.local
    fi
    prefix=${prefix%/}
    case $prefix/ in
    /*) ;;
    *) misuse '--prefix takes an absolute path' ;;
    esac
    if [ -n "$remove" ]; then
        uninstall
        return
    fi

    version=${version#v}
    case $version in
    *[!0-9A-Za-z.+-]*) misuse "$version is no version; one looks like 1.2.3" ;;
    esac
    from_is_given=$from
    if [ -n "$from" ]; then
        base=${from%/}
    elif [ -z "$repository" ]; then
        die 'this copy of the script belongs to no release' 'name a directory with the files of one: --from URL'
    elif [ -n "$version" ]; then
        base=$repository/releases/download/v$version
    else
        base=$repository/releases/latest/download
    fi
    find_target

    # Before anything is fetched.
    program=$prefix/bin/claude-bedrock
    if ! { mkdir -p "$prefix/bin" && [ -d "$prefix/bin" ] && [ -w "$prefix/bin" ]; } 2>/dev/null; then
        die "$prefix/bin cannot be written; nothing was installed" 'choose another place: --prefix DIR'
    fi
    [ ! -d "$program" ] || die "$program is a directory; nothing was installed" 'choose another place: --prefix DIR'
    have sha256sum || have shasum || have openssl ||
        die 'nothing here can verify the checksum (sha256sum, shasum or openssl)' 'install one of them, and run this again'
    scratch=$(mktemp -d) || die 'no temporary directory can be made'
    new=$prefix/bin/.claude-bedrock.new.$$
    trap 'rm -rf "$scratch" "$new"; rmdir "$prefix/bin" 2>/dev/null || true' EXIT
    trap 'exit 130' INT TERM HUP

    fetch "$base/SHA256SUMS" "$scratch/SHA256SUMS" ||
        die "$base/SHA256SUMS cannot be fetched; nothing was installed" 'is there such a release? is there a network (a proxy)? then run this again'
    # Each line ends; the last one, too.
    { grep -qE '^[0-9a-f]{64}  [^ ]+$' "$scratch/SHA256SUMS" && [ -z "$(tail -c 1 "$scratch/SHA256SUMS")" ]; } ||
        die "$base/SHA256SUMS is not a whole list of checksums; nothing was installed" 'run this again; a proxy or a login page may have answered in its place: look at that address in a browser'
    pattern=$(printf '%s' "$version" | sed 's/[.+]/\\&/g')
    line=$(grep -E "^[0-9a-f]{64}  claude-bedrock-${pattern:-[0-9][^ ]*}-$target\\.tar\\.gz\$" "$scratch/SHA256SUMS" | head -n 1)
    [ -n "$line" ] || die "the release${version:+ $version} has no program for $target; nothing was installed" 'build it, with Rust from https://rustup.rs: cargo install claude-bedrock'
    wanted=${line%% *} archive=${line##* }
    version=${archive#claude-bedrock-} && version=${version%"-$target.tar.gz"}

    # What may be a program of somebody else's of this name is not asked.
    if [ -x "$program" ] && [ -z "$force" ]; then
        installed=$(version_of "$program")
        if [ -n "$installed" ] && is_newer "$installed" "$version"; then
            die "$program is version $installed, which is newer than $version; nothing was changed" 'to install it all the same: --force'
        fi
    fi

    fetch "$base/$archive" "$scratch/$archive" || die "$base/$archive cannot be fetched whole; nothing was installed" 'run this again'
    [ "$(sha256_of "$scratch/$archive")" = "$wanted" ] ||
        die "$archive is not what SHA256SUMS says; nothing was installed" 'run this again; if it persists, tell the project'
    verify_origin "$scratch/$archive"
    tar -xzf "$scratch/$archive" -C "$scratch" || die "$archive cannot be unpacked; nothing was installed"
    tree=$scratch/claude-bedrock-$version-$target

    # It has to run here before it replaces another one. A running hook may start the program at any moment: it is moved
    # into its place, not written there.
    [ -f "$tree/bin/claude-bedrock" ] || die "$archive does not hold claude-bedrock-$version-$target/bin/claude-bedrock; nothing was installed"
    { cp "$tree/bin/claude-bedrock" "$new" && chmod 755 "$new"; } || die "$new cannot be written; nothing was installed"
    [ "$(version_of "$new")" = "$version" ] ||
        die 'the program does not run here; nothing was installed' "it says: $("$new" --version 2>&1 | head -n 1)"
    (cd "$tree" && find . -type f | sed 's,^\./,,' | LC_ALL=C sort && echo share/claude-bedrock/installed) >"$scratch/installed"
    # The list first, with what an older version has: however this ends, --uninstall finds what is there.
    list=$prefix/share/claude-bedrock/installed
    : >"$scratch/old"
    [ ! -f "$list" ] || cat "$list" >"$scratch/old"
    LC_ALL=C sort -u "$scratch/installed" "$scratch/old" >"$scratch/both"
    put "$scratch/both" "$list"
    while IFS= read -r file; do
        case $file in
        bin/claude-bedrock | share/claude-bedrock/installed) continue ;;
        esac
        put "$tree/$file" "$prefix/$file"
    done <"$scratch/installed"
    # What an older version had, and this one has not.
    grep -vxF -f "$scratch/installed" "$scratch/old" | while IFS= read -r file; do
        case $file in
        /* | *..*) continue ;;
        esac
        rm -f "$prefix/$file"
    done
    put "$scratch/installed" "$list"
    mv -f "$new" "$program" || die "$program cannot be replaced"

    say "$version is in $prefix/bin"
    case :$PATH: in
    *":$prefix/bin:"*)
        first=$(command -v claude-bedrock || true)
        [ -z "$first" ] || [ "$first" = "$program" ] || say "another one comes first on PATH: $first"
        ;;
    *)
        say 'PATH does not have that directory yet; add it in your shell'\''s rc file:'
        directory=$(quoted "$prefix/bin")
        # shellcheck disable=SC2016 # the rc file expands it
        printf '  bash, zsh:  export PATH=%s:"$PATH"\n  fish:       fish_add_path %s\n' "$directory" "$directory" >&2
        ;;
    esac
    say 'next: claude-bedrock setup'
}

# The last line, so that a script that was cut short does nothing.
main "$@"
