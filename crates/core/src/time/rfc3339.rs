//! Moments as text: `2026-11-22T10:06:13Z` (RFC 3339 §5.6), and as Python writes them, without the
//! `Z` and with microseconds. Always UTC.

use std::fmt;

use super::UnixTime;

/// Reads a moment; fractions of a second are dropped. Offsets other than `Z` are refused.
pub(super) fn parse(text: &str) -> Option<UnixTime> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (text, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let (date, time) = text.split_once(['T', ' '])?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let sound = fraction.bytes().all(|byte| byte.is_ascii_digit())
        && (1..=12).contains(&month)
        && (1..=days_of_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    let seconds = hour * 3600 + minute * 60 + second;
    sound.then(|| UnixTime::from_seconds(days_before(year, month, day) * 86_400 + seconds))
}

/// Writes a moment, as `2026-11-22T10:06:13Z`.
pub(super) fn write(time: UnixTime, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (days, seconds) = (time.seconds().div_euclid(86_400), time.seconds().rem_euclid(86_400));
    let (year, month, day) = date_of(days);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Three numbers of exactly so many digits each.
fn numbers(text: &str, separator: char, digits: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(separator);
    let mut next = |digits: usize| {
        let part = parts.next().filter(|part| part.len() == digits)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?
    };
    let [first, second, third] = digits;
    let numbers = [next(first)?, next(second)?, next(third)?];
    parts.next().is_none().then_some(numbers)
}

/// Days from 1970-01-01 to the date. Years begin in March here, so that a leap day is their last.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let month = (month + 9) % 12;
    let days_of_years =
        365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    days_of_years + (153 * month + 2) / 5 + day - 1 - DAYS_TO_1970
}

fn date_of(days: i64) -> (i64, i64, i64) {
    // The year is off by one at most, which the day then shows.
    let guess = (days + DAYS_TO_1970) * 400 / DAYS_OF_400_YEARS;
    let candidates = [guess + 1, guess, guess - 1];
    let year = candidates.into_iter().find(|year| days_before(*year, 3, 1) <= days);
    let year = year.unwrap_or(guess);
    let day_of_year = days - days_before(year, 3, 1);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

fn days_of_month(year: i64, month: i64) -> i64 {
    let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    days_before(next_year, next_month, 1) - days_before(year, month, 1)
}

/// From the first of March of the year 0.
const DAYS_TO_1970: i64 = 719_468;
const DAYS_OF_400_YEARS: i64 = 146_097;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_others_write() {
        let at = |text| parse(text).map(UnixTime::seconds);
        assert_eq!(at("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(at("2026-11-22T10:06:13Z"), Some(1_795_341_973));
        assert_eq!(at("2026-11-22T10:06:13.123456"), Some(1_795_341_973), "Python");
        assert_eq!(at("2024-02-29T23:59:59Z"), Some(1_709_251_199));
        assert_eq!(at("1969-12-31T23:59:59Z"), Some(-1));
    }

    #[test]
    fn refuses_what_is_no_moment() {
        for text in [
            "",
            "Z",
            "2026-11-22",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2025-02-29T00:00:00Z",
            "2026-11-31T00:00:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T10:06:13+09:00",
            "2026-11-22T10:06:13.x",
            "26-11-22T10:06:13Z",
            "+026-11-22T10:06:13Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn reads_back_what_it_wrote(seconds in -62_000_000_000_i64..250_000_000_000) {
            let time = UnixTime::from_seconds(seconds);
            prop_assert_eq!(parse(&time.to_string()), Some(time), "{}", time);
        }

        #[test]
        fn any_text_and_any_time_is_an_answer_and_not_a_panic(text: String, seconds: i64) {
            let _ = parse(&text);
            let _ = UnixTime::from_seconds(seconds).to_string();
        }
    }
}
