//! What can be wrong with the metadata.

use serde_json::{Map, Value, json};

use super::append;
use crate::{Fault, Faults};

pub(crate) fn discovery(faults: &Faults, document: &mut Map<String, Value>) {
    if faults.has(Fault::DiscoveryIssuerMismatch) {
        append(document, "issuer", "INVALID");
    }
    if faults.has(Fault::DiscoveryIssuerMissing) {
        document.remove("issuer");
    }
    if faults.has(Fault::DiscoveryIssuerOther) {
        document.insert("issuer".into(), "https://another.example.com".into());
    }
    if faults.has(Fault::DiscoveryJwksUriMissing) {
        document.remove("jwks_uri");
    }
    if faults.has(Fault::DiscoveryJwksUriPrivate) {
        // The address at which clouds keep their machines' credentials.
        document.insert("jwks_uri".into(), "https://169.254.169.254/jwks".into());
    }
    if faults.has(Fault::DiscoveryRs256Only) {
        document.insert("id_token_signing_alg_values_supported".into(), json!(["RS256"]));
    }
    if faults.has(Fault::DiscoveryTokenEndpointInsecure) {
        document.insert("token_endpoint".into(), "http://op.example.com/token".into());
    }
    if faults.has(Fault::DiscoveryUnusual) {
        let types = ["code", "id_token code", "token code id_token", "id_token", "token id_token"];
        let algorithms = ["none", "RS256", "ES256", "ES256K", "Ed448", "XY999"];
        document.insert("response_types_supported".into(), json!(types));
        document.insert("id_token_signing_alg_values_supported".into(), json!(algorithms));
        document.insert("unknown_member".into(), json!({ "deep": [1, null, { "er": true }] }));
    }
}
