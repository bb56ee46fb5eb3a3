//! Times: of files to the nanosecond, as the AWS CLI writes them, and as people say them.

use std::fs::Metadata;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

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

/// A time as tools write it: RFC 3339, also with a blank for the `T`, a small `z`, an offset with or without its
/// colon, without seconds or zone (then UTC); and the AWS CLI's oldest form, which ends in `UTC`.
pub fn moment(text: &str) -> Option<SystemTime> {
    let (date, rest) = text.trim().split_at_checked(10)?;
    let mut parts = date.splitn(3, '-');
    let mut number = || -> Option<u16> { digits(parts.next()?) };
    let (year, month, day) = (number()?, number()?, number()?);
    let date = Date::from_calendar_date(
        year.into(),
        Month::try_from(u8::try_from(month).ok()?).ok()?,
        u8::try_from(day).ok()?,
    )
    .ok()?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let end = rest
        .find(|character: char| !matches!(character, '0'..='9' | ':' | '.'))
        .unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(end);
    let time = PrimitiveDateTime::new(date, clock_of(clock)?).assume_offset(zone_of(zone.trim())?);
    Some(SystemTime::from(time))
}

fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// `10:02`, `10:02:08` or `10:02:08.123`.
fn clock_of(text: &str) -> Option<Time> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = whole.split(':');
    let (hour, minute) = (digits(parts.next()?)?, digits(parts.next()?)?);
    let second = parts.next().map_or(Some(0), digits)?;
    let nine = format!("{fraction:0<9}");
    let nanoseconds: u32 = digits(nine.get(..9)?)?;
    parts
        .next()
        .is_none()
        .then(|| Time::from_hms_nano(hour, minute, second, nanoseconds).ok())?
}

fn zone_of(text: &str) -> Option<UtcOffset> {
    if matches!(text, "" | "Z" | "z" | "UTC") {
        return Some(UtcOffset::UTC);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let offset = text.strip_prefix(['+', '-'])?;
    let (hours, minutes) = match offset.split_once(':') {
        Some(parts) => parts,
        None => offset.split_at_checked(2)?,
    };
    UtcOffset::from_hms(sign * digits::<i8>(hours)?, sign * digits::<i8>(minutes)?, 0).ok()
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

/// How long there is until then.
pub fn until(then: SystemTime) -> Duration {
    then.duration_since(SystemTime::now()).unwrap_or_default()
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
    fn times_are_read_in_every_form_that_tools_have_written() {
        let wanted = SystemTime::UNIX_EPOCH + Duration::from_secs(1_592_388_128);
        for text in [
            "2020-06-17T10:02:08Z",
            "2020-06-17T10:02:08UTC",
            "2020-06-17T12:02:08+02:00",
            "2020-06-17T12:02:08+0200",
            "2020-06-17T02:02:08-08:00",
            "2020-06-17T15:32:08+05:30",
            "2020-06-17 10:02:08Z",
            "2020-06-17t10:02:08z",
            "2020-06-17T10:02:08",
            "2020-06-17T10:02:08.000Z",
        ] {
            assert_eq!(moment(text), Some(wanted), "{text}");
        }
        let without_seconds = moment("2020-06-17T10:02Z").unwrap();
        assert_eq!(wanted.duration_since(without_seconds).unwrap().as_secs(), 8);
        let finer = moment("2020-06-17T10:02:08.25+00:00").unwrap();
        assert_eq!(finer.duration_since(wanted).unwrap().as_millis(), 250);
        for text in [
            "",
            "soon",
            "2020-06-17",
            "2020-13-17T10:02:08Z",
            "2020-06-17T10:02:08CET",
            "2020-06-17T25:02:08Z",
            "2020-06-17T10Z",
            "20é0-06-17T10:02:08Z",
            "2020-06-17T10:02:08+2",
        ] {
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
