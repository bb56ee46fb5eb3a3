//! What of Claude Code Amazon Bedrock does not have: `unsupported.txt`, and how it is read.

const TEXT: &str = include_str!("unsupported.txt");

/// A feature of Claude Code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Its name.
    pub name: &'static str,
    /// Whether a part of it works.
    pub is_partial: bool,
}

/// The features that are missing or work in part, in the file's order.
pub fn features() -> impl Iterator<Item = Feature> {
    TEXT.lines().filter_map(|line| {
        let (kind, name) = line.split_once(' ')?;
        (kind != "#").then_some(Feature {
            name,
            is_partial: kind == "part",
        })
    })
}

/// All of them in one sentence, for `doctor`.
pub fn sentence() -> String {
    let names = |is_partial| -> String {
        let names: Vec<&str> = features()
            .filter(|feature| feature.is_partial == is_partial)
            .map(|feature| feature.name)
            .collect();
        names.join(", ")
    };
    format!("not on Bedrock: {}; in part: {}", names(false), names(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_what_the_data_says() {
        let page = include_str!("../../docs/not-on-bedrock.md");
        let source = TEXT.lines().find_map(|line| line.strip_prefix("# Source: ")).unwrap();
        let row = |feature: Feature| {
            format!(
                "| {} | {} |\n",
                feature.name,
                if feature.is_partial { "in part" } else { "no" }
            )
        };
        let table: String = features().map(row).collect();
        assert!(
            page.contains(&format!("| Feature | On Bedrock |\n|---|---|\n{table}\n")),
            "expected:\n{table}"
        );
        assert!(page.contains(source));
        assert!(sentence().starts_with("not on Bedrock: Fast mode, Ultraplan, "));
        assert!(sentence().ends_with("; in part: Auto mode, /loop, /code-review"));
    }
}
