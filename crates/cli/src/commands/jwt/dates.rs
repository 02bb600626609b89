//! Moments for a person: a date, and how far away it is.

use std::time::{Duration, UNIX_EPOCH};

use tegata_core::time::UnixTime;

/// The end of the year 9999, beyond which a date has no agreed form.
const LATEST: i64 = 253_402_300_799;

/// The date and the distance from `now`: "Tue, 14 Nov 2023 22:13:20 GMT, 5 minutes ago".
pub(super) fn describe(time: UnixTime, now: UnixTime) -> String {
    match u64::try_from(time.seconds()) {
        // Beyond, httpdate panics.
        Ok(seconds) if time.seconds() <= LATEST => {
            let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
            format!("{date}, {}", distance(time, now))
        }
        _ => "no date between 1970 and 9999".to_owned(),
    }
}

fn distance(time: UnixTime, now: UnixTime) -> String {
    if time > now {
        format!("in {}", length(time.since(now)))
    } else if time < now {
        format!("{} ago", length(now.since(time)))
    } else {
        "now".to_owned()
    }
}

/// In the largest unit that fits, rounded down; a year is the mean one of the calendar.
fn length(time: Duration) -> String {
    let seconds = time.as_secs();
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..172_800 => (seconds / 3_600, "hour"),
        172_800..63_072_000 => (seconds / 86_400, "day"),
        _ => (seconds / 31_556_952, "year"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_date_and_a_distance() {
        let time = UnixTime::from_seconds;
        let now = time(1_700_000_300);
        for (seconds, expected) in [
            (1_700_000_000, "Tue, 14 Nov 2023 22:13:20 GMT, 5 minutes ago"),
            (1_700_000_300, "Tue, 14 Nov 2023 22:18:20 GMT, now"),
            (1_700_000_301, "Tue, 14 Nov 2023 22:18:21 GMT, in 1 second"),
            (1_700_259_500, "Fri, 17 Nov 2023 22:18:20 GMT, in 3 days"),
            (0, "Thu, 01 Jan 1970 00:00:00 GMT, 53 years ago"),
            (LATEST, "Fri, 31 Dec 9999 23:59:59 GMT, in 7976 years"),
            (LATEST + 1, "no date between 1970 and 9999"),
            (-1, "no date between 1970 and 9999"),
            (i64::MIN, "no date between 1970 and 9999"),
        ] {
            assert_eq!(describe(time(seconds), now), expected, "{seconds}");
        }
    }
}
