//! What is known about a user in the words of OpenID Connect Core §5.1, in any language (§5.2).

use std::fmt;

use serde_json::{Map, Value};
use tegata_core::time::UnixTime;
use tegata_core::tolerance::Tolerance;

/// Claims about a user, as an ID token or UserInfo brought them. Any of them may be missing.
///
/// None of them identifies the user: that is issuer and subject together (Core §5.7).
///
/// ```
/// use serde_json::json;
/// use tegata_core::tolerance::Tolerance;
/// use tegata_oidc::standard_claims::StandardClaims;
///
/// let claims = json!({
///     "given_name": "Hanako",
///     "given_name#ja-Kana-JP": "ハナコ",
///     "given_name#ja-Hani-JP": "花子",
///     "email": "hanako@example.com",
/// });
/// let claims = StandardClaims::new(claims.as_object().cloned().unwrap_or_default(), &Tolerance::NONE);
/// assert_eq!(claims.given_name().plain(), Some("Hanako"));
/// assert_eq!(claims.given_name().in_language("ja-kana-jp"), Some("ハナコ"));
/// assert_eq!(claims.given_name().languages().count(), 2);
/// assert_eq!((claims.email(), claims.email_verified()), (Some("hanako@example.com"), None));
/// ```
#[derive(Clone)]
pub struct StandardClaims {
    claims: Map<String, Value>,
    tolerance: Tolerance,
}

