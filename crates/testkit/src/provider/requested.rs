//! The `claims` parameter (OpenID Connect Core §5.5): claims by their names, in the ID token or from
//! UserInfo, whatever the scope.

use serde_json::{Map, Value};

/// Which claims were asked for by name, and where.
#[derive(Clone, Default)]
pub(crate) struct Requested {
    pub(crate) id_token: Vec<String>,
    pub(crate) userinfo: Vec<String>,
}

impl Requested {
    /// `None` when the parameter is not what §5.5 says.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let members: Map<String, Value> = serde_json::from_str(text).ok()?;
        let names = |place: &str| match members.get(place) {
            None => Some(Vec::new()),
            Some(claims) => Some(claims.as_object()?.keys().cloned().collect()),
        };
        Some(Self { id_token: names("id_token")?, userinfo: names("userinfo")? })
    }
}
