//! `expired`: says in one line on stderr that a profile's session is over. The function of a wrapped command
//! asks it before the command starts; nothing is called over the network.

use crate::aws::{expiry, payer};
use crate::diagnostic::{Diagnostic, Result};
use crate::environment::Method;
use crate::exit::Exit;
use crate::{changed, console, context};

/// Whether this process was started for this alone.
pub fn is_asked() -> bool {
    std::env::args_os().skip(1).eq(["expired"])
}

/// Reports an ended session. Any other problem was reported when the profile was loaded.
#[expect(clippy::unnecessary_wraps, reason = "the same shape as every command")]
pub fn run() -> Result<Exit> {
    if let Ok((session, active)) = context::active_of(None) {
        let changed = changed::in_shell(&session, &active);
        if !changed.is_empty() {
            console::report(&Diagnostic::error(changed::line(&session, &active, &changed)).warning());
        }
        if let Some(payer) =
            payer::machine(&session, &active).filter(|_| Method::of(&active.profile) == Method::AwsProfile)
        {
            let name = &active.profile.name;
            let finding = Diagnostic::error(format!(
                "the AWS profile of {name} gives no credentials: {payer} would pay"
            ));
            console::report(&finding.warning().help(format!("see why: claude-bedrock doctor {name}")));
        }
        if let Some(expiry) = expiry::of(&session, &active).filter(expiry::Expiry::is_over) {
            console::report(&Diagnostic::error(expiry.words(&active.profile.name)));
        }
    }
    Ok(Exit::Done)
}