macro_rules! claims {
    ($($(#[$docs:meta])+ $name:ident -> $type:ty = $read:ident;)+) => {
        impl StandardClaims {
            $($(#[$docs])+
            #[must_use]
            pub fn $name(&self) -> $type {
                self.$read(stringify!($name))
            })+
        }
    };
}

claims! {
    /// The postal address (§5.1.1).
    address -> Option<Address<'_>> = address_of;
    /// The birthday as `YYYY-MM-DD`, or `YYYY` alone (Yahoo! JAPAN).
    birthdate -> Option<&str> = text;
    /// The e-mail address. It changes hands: no key for a user.
    email -> Option<&str> = text;
    /// Whether the provider saw to it that the address was the user's at that time.
    email_verified -> Option<bool> = boolean;
    /// The surname.
    family_name -> Tagged<'_> = tagged;
    /// The gender, `female` and `male` among other words.
    gender -> Option<&str> = text;
    /// The first name.
    given_name -> Tagged<'_> = tagged;
    /// The language and region, such as `ja-JP`.
    locale -> Option<&str> = text;
    /// The middle name.
    middle_name -> Tagged<'_> = tagged;
    /// The whole name, to be shown.
    name -> Tagged<'_> = tagged;
    /// The nickname.
    nickname -> Tagged<'_> = tagged;
    /// The telephone number.
    phone_number -> Option<&str> = text;
    /// Whether the provider saw to it that the number was the user's at that time.
    phone_number_verified -> Option<bool> = boolean;
    /// The address of a picture of the user.
    picture -> Option<&str> = text;
    /// The name that the user goes by at the provider. Not unique.
    preferred_username -> Option<&str> = text;
    /// The address of the user's page at the provider.
    profile -> Option<&str> = text;
    /// When the provider last changed what it says about the user.
    updated_at -> Option<UnixTime> = time;
    /// The address of the user's own page.
    website -> Option<&str> = text;
    /// The time zone, such as `Asia/Tokyo`.
    zoneinfo -> Option<&str> = text;
}

impl StandardClaims {
    /// Reads `claims` as a provider with these tolerances writes them.
    #[must_use]
    pub const fn new(claims: Map<String, Value>, tolerance: &Tolerance) -> Self {
        Self { claims, tolerance: *tolerance }
    }

    /// The claims that are read in another form than Core §5.1 says, because the provider's preset
    /// forgives it.
    pub fn forgiven(&self) -> impl Iterator<Item = &'static str> {
        let is_text = |name: &str| self.claims.get(name).is_some_and(Value::is_string);
        let booleans = ["email_verified", "phone_number_verified"];
        let booleans = booleans.into_iter().filter(|name| self.boolean(name).is_some());
        let times = self.updated_at().map(|_| "updated_at");
        booleans.chain(times).filter(move |name| is_text(name))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    fn boolean(&self, name: &str) -> Option<bool> {
        match self.claims.get(name)? {
            Value::Bool(value) => Some(*value),
            Value::String(text) if self.tolerance.string_booleans => text.parse().ok(),
            _ => None,
        }
    }

    fn time(&self, name: &str) -> Option<UnixTime> {
        match self.claims.get(name)? {
            Value::Number(number) => number.as_i64().map(UnixTime::from_seconds),
            Value::String(text) => {
                let seconds = || text.parse().ok().filter(|_| self.tolerance.string_numbers);
                let date = || rfc3339(text).filter(|_| self.tolerance.rfc3339_updated_at);
                seconds().or_else(date).map(UnixTime::from_seconds)
            }
            _ => None,
        }
    }

    const fn tagged(&self, name: &'static str) -> Tagged<'_> {
        Tagged { claims: &self.claims, name }
    }

    fn address_of(&self, name: &str) -> Option<Address<'_>> {
        self.claims.get(name)?.as_object().map(Address)
    }
}

impl fmt::Debug for StandardClaims {
    /// Names only: the values are about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.claims.keys().collect();
        f.debug_tuple("StandardClaims").field(&names).finish()
    }
}

/// A claim in several languages and scripts: `family_name`, `family_name#ja-Kana-JP` (Core §5.2).
#[derive(Clone, Copy)]
pub struct Tagged<'c> {
    claims: &'c Map<String, Value>,
    name: &'static str,
}

impl<'c> Tagged<'c> {
    /// The claim without a tag.
    #[must_use]
    pub fn plain(&self) -> Option<&'c str> {
        self.claims.get(self.name)?.as_str()
    }

    /// The claim with this tag (BCP 47), whose case does not matter.
    #[must_use]
    pub fn in_language(&self, tag: &str) -> Option<&'c str> {
        self.languages().find(|(known, _)| known.eq_ignore_ascii_case(tag)).map(|(_, text)| text)
    }

    /// Each tag that there is, with its text.
    pub fn languages(&self) -> impl Iterator<Item = (&'c str, &'c str)> + use<'c> {
        let name = self.name;
        self.claims.iter().filter_map(move |(key, value)| {
            let tag = key.strip_prefix(name)?.strip_prefix('#')?;
            Some((tag, value.as_str()?))
        })
    }
}

impl fmt::Debug for Tagged<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tags: Vec<_> = self.languages().map(|(tag, _)| tag).collect();
        f.debug_struct("Tagged").field("name", &self.name).field("languages", &tags).finish()
    }
}

/// A postal address (Core §5.1.1).
#[derive(Clone, Copy)]
pub struct Address<'c>(&'c Map<String, Value>);

impl<'c> Address<'c> {
    /// A member: `country`, `postal_code`, `region`, `locality`, `street_address`, or the whole as
    /// `formatted`.
    #[must_use]
    pub fn get(&self, member: &str) -> Option<&'c str> {
        self.0.get(member)?.as_str()
    }
}

impl fmt::Debug for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.keys().collect();
        f.debug_tuple("Address").field(&names).finish()
    }
}

