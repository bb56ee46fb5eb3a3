//! `#[test]` for a binary that has its own `main`: the function is put where `tests/support/harness.rs` finds it.

use proc_macro::{TokenStream, TokenTree};

/// Registers a function without arguments as a test, named for its module and itself.
#[proc_macro_attribute]
pub fn test(_: TokenStream, function: TokenStream) -> TokenStream {
    let mut words = function.clone().into_iter();
    let is_fn = |word: &TokenTree| matches!(word, TokenTree::Ident(word) if word.to_string() == "fn");
    words.find(is_fn).expect("#[test] stands before a function");
    let name = words.next().expect("a function has a name");
    let registration = format!(
        "::inventory::submit! {{
            crate::support::harness::Test {{ name: concat!(module_path!(), \"::{name}\"), run: {name} }}
        }}"
    );
    let mut all: TokenStream = registration.parse().expect("the registration is Rust");
    all.extend(function);
    all
}
