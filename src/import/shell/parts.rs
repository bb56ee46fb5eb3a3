//! The parts of a text, as readings of their own or as remarks on the reading around them.

use super::super::variables::{concerns, switches_on};
use super::super::words::Dialect;
use super::super::{Reading, Variable};
use super::{Kind, Reader, Scope};

impl Reader<'_> {
    /// The readings: the whole, and each part that switches Bedrock on by itself.
    pub(super) fn finish(self) -> Vec<Reading> {
        let exports_all = !self.has_exports || self.exports_all || self.dialect == Dialect::Cmd;
        let own = |scope: &Scope| -> Vec<Variable> {
            scope
                .variables
                .iter()
                .filter(|(_, exported)| *exported || exports_all)
                .map(|(variable, _)| variable.clone())
                .collect()
        };
        let mut readings: Vec<(usize, Reading)> = Vec::new();
        for (at, scope) in self.scopes.iter().enumerate() {
            if at > 0 && !switches_on(&own(scope)) {
                continue;
            }
            let mut chain = vec![at];
            while let Some(last) = chain.last().copied().filter(|last| *last > 0) {
                chain.push(self.scopes[last].parent);
            }
            // A branch has the place as its name, unless it is a pattern.
            let is_named = scope.kind == Kind::Named || !scope.label.contains(' ');
            let mut reading = Reading {
                label: (at > 0 && is_named).then(|| scope.label.clone()),
                notes: scope.notes.clone(),
                ..Reading::default()
            };
            if !is_named {
                let why = format!("it holds only inside {}", scope.label);
                reading.remarks.push(("this set-up".to_owned(), why));
            }
            for scope in chain.into_iter().rev().map(|at| &self.scopes[at]) {
                reading
                    .variables
                    .retain(|variable| !scope.unset.contains(&variable.name));
                reading.variables.extend(own(scope));
            }
            for (variable, exported) in &scope.variables {
                if !*exported && !exports_all && concerns(&variable.name) {
                    let why = format!(
                        "{} sets it without exporting it: Claude Code does not see it",
                        variable.place
                    );
                    reading.notes.push((variable.name.clone(), why));
                }
            }
            readings.push((at, reading));
        }
        // What holds only in a part goes to the nearest reading around it.
        for (at, scope) in self.scopes.iter().enumerate().skip(1) {
            if readings.iter().any(|(known, _)| *known == at) {
                continue;
            }
            let mut around = scope.parent;
            while !readings.iter().any(|(known, _)| *known == around) {
                around = self.scopes[around].parent;
            }
            let place = match scope.kind {
                Kind::Named => format!("`{}`", scope.label),
                Kind::Whole | Kind::Branch => scope.label.clone(),
            };
            let mut notes = Vec::new();
            for variable in own(scope).iter().filter(|variable| concerns(&variable.name)) {
                notes.push((
                    variable.name.clone(),
                    format!("{} sets it only inside {place}, which is left alone", variable.place),
                ));
            }
            if !notes.is_empty() || scope.variables.is_empty() {
                notes.extend(scope.notes.iter().cloned());
            }
            if let Some((_, reading)) = readings.iter_mut().find(|(known, _)| *known == around) {
                reading.notes.extend(notes);
            }
        }
        readings.into_iter().map(|(_, reading)| reading).collect()
    }
}
