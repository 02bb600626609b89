//! Authorization server metadata (RFC 8414 §2, OpenID Connect Discovery §3).

mod fetch;

use serde_json::{Map, Value};

pub use fetch::{Fetch, WellKnown};

use crate::error::{Error, Fault, Misbehaviour};
use crate::http::{Endpoint, HttpResponse, json_object};
use crate::json::Object;
use crate::tolerance::Tolerance;
use crate::url::{EndpointUrl, Issuer};

/// What a server says about itself.
///
/// The addresses are checked when the document is read; everything else is there by name, because
/// the set of members is open (RFC 8414 §2).
///
/// One known address that is no `https` URL refuses the whole document. Discovery §3 and RFC 8414 §2
/// demand `https`; nobody but the issuer can have broken that; and without the address the provider
/// would look as if it could not do what it is for: no token would be revoked and nobody signed out,
/// in silence. An address of an extension that is not known here is left out when it is not usable,
/// and harms nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerMetadata {
    issuer: Issuer,
    endpoints: Vec<(String, EndpointUrl)>,
    members: Map<String, Value>,
}

impl ServerMetadata {
    /// Metadata written by hand, for a server without a document.
    ///
    /// ```
    /// use tegata_core::metadata::ServerMetadata;
    /// use tegata_core::url::{EndpointUrl, Issuer};
    ///
    /// let metadata = ServerMetadata::new(Issuer::new("https://op.example.com")?)
    ///     .with_endpoint("token_endpoint", EndpointUrl::new("https://op.example.com/token")?);
    /// assert!(metadata.endpoint("token_endpoint").is_some());
    /// # Ok::<(), tegata_core::url::InvalidUrl>(())
    /// ```
    #[must_use]
    pub fn new(issuer: Issuer) -> Self {
        let members = Map::from_iter([("issuer".to_owned(), issuer.as_str().into())]);
        Self { issuer, endpoints: Vec::new(), members }
    }

    /// The same, with one address more: `name` is the member's name, such as `token_endpoint`.
    #[must_use]
    pub fn with_endpoint(mut self, name: &str, url: EndpointUrl) -> Self {
        self.members.insert(name.to_owned(), url.as_str().into());
        self.endpoints.retain(|(known, _)| known != name);
        self.endpoints.push((name.to_owned(), url));
        self
    }

    /// The same, with one member more that is no address.
    #[must_use]
    pub fn with_member(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }

    /// Reads the answer of a well-known address and checks that it speaks for `expected`.
    ///
    /// # Errors
    ///
    /// [`Error::Misbehaved`]: no JSON, a known address that is unusable, or
    /// [`Fault::IssuerMismatch`] (RFC 8414 §3.3, Discovery §4.3).
    pub fn read(
        response: &HttpResponse,
        expected: &Issuer,
        tolerance: &Tolerance,
    ) -> Result<Self, Error> {
        let document = json_object(Endpoint::Discovery, response)?;
        Self::from_object(&document, expected, tolerance).map_err(|fault| {
            let status = response.status().as_u16();
            Misbehaviour::new(Endpoint::Discovery, fault).with_status(status).into()
        })
    }

    fn from_object(
        document: &Object<'_>,
        expected: &Issuer,
        tolerance: &Tolerance,
    ) -> Result<Self, Fault> {
        let found = document.required_str("issuer")?;
        if found != expected.as_str() {
            return Err(Fault::issuer_mismatch(expected.as_str(), found));
        }
        let mut metadata =
            Self { issuer: expected.clone(), endpoints: Vec::new(), members: document.to_json() };
        for (name, value) in document.iter() {
            let aliases = tolerance.metadata_aliases.iter();
            let name = aliases.clone().find(|(alias, _)| *alias == name).map_or(name, |(_, n)| n);
            let known = ADDRESSES.contains(&name);
            if !(known || name.ends_with("_endpoint")) {
                continue;
            }
            let Some(text) = value.as_str() else { continue };
            match EndpointUrl::new(text) {
                Ok(url) => metadata.endpoints.push((name.to_owned(), url)),
                Err(fault) if known => return Err(Fault::Url { member: name.to_owned(), fault }),
                Err(_) => {}
            }
        }
        for list in LISTS {
            document.strings(list)?;
        }
        Ok(metadata)
    }

    /// The issuer that the document speaks for.
    #[must_use]
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The address called `name`, such as `token_endpoint` or `jwks_uri`.
    #[must_use]
    pub fn endpoint(&self, name: &str) -> Option<&EndpointUrl> {
        self.endpoints.iter().find(|(known, _)| known == name).map(|(_, url)| url)
    }

    /// The address called `name`, which the caller cannot do without.
    ///
    /// # Errors
    ///
    /// [`Fault::NoEndpoint`] at `endpoint`.
    pub fn required_endpoint(&self, name: &str, endpoint: Endpoint) -> Result<&EndpointUrl, Error> {
        self.endpoint(name).ok_or_else(|| Misbehaviour::new(endpoint, Fault::NoEndpoint).into())
    }

