#!/usr/bin/env bash
# jsonc-parser 0.34.0 (crates.io), 2026-11-30: an edit through its tree has no effect where a name stands twice.
#
# `CstObject::get` gives the first member of a name, so `set_value` changes that one. The crate's own reader takes the last,
# as JSON.parse, serde_json and Python do: what was set is read back as it was before.
set -euo pipefail
cd "$(mktemp -d)"
cat >Cargo.toml <<'TOML'
[package]
name = "edit"
version = "0.0.0"
edition = "2024"
[dependencies]
jsonc-parser = { version = "=0.34.0", features = ["cst", "serde"] }
serde_json = "=1.0.154"
TOML
mkdir src
cat >src/main.rs <<'RUST'
use jsonc_parser::cst::{CstInputValue, CstRootNode};
use jsonc_parser::{ParseOptions, parse_to_serde_value};

fn main() {
    let tree = CstRootNode::parse(r#"{"region":"eu-west-1","region":"eu-west-2"}"#, &ParseOptions::default()).unwrap();
    let member = tree.object_value().unwrap().get("region").unwrap();
    member.set_value(CstInputValue::String("us-east-1".into()));
    let text = tree.to_string();
    let read: serde_json::Value = parse_to_serde_value(&text, &ParseOptions::default()).unwrap();
    println!("{text}\n{}", read["region"]);
}
RUST
said=$(cargo run --quiet)
printf 'after region = us-east-1, and what is read then:\n%s\n' "$said"
[[ $said == '{"region":"us-east-1","region":"eu-west-2"}'$'\n''"eu-west-2"' ]]
