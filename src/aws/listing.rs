//! What an account has in a region, as it was asked last: kept for a day for `models`, remembered for a month for
//! `lint`, completion and whoever pins models.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fs, io};

use futures_util::StreamExt as _;
use futures_util::stream;
use serde::{Deserialize, Serialize};

use crate::aws::bedrock::{InferenceProfile, Model};
use crate::aws::{Account, Trouble};
use crate::environment::own;
use crate::lint::Seen;
use crate::profile::Profile;
use crate::system::files;
use crate::system::{paths, private, time};

/// How long a listing counts as what the account has now.
pub const AGE: Duration = Duration::from_hours(24);

/// How long it counts as what the account was seen to have.
const MEMORY: Duration = Duration::from_hours(24 * 30);

/// The models and the inference profiles of an account in one region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// When it was asked for, in seconds since 1970.
    pub at: u64,
    /// The models of every provider.
    pub models: Vec<Model>,
    /// The inference profiles.
    pub profiles: Vec<InferenceProfile>,
}

/// What the file of a listing holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Kept {
    /// Nothing, or something older than a month.
    Nothing,
    /// Something truncated or foreign.
    Damaged,
    /// A listing.
    Listing(Listing),
}

impl Listing {
    /// How long ago it was asked for.
    pub fn age(&self) -> Duration {
        Duration::from_secs(now().abs_diff(self.at))
    }

    /// The account's own inference profile of a name; `None` if there is none that can be used, or more than one.
    pub fn named(&self, name: &str) -> Option<&InferenceProfile> {
        let mut found = self
            .profiles
            .iter()
            .filter(|one| one.own && one.active && one.name == name);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// The account, by the ARN of one of its inference profiles.
    pub fn account(&self) -> Option<String> {
        let arn = self.profiles.iter().find(|profile| !profile.arn.is_empty())?;
        let account = arn.arn.split(':').nth(4)?;
        (!account.is_empty()).then(|| account.to_owned())
    }

    /// The day on which it was asked for, `YYYY-MM-DD`.
    pub fn day(&self) -> String {
        let written = time::written(UNIX_EPOCH + Duration::from_secs(self.at)).unwrap_or_default();
        written.chars().take(10).collect()
    }
}

/// How many requests for tags may be under way at once.
const AT_ONCE: usize = 8;

/// The listing of a profile's account in its region, as it was asked for last.
pub fn of_profile(profile: &Profile) -> Option<Listing> {
    match read(&own::record(profile)?) {
        Kept::Listing(listing) => Some(listing),
        Kept::Nothing | Kept::Damaged => None,
    }
}

/// What the account of a profile was seen to have in its region.
pub fn seen(profile: &Profile) -> Option<Seen> {
    of_file(&own::record(profile)?)
}

fn of_file(path: &std::path::Path) -> Option<Seen> {
    let Kept::Listing(listing) = read(path) else {
        return None;
    };
    let models = listing
        .models
        .iter()
        .filter(|model| model.on_demand)
        .map(|model| model.id.clone());
    let active = listing.profiles.iter().filter(|profile| profile.active);
    Some(Seen {
        day: listing.day(),
        account: listing.account(),
        ids: active
            .flat_map(|profile| [profile.id.clone(), profile.arn.clone()])
            .chain(models)
            .collect(),
    })
}

impl Account {
    /// Asks for the listing.
    pub async fn listing(&self) -> Result<Listing, Trouble> {
        let (models, mut profiles) = tokio::try_join!(self.models(), self.inference_profiles())?;
        // What is called by an ARN has a name of the account's own choice, and tags by which costs are told apart.
        let own: Vec<String> = profiles
            .iter()
            .filter(|one| one.own)
            .map(|one| one.arn.clone())
            .collect();
        let asked = own.iter().map(|arn| async move { (arn, self.tags(arn).await) });
        let answers: Vec<_> = stream::iter(asked).buffer_unordered(AT_ONCE).collect().await;
        for (arn, tags) in answers {
            if let (Some(profile), Ok(tags)) = (profiles.iter_mut().find(|one| one.arn == *arn), tags) {
                profile.tags = tags;
            }
        }
        Ok(Listing {
            at: now(),
            models,
            profiles,
        })
    }
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

fn directory() -> Option<PathBuf> {
    paths::state_directory().map(|directory| directory.join("models"))
}

/// What the account of an AWS profile was seen to have in a region, whatever profile of ours asked.
pub fn seen_by(aws_profile: &str, region: &str) -> Option<Seen> {
    of_file(&own::record_of(region, &format!("aws-profile\0{aws_profile}"))?)
}

/// Reads a listing.
pub fn read(path: &std::path::Path) -> Kept {
    let Ok(bytes) = files::read(path, files::RECORD) else {
        return Kept::Nothing;
    };
    let listing = bytes
        .split_first_chunk::<32>()
        .filter(|(sum, rest)| blake3::hash(rest) == **sum)
        .and_then(|(_, rest)| postcard::from_bytes::<Listing>(rest).ok());
    match listing {
        None => Kept::Damaged,
        Some(listing) if listing.age() > MEMORY => Kept::Nothing,
        Some(listing) => Kept::Listing(listing),
    }
}

/// Keeps a listing, and beside it the names by which profiles call the account's own inference profiles.
pub fn write(path: &std::path::Path, listing: &Listing) -> io::Result<()> {
    let own = listing.profiles.iter().filter(|one| one.own && one.active);
    let names = own::names_text(own.map(|one| (one.arn.as_str(), one.name.as_str())));
    private::write(&path.with_extension("names"), names.as_bytes())?;
    let rest = postcard::to_allocvec(listing).map_err(io::Error::other)?;
    let mut content = blake3::hash(&rest).as_bytes().to_vec();
    content.extend(rest);
    private::write(path, &content)
}

/// All listings that are kept, for completion.
pub fn all() -> Vec<Listing> {
    let entries = directory().and_then(|directory| fs::read_dir(directory).ok());
    let kept = entries.into_iter().flatten().flatten().map(|entry| read(&entry.path()));
    kept.filter_map(|kept| match kept {
        Kept::Listing(listing) => Some(listing),
        Kept::Nothing | Kept::Damaged => None,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_is_remembered_for_a_month() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("listing");
        for (hours, counts) in [(0, true), (25, true), (24 * 30 - 1, true), (24 * 30 + 1, false)] {
            let listing = Listing {
                at: now() - hours * 3600,
                ..Listing::default()
            };
            write(&path, &listing).unwrap();
            let wanted = if counts { Kept::Listing(listing) } else { Kept::Nothing };
            assert_eq!(read(&path), wanted, "{hours}");
        }
    }
}
