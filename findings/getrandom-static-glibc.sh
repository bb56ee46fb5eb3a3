#!/usr/bin/env bash
# getrandom 0.4.3 (crates.io) with glibc 2.36 (Debian 12), 2026-11-30: a statically linked program opens /dev/random.
#
# The crate looks getrandom(2)'s wrapper up by dlsym, which finds nothing in a static program although it is linked in. So
# it waits for /dev/random by poll and reads /dev/urandom: five calls in place of one, and a failure where the devices are
# missing. Linked dynamically, the same program makes the one call.
set -euo pipefail
cd "$(mktemp -d)"
cat >Cargo.toml <<'TOML'
[package]
name = "random"
version = "0.0.0"
edition = "2024"
[dependencies]
getrandom = "=0.4.3"
TOML
mkdir src
echo 'fn main() { getrandom::fill(&mut [0; 16]).unwrap(); }' >src/main.rs
target=$(rustc -vV | sed -n 's/^host: //p')
# Prints which devices the program opens, linked in way $1.
devices() {
    RUSTFLAGS="-C target-feature=$1" cargo build --quiet --target "$target"
    strace -qq -e trace=openat,getrandom "target/$target/debug/random" 2>&1 | { grep -o '/dev/[a-z]*' || true; } | sort | tr '\n' ' '
}
static=$(devices +crt-static)
dynamic=$(devices -crt-static)
printf 'static: %s\ndynamic: %s\n' "$static" "$dynamic"
[[ $static == '/dev/random /dev/urandom ' && $dynamic == '' ]]
