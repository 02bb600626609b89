//! What an error of the token endpoint means for the refresh token that was sent.

use std::time::Duration;

use tegata_core::Error;
use tegata_core::error::{ErrorCode, Remedy};
use tegata_core::random::Random;

use crate::change::Failure;
use crate::settings::Settings;

/// How a refresh failed.
pub(super) fn classify(error: &Error) -> Failure {
    // A gateway that had no answer does not know what the server behind it has done.
    if matches!(error.status(), Some(502 | 504)) {
        return Failure::Unknown;
    }
    match error {
        Error::ApiMisuse(_) => Failure::NotSent,
        Error::Refused(_) => match error.code() {
            Some(ErrorCode::InvalidGrant) => Failure::InvalidGrant,
            Some(ErrorCode::InvalidClient | ErrorCode::UnauthorizedClient) => Failure::Client,
            _ => Failure::TryLater,
        },
        Error::Transport(error) if !error.fault.maybe_sent() => Failure::NotSent,
        // Something answered, and no token was issued; with 2xx, tokens may have been.
        Error::Misbehaved(error) if !matches!(error.status, None | Some(200..=299)) => {
            Failure::TryLater
        }
        _ => Failure::Unknown,
    }
}

/// How long to wait after the `failures`th failure in a row: between one second and three times as
/// much as the time before, so that grants which failed together do not come back together.
pub(super) fn backoff(
    failures: u32,
    error: Option<&Error>,
    settings: &Settings,
    random: &dyn Random,
) -> Duration {
    let asked = match error.map(Error::remedy) {
        Some(Remedy::Retry { after: Some(after) }) => after,
        _ => Duration::ZERO,
    };
    let most = Duration::from_secs(3_u64.saturating_pow(failures.min(12).saturating_add(1)));
    let most = most.min(settings.max_backoff());
    // Without randomness the pause is the longest: the only harm is patience.
    let mut share = [u8::MAX];
    if random.fill(&mut share).is_err() {
        share = [u8::MAX];
    }
    let [share] = share;
    let drawn = most.saturating_sub(LEAST).saturating_mul(u32::from(share)) / 255;
    LEAST.saturating_add(drawn).max(asked).min(settings.max_backoff().max(LEAST))
}

/// Times are kept in whole seconds: less would be none.
const LEAST: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use tegata_core::error::{
        ApiMisuse, Fault, Misbehaviour, ServerError, TransportError, TransportFault,
    };
    use tegata_core::http::Endpoint;
    use tegata_core::random::RandomUnavailable;

    use super::*;

    struct Always(u8);

    impl Random for Always {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
            bytes.fill(self.0);
            Ok(())
        }
    }

    fn refused(code: &str, status: u16) -> Error {
        ServerError::new(Endpoint::Token, Some(ErrorCode::new(code))).with_status(status).into()
    }

    fn misbehaved(status: u16) -> Error {
        Misbehaviour::new(Endpoint::Token, Fault::ContentType).with_status(status).into()
    }

    fn transport(fault: TransportFault) -> Error {
        TransportError::new(Endpoint::Token, fault).into()
    }

    #[test]
    fn tells_what_became_of_the_refresh_token() {
        let cases = [
            ("invalid_grant", refused("invalid_grant", 400), Failure::InvalidGrant),
            ("invalid_client", refused("invalid_client", 401), Failure::Client),
            ("unauthorized_client", refused("unauthorized_client", 400), Failure::Client),
            ("server_error", refused("server_error", 500), Failure::TryLater),
            ("a code nobody knows", refused("odd", 400), Failure::TryLater),
            ("busy", misbehaved(503), Failure::TryLater),
            ("too many", misbehaved(429), Failure::TryLater),
            ("a gateway without an answer", misbehaved(504), Failure::Unknown),
            ("200 and rubbish", misbehaved(200), Failure::Unknown),
            ("no connection", transport(TransportFault::Connect), Failure::NotSent),
            ("no name", transport(TransportFault::Dns), Failure::NotSent),
            ("no TLS", transport(TransportFault::Tls), Failure::NotSent),
            ("a reset", transport(TransportFault::Interrupted), Failure::Unknown),
            ("no answer in time", transport(TransportFault::Timeout), Failure::Unknown),
            ("too long", transport(TransportFault::BodyTooLarge), Failure::Unknown),
            ("never built", ApiMisuse::Required("x").into(), Failure::NotSent),
        ];
        for (name, error, failure) in cases {
            assert_eq!(classify(&error), failure, "{name}");
        }
    }

    #[test]
    fn backs_off_further_each_time_up_to_the_limit() {
        let settings = Settings::default();
        let pause = |failures, share| backoff(failures, None, &settings, &Always(share)).as_secs();
        assert_eq!((pause(0, 0), pause(0, 255)), (1, 3));
        assert_eq!((pause(3, 0), pause(3, 255)), (1, 81));
        assert_eq!(pause(u32::MAX, 255), settings.max_backoff().as_secs());
    }

    #[test]
    fn waits_as_long_as_the_server_asks_within_the_limit() {
        let asks = |seconds| {
            let after = Some(Duration::from_secs(seconds));
            Error::from(
                ServerError::new(Endpoint::Token, None).with_status(503).with_retry_after(after),
            )
        };
        let settings = Settings::default();
        let pause = |seconds| backoff(0, Some(&asks(seconds)), &settings, &Always(0)).as_secs();
        assert_eq!(pause(120), 120);
        assert_eq!(pause(1_000_000), settings.max_backoff().as_secs());
    }
}
