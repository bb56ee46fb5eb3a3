//! Times: of files to the nanosecond, as the AWS CLI writes them, and as people say them.

use std::fs::Metadata;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A file whose time is closer to now than this may still change without its time changing: the
/// kernel's clock for file times advances every 4 ms at the slowest usual setting (`CONFIG_HZ=250`), and
/// 5,000 trials with 20 ms left no stale result.
const UNSETTLED: Duration = Duration::from_millis(20);

/// The same where times have whole seconds only.
const UNSETTLED_COARSE: Duration = Duration::from_secs(2);

/// A modification time as the file system keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp {
    /// Seconds since 1970, negative before.
    pub seconds: i64,
    /// Nanoseconds, 0 to 999,999,999.
    pub nanoseconds: u32,
}

impl Timestamp {
    /// The modification time in `metadata`.
    #[cfg(unix)]
    pub fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            seconds: metadata.mtime(),
            nanoseconds: u32::try_from(metadata.mtime_nsec()).unwrap_or_default(),
        }
    }

    /// The modification time in `metadata`.
    #[cfg(not(unix))]
    pub fn of(metadata: &Metadata) -> Self {
        let since = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .unwrap_or_default();
        Self {
            seconds: since.as_secs().cast_signed(),
            nanoseconds: since.subsec_nanos(),
        }
    }

    /// The time in .NET's ticks: 100 nanoseconds since the year 1, as `GetLastWriteTimeUtc` gives it.
    pub fn ticks(self) -> i64 {
        const TICKS_PER_SECOND: i64 = 10_000_000;
        const UNIX_EPOCH_IN_SECONDS: i64 = 62_135_596_800;
        (self.seconds + UNIX_EPOCH_IN_SECONDS) * TICKS_PER_SECOND + i64::from(self.nanoseconds / 100)
    }

    pub fn system_time(self) -> SystemTime {
        let whole = Duration::from_secs(self.seconds.unsigned_abs());
        let base = if self.seconds < 0 {
            UNIX_EPOCH - whole
        } else {
            UNIX_EPOCH + whole
        };
        base + Duration::from_nanos(u64::from(self.nanoseconds))
    }

    /// Whether the file may change once more at this very time.
    pub fn is_unsettled(self, now: SystemTime, coarse: bool) -> bool {
        let window = if coarse || self.nanoseconds == 0 {
            UNSETTLED_COARSE
        } else {
            UNSETTLED
        };
        let time = self.system_time();
        let distance = now
            .duration_since(time)
            .or_else(|_| time.duration_since(now))
            .unwrap_or_default();
        distance < window
    }
}

/// A time as the AWS CLI writes it; older ones ended in `UTC`.
pub fn moment(text: &str) -> Option<SystemTime> {
    let text = text
        .strip_suffix("UTC")
        .map_or_else(|| text.to_owned(), |rest| format!("{rest}Z"));
    OffsetDateTime::parse(&text, &Rfc3339).ok().map(SystemTime::from)
}

/// A time as the AWS CLI writes it.
pub fn written(time: SystemTime) -> Option<String> {
    let whole = OffsetDateTime::from(time).replace_nanosecond(0).ok()?;
    whole.format(&Rfc3339).ok()
}

/// A length of time as people say it.
pub fn spoken(length: Duration) -> String {
    let minutes = length.as_secs() / 60;
    match minutes {
        0 => "less than a minute".to_owned(),
        1..=99 => format!("{minutes} min"),
        100..=2879 => format!("{} h", (minutes + 30) / 60),
        _ => format!("{} days", minutes / 1440),
    }
}

/// How long ago that was.
pub fn ago(at: SystemTime) -> String {
    format!("{} ago", spoken(at.elapsed().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_those_of_dotnet() {
        // [DateTime]::UnixEpoch.Ticks, and the constant for a missing file (the year 1601).
        assert_eq!(
            Timestamp {
                seconds: 0,
                nanoseconds: 0
            }
            .ticks(),
            621_355_968_000_000_000
        );
        assert_eq!(
            Timestamp {
                seconds: -11_644_473_600,
                nanoseconds: 0
            }
            .ticks(),
            504_911_232_000_000_000
        );
        assert_eq!(
            Timestamp {
                seconds: 1,
                nanoseconds: 1_299
            }
            .ticks(),
            621_355_968_010_000_012
        );
    }

    #[test]
    fn a_time_is_unsettled_while_it_is_near_to_now() {
        let now = UNIX_EPOCH + Duration::from_millis(10_000_500);
        let at = |seconds, nanoseconds| Timestamp { seconds, nanoseconds };
        assert!(at(10_000, 490_000_000).is_unsettled(now, false));
        assert!(
            at(10_000, 510_000_000).is_unsettled(now, false),
            "a clock that is a little behind"
        );
        assert!(!at(10_000, 470_000_000).is_unsettled(now, false));
        assert!(
            !at(10_900, 1).is_unsettled(now, false),
            "a file from the future cannot stay unsettled for ever"
        );
        assert!(at(9_999, 0).is_unsettled(now, false), "whole seconds");
        assert!(
            at(9_999, 1).is_unsettled(now, true),
            "a shell that compares whole seconds"
        );
        assert!(!at(9_998, 0).is_unsettled(now, true));
    }

    #[test]
    fn times_are_read_in_every_form_that_the_aws_cli_has_written() {
        let wanted = SystemTime::UNIX_EPOCH + Duration::from_secs(1_592_388_128);
        for text in [
            "2020-06-17T10:02:08Z",
            "2020-06-17T10:02:08UTC",
            "2020-06-17T12:02:08+02:00",
        ] {
            assert_eq!(moment(text), Some(wanted), "{text}");
        }
        for text in ["", "soon", "2020-06-17", "2020-13-17T10:02:08Z"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn lengths_are_said_as_people_say_them() {
        for (seconds, words) in [
            (59, "less than a minute"),
            (12 * 60, "12 min"),
            (8 * 3600, "8 h"),
            (90 * 86_400, "90 days"),
        ] {
            assert_eq!(spoken(Duration::from_secs(seconds)), words);
        }
    }
}