/// A date and time of RFC 3339 §5.6 as seconds since the epoch; fractions are dropped.
fn rfc3339(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let numbers = |text: &str, separator: char| -> Option<[i64; 3]> {
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then_some(());
        let mut parts = text.splitn(3, separator).map(|part| digits(part).and(part.parse().ok()));
        Some([parts.next()??, parts.next()??, parts.next()??])
    };
    let [year, month, day] = numbers(date, '-')?;
    let (clock, offset) = match time.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, 0),
        None => {
            let (clock, zone) = time.split_at_checked(time.len().checked_sub(6)?)?;
            let [hours, minutes, _] = numbers(&format!("{}:0", zone.get(1..)?), ':')?;
            let seconds = hours * 3600 + minutes * 60;
            (clock, if zone.starts_with('-') { -seconds } else { seconds })
        }
    };
    let [hour, minute, second] = numbers(clock.split('.').next()?, ':')?;
    let in_range = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !in_range {
        return None;
    }
    // Days since 1970-03-01 of a year that begins in March, so that a leap day comes last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    let days = days - 719_468;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second - offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    proptest! {
        #[test]
        fn reading_a_date_never_panics(text in "[0-9]{1,19}-[0-9]{1,19}-[0-9]{1,9}[T ][0-9:.é]{0,12}[Z+-]?[0-9:]{0,6}") {
            let _ = rfc3339(&text);
        }
    }

    #[test]
    fn a_moment_is_a_number_and_by_tolerance_a_text() {
        let forgiving =
            Tolerance { rfc3339_updated_at: true, string_numbers: true, ..Tolerance::NONE };
        let moment = Some(UnixTime::from_seconds(1_709_210_096));
        let number = json!({ "updated_at": 1_709_210_096 });
        assert_eq!(claims(&number, &Tolerance::NONE).updated_at(), moment);
        assert_eq!(claims(&number, &forgiving).forgiven().count(), 0);
        for text in [
            "1709210096",
            "2024-02-29T12:34:56Z",
            "2024-02-29T12:34:56.789Z",
            "2024-02-29t21:34:56+09:00",
            "2024-02-29 07:04:56-05:30",
        ] {
            let object = json!({ "updated_at": text });
            assert_eq!(claims(&object, &Tolerance::NONE).updated_at(), None, "{text}");
            assert_eq!(claims(&object, &forgiving).updated_at(), moment, "{text}");
            assert_eq!(claims(&object, &forgiving).forgiven().next(), Some("updated_at"));
        }
        for text in
            ["", "T", "2024-02-29", "2024-13-01T00:00:00Z", "2024-02-29T24:00:00Z", "é+1:00"]
        {
            assert_eq!(
                claims(&json!({ "updated_at": text }), &forgiving).updated_at(),
                None,
                "{text}"
            );
        }
    }

    fn claims(value: &Value, tolerance: &Tolerance) -> StandardClaims {
        StandardClaims::new(value.as_object().unwrap().clone(), tolerance)
    }

    #[test]
    fn a_text_is_a_boolean_only_where_the_preset_says_so() {
        let tolerant = Tolerance { string_booleans: true, ..Tolerance::NONE };
        for (value, strict, lenient) in [
            (json!(true), Some(true), Some(true)),
            (json!("true"), None, Some(true)),
            (json!("false"), None, Some(false)),
            (json!("yes"), None, None),
            (json!(1), None, None),
        ] {
            let object = json!({ "email_verified": value });
            assert_eq!(claims(&object, &Tolerance::NONE).email_verified(), strict, "{value}");
            assert_eq!(claims(&object, &tolerant).email_verified(), lenient, "{value}");
        }
    }

    #[test]
    fn tags_belong_to_their_own_claim() {
        let object = json!({ "name#ja": "山田花子", "nickname#ja": "はな", "name": 1 });
        let claims = claims(&object, &Tolerance::NONE);
        assert_eq!(claims.name().languages().collect::<Vec<_>>(), [("ja", "山田花子")]);
        assert_eq!(claims.name().plain(), None);
        assert_eq!(claims.nickname().in_language("JA"), Some("はな"));
    }

    #[test]
    fn debug_shows_nothing_about_the_person() {
        let object = json!({ "name#ja": "canary", "address": { "country": "canary" } });
        let claims = claims(&object, &Tolerance::NONE);
        let shown = format!("{claims:?} {:?} {:?}", claims.name(), claims.address());
        assert!(!shown.contains("canary"), "{shown}");
        assert_eq!(claims.address().unwrap().get("country"), Some("canary"));
    }
}
