//! Changes of a TOML document that leave comments, order and blank lines as they are.

use toml_edit::{InlineTable, Item, Key, Table, TableLike, Value};

/// Puts a value into a table-like item, with tables in between as they are needed.
pub(super) fn put(item: &mut Item, path: &[String], value: Value) {
    let [first, rest @ ..] = path else { return };
    // A model that stands as text becomes a table with labels.
    if let Some(old) = item.as_value().filter(|value| value.is_str()).cloned() {
        let mut table = InlineTable::new();
        table.insert("id", bare(old));
        *item = Item::Value(table.into());
    }
    if rest.is_empty() {
        match item {
            Item::Table(table) => put_here(table, first, value),
            Item::Value(Value::InlineTable(table)) => put_inline(table, first, value),
            _ => {}
        }
        return;
    }
    match item {
        Item::Table(table) => put(
            table.entry(first).or_insert(Item::Value(InlineTable::new().into())),
            rest,
            value,
        ),
        Item::Value(Value::InlineTable(table)) => {
            // An inline table's entries are values, so a copy goes back in.
            let mut inner = table
                .get(first)
                .cloned()
                .map_or_else(|| Item::Value(InlineTable::new().into()), Item::Value);
            put(&mut inner, rest, value);
            if let Ok(inner) = inner.into_value() {
                put_inline(table, first, inner);
            }
        }
        _ => {}
    }
}

pub(super) fn bare(mut value: Value) -> Value {
    value.decor_mut().clear();
    value
}

/// The old value's blanks and comment stay around the new one. A model's table keeps its labels.
pub(super) fn put_here(table: &mut Table, key: &str, value: Value) {
    match table.get_mut(key) {
        Some(Item::Value(Value::InlineTable(model))) if value.is_str() && model.contains_key("id") => {
            put_inline(model, "id", value);
        }
        Some(Item::Table(model)) if value.is_str() && model.contains_key("id") => put_here(model, "id", value),
        Some(Item::Value(old)) => {
            let decor = old.decor().clone();
            *old = value;
            *old.decor_mut() = decor;
        }
        _ => {
            table.insert(key, Item::Value(value));
        }
    }
}

pub(super) fn put_inline(table: &mut InlineTable, key: &str, value: Value) {
    if let Some(Value::InlineTable(model)) = table.get_mut(key)
        && value.is_str()
        && model.contains_key("id")
    {
        put_inline(model, "id", value);
        return;
    }
    if let Some(old) = table.get_mut(key) {
        let decor = old.decor().clone();
        *old = value;
        *old.decor_mut() = decor;
        return;
    }
    // The blank before the closing bracket stands behind the last value.
    if let Some((_, last)) = table.iter_mut().last() {
        last.decor_mut().set_suffix("");
    }
    table.insert(key, value);
}

pub(super) fn renamed(key: &Key, old: &str, new: &str) -> Key {
    if key.get() != old {
        return key.clone();
    }
    Key::new(new)
        .with_leaf_decor(key.leaf_decor().clone())
        .with_dotted_decor(key.dotted_decor().clone())
}

/// The part of the comments above a table that belongs to the file: up to the last blank line, and the
/// schema's line.
pub(super) fn kept(prefix: &str) -> String {
    let mut end = 0;
    let mut at = 0;
    for line in prefix.split_inclusive('\n') {
        at += line.len();
        if line.trim().is_empty() || line.starts_with("#:") {
            end = at;
        }
    }
    prefix[..end].to_owned()
}

pub(super) fn set_in(table: &mut dyn TableLike, path: &[String], value: Value) {
    let [first, rest @ ..] = path else { return };
    if rest.is_empty() {
        match table.get_mut(first) {
            Some(Item::Value(old)) => {
                let decor = old.decor().clone();
                *old = value;
                *old.decor_mut() = decor;
            }
            _ => {
                table.insert(first, Item::Value(value));
            }
        }
        return;
    }
    if let Some(item) = table.get_mut(first) {
        put(item, rest, value);
        return;
    }
    let mut item = Item::Value(InlineTable::new().into());
    put(&mut item, rest, value);
    table.insert(first, item);
}

/// Every table, in the order of the file as far as it is nested.
pub(super) fn walk(table: &mut Table, look: &mut impl FnMut(&mut Table)) {
    for (_, item) in table.iter_mut() {
        if let Some(table) = item.as_table_mut() {
            if !table.is_dotted() {
                look(table);
            }
            walk(table, look);
        }
    }
}

pub(super) fn last_position(table: &Table) -> isize {
    let own = table.position().unwrap_or_default();
    let below = table.iter().filter_map(|(_, item)| item.as_table()).map(last_position);
    below.fold(own, isize::max)
}

/// Gives a table and those below it the places after `position`.
pub(super) fn place(table: &mut Table, position: &mut isize) {
    *position += 1;
    table.set_position(Some(*position));
    for (_, item) in table.iter_mut() {
        if let Some(table) = item.as_table_mut() {
            place(table, position);
        }
    }
}
