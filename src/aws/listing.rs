//! What an account has in a region, as it was asked last, kept for a day: for `models` and for completion.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use crate::aws::bedrock::{InferenceProfile, Model};
use crate::aws::{Account, Trouble};
use crate::environment;
use crate::profile::Profile;
use crate::system::files;
use crate::system::{paths, private};

/// How long a listing counts.
const AGE: Duration = Duration::from_hours(24);

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
    /// Nothing, or something older than a day.
    Nothing,
    /// Something torn or foreign.
    Damaged,
    /// A listing.
    Listing(Listing),
}

impl Account {
    /// Asks for the listing.
    pub async fn listing(&self) -> Result<Listing, Trouble> {
        let (models, profiles) = tokio::try_join!(self.models(), self.inference_profiles())?;
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

/// The file of a profile's listing; `None` where there is no home directory.
pub fn path(profile: &Profile) -> Option<PathBuf> {
    let region = profile.settings.text("region").unwrap_or_default();
    let (profile, way) = (&profile.name, environment::hint(profile));
    let key = format!("{}\0{profile}\0{region}\0{way}", env!("CARGO_PKG_VERSION"));
    let name = blake3::hash(key.as_bytes()).to_hex()[..32].to_owned();
    directory().map(|directory| directory.join(name))
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
        Some(listing) if now().abs_diff(listing.at) > AGE.as_secs() => Kept::Nothing,
        Some(listing) => Kept::Listing(listing),
    }
}

/// Keeps a listing.
pub fn write(path: &std::path::Path, listing: &Listing) -> io::Result<()> {
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
    fn a_listing_counts_for_a_day() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("listing");
        for (hours, counts) in [(0, true), (23, true), (25, false)] {
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
