//! The region, and the AWS profile that has one.

use super::{Reader, Value};
use crate::aws_files::{Files, has_region_shape};
use crate::edit;
use crate::import::shell;
use crate::system::text::visible;

impl Reader<'_> {
    /// `profile` is the AWS profile whose region counts where nothing else names one, whoever gives credentials.
    pub(super) fn region(&mut self, profile: Option<&str>, is_elsewhere: bool) {
        let first = self.region_of("AWS_REGION");
        let second = self.region_of("AWS_DEFAULT_REGION");
        let known = match (first, second) {
            (Some(region), other) => {
                if other.as_ref().is_some_and(|other| *other != region) {
                    self.cannot(
                        "AWS_DEFAULT_REGION",
                        "AWS_REGION beats it; the profile sets both to one region",
                    );
                } else if other.is_some() {
                    self.took("AWS_DEFAULT_REGION", "region");
                }
                self.took("AWS_REGION", "region");
                Some(region)
            }
            (None, Some(region)) => {
                self.took("AWS_DEFAULT_REGION", "region");
                Some(region)
            }
            (None, None) => None,
        };
        let region = self
            .wishes
            .region
            .clone()
            .or(known)
            .or_else(|| (!is_elsewhere).then(|| self.region_of_aws_profile(profile)).flatten());
        if let Some(region) = region {
            self.found
                .draft
                .entries
                .insert(0, (edit::split("region"), region.into()));
        }
    }

    /// A region that Claude Code takes: one of another shape counts as none there.
    pub(super) fn region_of(&mut self, name: &str) -> Option<String> {
        // The AWS CLI says what the file says.
        if let Some(Value::Command(command)) = self.left.get(name)
            && command.starts_with("aws configure get ")
            && command.contains("region")
        {
            let profile = shell::aws_profile_option(command).unwrap_or_else(|| "default".to_owned());
            if let Some(region) = self.aws_files().value(&profile, "region") {
                self.left.remove(name);
                return Some(region);
            }
        }
        let region = self.text(name)?;
        if has_region_shape(&region) {
            return Some(region.to_ascii_lowercase());
        }
        self.cannot(
            name,
            format!("`{}` is not a region; Claude Code ignores it", visible(&region)),
        );
        None
    }

    pub(super) fn aws_files(&self) -> Files {
        let mut variables = self.wishes.process.clone();
        for name in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
            if let Some(path) = self.peek(name) {
                variables.insert(name.into(), path.into());
            }
        }
        Files::read(&variables)
    }

    /// The region of the AWS profile that the client would read.
    pub(super) fn region_of_aws_profile(&mut self, profile: Option<&str>) -> Option<String> {
        let named = profile.or(self.found.draft.text("auth.profile"));
        let profile = named.unwrap_or("default").to_owned();
        let region = self
            .aws_files()
            .value(&profile, "region")
            .filter(|region| has_region_shape(region))?;
        self.note(
            "AWS_REGION",
            format!(
                "it is not set there; {region}, the region of the AWS profile {}, is taken",
                visible(&profile)
            ),
        );
        Some(region)
    }
}
