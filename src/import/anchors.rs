//! What a YAML file says once and takes up elsewhere: anchors (`&name`), aliases (`*name`), merge keys (`<<: *name`).

use std::collections::{BTreeMap, BTreeSet};

/// How many lines one file may expand to: aliases of aliases grow without limit.
const LARGEST: usize = 20_000;

/// How many aliases are expanded at most.
const MOST: usize = 1000;

/// A line, and where it stands in the file, counted from 1.
pub type Line = (usize, String);

/// An anchor that is being read.
struct Open {
    name: String,
    indent: usize,
    start: usize,
}

#[derive(Default)]
struct Anchors {
    lines: Vec<Line>,
    open: Vec<Open>,
    mappings: BTreeMap<String, Vec<Line>>,
    scalars: BTreeMap<String, String>,
    taken_up: usize,
}

/// The lines with what each alias stands for in its place. An alias of nothing stays as it is written.
pub fn expanded(text: &str) -> Vec<Line> {
    let source: Vec<&str> = text.lines().collect();
    let mut anchors = Anchors::default();
    for (at, line) in source.iter().enumerate() {
        anchors.close(line);
        let is_enough = anchors.lines.len() > LARGEST || anchors.taken_up > MOST;
        if is_enough || !anchors.take_up(&source, at) {
            anchors.lines.push((at + 1, (*line).to_owned()));
        }
    }
    anchors.lines
}

