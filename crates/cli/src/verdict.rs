//! What the commands that verify tokens share: the crypto, and the answer to one line.

use serde_json::{Value as Json, json};
use tegata_core::Error;
use tegata_core::json::{JsonFault, Object, Value};
use tegata_core::secret::CompactToken;
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_jose::backend::Backend;

use crate::json_lines::{Answer, BadLine};

/// The crypto of this program: AWS-LC when it was built with it, for it can do more; else ring.
pub(crate) fn crypto() -> &'static dyn Backend {
    #[cfg(feature = "aws-lc-rs")]
    return tegata_jose::backend::aws_lc();
    #[cfg(not(feature = "aws-lc-rs"))]
    return tegata_jose::backend::ring();
}

/// The algorithms of a line, by name. A name that nobody may use, such as `none`, allows nothing.
pub(crate) fn algorithms(names: &str) -> AllowedAlgorithms {
    names.split(',').filter_map(Algorithm::parse).collect()
}

/// The stable code of a failure.
pub(crate) fn code(error: &Error) -> &'static str {
    match error {
        Error::InvalidToken(error) => error.fault.code(),
        _ => "keys_unavailable",
    }
}

/// Answers `{"id": …, "token": "…"}` by `{"id": …, "ok": …}`, with the members that `verify` found
/// or with the code of the rule that is broken.
pub(crate) fn answer(
    question: Result<Object<'_>, BadLine>,
    verify: impl FnOnce(
        &Object<'_>,
        CompactToken,
    ) -> Result<Result<Vec<(&'static str, Json)>, Error>, JsonFault>,
) -> Answer {
    let question = match question {
        Ok(question) => question,
        Err(bad) => return malformed(Json::Null, &bad.to_string()),
    };
    let id = question.get_any("id").map_or(Json::Null, Value::to_json);
    let token = question.required_str("token");
    match token.and_then(|token| verify(&question, CompactToken::new(token))) {
        Ok(Ok(found)) => {
            let members = [vec![("id", id), ("ok", json!(true))], found].concat();
            Answer::new(true, &members)
        }
        Ok(Err(error)) => {
            let members = [("id", id), ("ok", json!(false)), ("code", json!(code(&error)))];
            Answer::new(false, &members)
        }
        Err(fault) => malformed(id, &fault.to_string()),
    }
}

fn malformed(id: Json, error: &str) -> Answer {
    let members = [
        ("id", id),
        ("ok", json!(false)),
        ("code", json!("line_malformed")),
        ("error", json!(error)),
    ];
    Answer::new(false, &members)
}
