//! The roles as columns and as JSON.

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use super::Offer;
use crate::aws::assignments::Bedrock;
use crate::console::layout::{Screen, Tone};
use crate::system::text::visible;

pub(super) fn words(bedrock: Bedrock) -> (&'static str, Tone) {
    match bedrock {
        Bedrock::Answers => ("answers", Tone::Good),
        Bedrock::Refuses => ("refuses", Tone::Bad),
        Bedrock::Unknown => ("unknown", Tone::Doubtful),
    }
}

/// The columns behind the name: twelve digits, the region, and what Bedrock says.
pub(super) const REST: usize = 14 + 16 + 22;

/// The roles in columns that fit the screen; two lines each where it is narrow.
pub(super) fn table(offers: &[Offer], screen: Screen) -> String {
    let there = |offer: &Offer| if offer.profile.is_some() { ", there already" } else { "" };
    let longest = offers
        .iter()
        .map(|offer| visible(&offer.aws_profile).width())
        .max()
        .unwrap_or_default()
        .max(4);
    let is_narrow = screen.width.is_some_and(|width| width < longest + 2 + REST);
    let mut text = if is_narrow {
        String::new()
    } else {
        let head = format!("{:longest$}  {:12}  {:14}  BEDROCK", "NAME", "ACCOUNT", "REGION");
        screen.paint(&head, Tone::Faint) + "\n"
    };
    for offer in offers {
        let (word, tone) = words(offer.bedrock);
        let word = screen.paint(word, tone);
        let name = visible(&offer.aws_profile);
        text.push_str(&if is_narrow {
            let room = screen.width.unwrap_or(80);
            format!(
                "{}\n  {}, {}: {word}{}\n",
                screen.cut(&name, room),
                offer.one.account,
                visible(&offer.region),
                there(offer)
            )
        } else {
            let gap = " ".repeat(longest - name.width());
            format!(
                "{name}{gap}  {:12}  {:14}  {word}{}\n",
                offer.one.account,
                visible(&offer.region),
                there(offer)
            )
        });
    }
    text
}

pub(super) fn as_json(offer: &Offer) -> Value {
    json!({
        "account": offer.one.account, "account_name": offer.one.account_name, "role": offer.one.role,
        "region": offer.region, "bedrock": words(offer.bedrock).0,
        "aws_profile": offer.aws_profile, "aws_profile_exists": offer.is_there, "profile": offer.profile,
    })
}