impl Anchors {
    /// Ends the anchors whose mapping this line is no part of.
    fn close(&mut self, line: &str) {
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            return;
        }
        let indent = indent(line);
        // The entries of a list may stand below its key's own column.
        let is_over = |open: &mut Open| indent + usize::from(line.trim_start().starts_with("- ")) <= open.indent;
        while let Some(open) = self.open.pop_if(is_over) {
            self.mappings.insert(open.name, self.lines[open.start..].to_vec());
        }
    }

    /// Handles a line that defines an anchor or takes one up; false where it does neither.
    fn take_up(&mut self, source: &[&str], at: usize) -> bool {
        let Some((head, value)) = source[at].split_once(": ") else {
            return false;
        };
        let value = value.trim();
        let number = at + 1;
        if let Some(rest) = value.strip_prefix('&') {
            let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            let rest = rest.trim();
            if rest.is_empty() || rest.starts_with('#') {
                self.lines.push((number, format!("{head}:")));
                self.open.push(Open {
                    name: name.to_owned(),
                    indent: key_column(head),
                    start: self.lines.len(),
                });
            } else {
                self.scalars.insert(name.to_owned(), rest.to_owned());
                self.lines.push((number, format!("{head}: {rest}")));
            }
            return true;
        }
        self.taken_up += usize::from(value.contains('*'));
        let aliased = |word: &str| word.trim().strip_prefix('*').map(|rest| rest.trim().to_owned());
        let value = value.split(" #").next().unwrap_or(value).trim();
        let column = key_column(head);
        if head[column..].trim() == "<<" {
            let list = value.trim_start_matches('[').trim_end_matches(']');
            let Some(names) = list.split(',').map(aliased).collect::<Option<Vec<_>>>() else {
                return false;
            };
            if !names.iter().all(|name| self.mappings.contains_key(name)) {
                return false;
            }
            // What the mapping says itself counts, and of several the first.
            let mut said = keys_beside(source, at, column);
            for name in &names {
                let lines = moved(&self.mappings[name], column);
                self.lines.extend(without(lines, column, &mut said));
            }
            return true;
        }
        let Some(name) = aliased(value) else { return false };
        if let Some(lines) = self.mappings.get(&name) {
            let lines = moved(lines, column + 2);
            self.lines.push((number, format!("{head}:")));
            self.lines.extend(lines);
            return true;
        }
        let Some(text) = self.scalars.get(&name) else {
            return false;
        };
        self.lines.push((number, format!("{head}: {text}")));
        true
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Where the key begins: behind the dashes of entries.
fn key_column(head: &str) -> usize {
    head.len() - head.trim_start_matches([' ', '-', '\t']).len()
}

/// The key of a line that stands at a column.
fn key_at(line: &str, column: usize) -> Option<&str> {
    let (key, _) = line.get(column..)?.split_once(':')?;
    Some(key.trim().trim_matches(['"', '\''])).filter(|key| !key.is_empty() && !line[column..].starts_with(' '))
}

/// The keys of the mapping that a line is of.
fn keys_beside(source: &[&str], at: usize, column: usize) -> BTreeSet<String> {
    let is_of = |line: &&&str| line.trim().is_empty() || key_column(line) >= column;
    let before = source[..at].iter().rev().take_while(is_of);
    let after = source[at + 1..].iter().take_while(is_of);
    let beside = before.chain(after).filter(|line| key_column(line) == column);
    beside
        .filter_map(|line| key_at(line, column))
        .map(str::to_owned)
        .collect()
}

/// The lines with the first at this column, and the others as far from it as they were.
fn moved(lines: &[Line], column: usize) -> Vec<Line> {
    let is_text = |line: &&Line| !line.1.trim().is_empty();
    let least = lines
        .iter()
        .filter(is_text)
        .map(|(_, line)| indent(line))
        .min()
        .unwrap_or_default();
    let moved = |(number, line): &Line| {
        let rest = line.get(least..).unwrap_or_default();
        (*number, format!("{}{rest}", " ".repeat(column)))
    };
    lines.iter().map(moved).collect()
}

/// The lines of a mapping at this column without the keys that were said, each with all below it.
fn without(lines: Vec<Line>, column: usize, said: &mut BTreeSet<String>) -> Vec<Line> {
    let mut is_left_out = false;
    let mut new = BTreeSet::new();
    let mut kept = Vec::new();
    for line in lines {
        if indent(&line.1) == column
            && let Some(key) = key_at(&line.1, column)
        {
            is_left_out = said.contains(key);
            new.insert(key.to_owned());
        }
        if !is_left_out {
            kept.push(line);
        }
    }
    said.extend(new);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> String {
        let lines = expanded(source).into_iter().map(|(_, line)| line + "\n");
        lines.collect()
    }

    #[test]
    fn what_is_taken_up_stands_in_its_place() {
        for (source, wanted) in [
            ("a: &x\n  A: 1\nb: *x\n", "a:\n  A: 1\nb:\n  A: 1\n"),
            (
                "a: &x\n  A: 1\n  B: 2\nb:\n    <<: *x\n    B: 3\nc: 1\n",
                "a:\n  A: 1\n  B: 2\nb:\n    A: 1\n    B: 3\nc: 1\n",
            ),
            (
                "a: &x\n  env:\n    A: 1\n  image: i\ns:\n  t:\n    <<: *x\n    env:\n      B: 2\n",
                "a:\n  env:\n    A: 1\n  image: i\ns:\n  t:\n    image: i\n    env:\n      B: 2\n",
            ),
            (
                "a: &x\n  A: 1\nb: &y\n  A: 2\n  B: 2\nc:\n  <<: [*x, *y]\n",
                "a:\n  A: 1\nb:\n  A: 2\n  B: 2\nc:\n  A: 1\n  B: 2\n",
            ),
            ("a: &x 1 # one\nb: *x\n", "a: 1 # one\nb: 1 # one\n"),
            // Aliases of aliases, and of nothing.
            (
                "a: &x\n  A: 1\nb: &y\n  <<: *x\nc:\n  <<: *y\n",
                "a:\n  A: 1\nb:\n  A: 1\nc:\n  A: 1\n",
            ),
            ("c:\n  <<: *y\n  d: *z\n", "c:\n  <<: *y\n  d: *z\n"),
            ("a: &x\n- A=1\nb: *x\n", "a:\n- A=1\nb:\n  - A=1\n"),
        ] {
            assert_eq!(text(source), wanted);
        }
    }

    #[test]
    fn aliases_of_aliases_do_not_grow_without_an_end() {
        let mut source = "a0: &x0\n  A: 1\n".to_owned();
        for number in 1..60 {
            let before = number - 1;
            source += &format!("a{number}: &x{number}\n  l: *x{before}\n  r: *x{before}\n");
        }
        assert!(expanded(&source).len() < 4 * LARGEST);
    }
}