    /// All addresses, with their names.
    pub fn endpoints(&self) -> impl Iterator<Item = (&str, &EndpointUrl)> {
        self.endpoints.iter().map(|(name, url)| (name.as_str(), url))
    }

    /// Whether the list called `name` holds `value`; `None` when there is no such list.
    ///
    /// ```
    /// # use tegata_core::{metadata::ServerMetadata, url::Issuer};
    /// # let metadata = ServerMetadata::new(Issuer::new("https://op.example.com")?);
    /// assert_eq!(metadata.lists("code_challenge_methods_supported", "S256"), None);
    /// # Ok::<(), tegata_core::url::InvalidUrl>(())
    /// ```
    #[must_use]
    pub fn lists(&self, name: &str, value: &str) -> Option<bool> {
        let list = self.members.get(name)?.as_array()?;
        Some(list.iter().any(|item| item.as_str() == Some(value)))
    }

    /// Whether the boolean called `name` is there and true.
    #[must_use]
    pub fn is_true(&self, name: &str) -> bool {
        self.members.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The whole document.
    #[must_use]
    pub const fn members(&self) -> &Map<String, Value> {
        &self.members
    }
}

/// The addresses of Discovery §3, RFC 8414 §2 and the extensions that are known here: no request
/// and no browser goes to one of them without TLS.
const ADDRESSES: [&str; 11] = [
    "authorization_endpoint",
    "check_session_iframe",
    "device_authorization_endpoint",
    "end_session_endpoint",
    "introspection_endpoint",
    "jwks_uri",
    "pushed_authorization_request_endpoint",
    "registration_endpoint",
    "revocation_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
];

/// The members that we read as lists: of another type, they are a fault now rather than a wrong
/// answer later.
const LISTS: [&str; 5] = [
    "code_challenge_methods_supported",
    "id_token_signing_alg_values_supported",
    "response_modes_supported",
    "scopes_supported",
    "token_endpoint_auth_methods_supported",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::url::InvalidUrl;

    fn read(body: &str) -> Result<ServerMetadata, Error> {
        let issuer = Issuer::new("https://op.example.com").unwrap();
        let response = ::http::Response::builder().header("content-type", "application/json");
        let response = response.body(body.as_bytes().to_vec()).unwrap();
        let aliases = &[("token_revocation_endpoint", "revocation_endpoint")];
        let tolerance = Tolerance { metadata_aliases: aliases, ..Tolerance::NONE };
        ServerMetadata::read(&response, &issuer, &tolerance)
    }

    fn fault(body: &str) -> Fault {
        match read(body) {
            Err(Error::Misbehaved(misbehaviour)) => misbehaviour.fault,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn refuses_a_document_of_another_issuer() {
        for found in ["https://op.example.com/", "https://OP.example.com", "https://evil.example"] {
            let fault = fault(&format!(r#"{{"issuer":"{found}"}}"#));
            assert!(matches!(fault, Fault::IssuerMismatch { .. }), "{found}");
        }
    }

    #[test]
    fn refuses_an_insecure_address() {
        let with = |name: &str| {
            let insecure = "http://op.example.com/k";
            format!(r#"{{"issuer":"https://op.example.com","{name}":"{insecure}"}}"#)
        };
        for name in ADDRESSES {
            let expected = Fault::Url { member: name.into(), fault: InvalidUrl::Insecure };
            assert_eq!(fault(&with(name)), expected);
        }
        let fault = fault(&with("token_revocation_endpoint"));
        assert!(matches!(fault, Fault::Url { member, .. } if member == "revocation_endpoint"));
    }

    #[test]
    fn an_unusable_address_of_an_unknown_extension_is_left_out() {
        for address in ["http://op.example.com/x", "/x", "urn:x", ""] {
            let metadata = read(&format!(
                r#"{{"issuer":"https://op.example.com","new_endpoint":"{address}",
                    "newer_endpoint":"https://op.example.com/y"}}"#
            ));
            let metadata = metadata.unwrap();
            assert!(metadata.endpoint("new_endpoint").is_none(), "{address}");
            assert_eq!(metadata.members()["new_endpoint"], address);
            assert!(metadata.endpoint("newer_endpoint").is_some());
        }
    }

    #[test]
    fn reads_lists_addresses_and_the_presets_other_names() {
        let metadata = read(
            r#"{"issuer":"https://op.example.com","scopes_supported":["openid"],
                "token_revocation_endpoint":"https://op.example.com/revoke","x":{"y":1}}"#,
        )
        .unwrap();
        assert_eq!(metadata.lists("scopes_supported", "openid"), Some(true));
        assert_eq!(metadata.lists("scopes_supported", "email"), Some(false));
        assert!(metadata.endpoint("revocation_endpoint").is_some());
        assert!(matches!(
            fault(r#"{"issuer":"https://op.example.com","scopes_supported":"openid"}"#),
            Fault::Json(_)
        ));
    }
}
