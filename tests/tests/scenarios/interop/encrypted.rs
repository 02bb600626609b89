//! ID tokens that the certified provider encrypts. No flow decrypts by itself yet: the token is
//! taken from the callback, decrypted, and verified like any other.

use tegata_core::authorize::{AuthorizationResponse, Expected, ResponseType};
use tegata_core::error::{TokenFault, TokenKind};
use tegata_core::secret::{Nonce as NonceText, State};
use tegata_core::time::Clock as _;
use tegata_jose::backend;
use tegata_jose::id_token::{Expect, IdTokenRules, Nonce, UnverifiedIdToken};
use tegata_jose::jwe::{ContentEncryption, DecryptionKey, Encryption, KeyManagement};
use tegata_jose::jwks::KeySet;
use tegata_tests::interop::Provider;
use tegata_ureq::SystemClock;
use url::Url;

use super::party::Party;

/// As the client is registered.
const AGREED: Encryption = Encryption::new(KeyManagement::RsaOaep256, ContentEncryption::A256Gcm);

#[test]
fn an_encrypted_id_token_is_decrypted_and_then_verified_like_any_other() {
    let Some(provider) = Provider::started() else { return };
    let key = DecryptionKey::from_jwk(provider.decryption_key().as_bytes()).unwrap();
    for issuer in provider.issuers() {
        let party = Party::new(&provider, issuer, "encrypted");
        let (config, now) = (party.party.config(), SystemClock::new().now());
        let metadata = party.run(party.party.metadata()).unwrap();
        let (state, nonce) = (State::new("a-state-of-this-test"), NonceText::new("n-of-this-test"));
        let redirect_uri = config.redirect_uri().unwrap().as_str();
        let mut url = metadata.endpoint("authorization_endpoint").unwrap().as_url().clone();
        url.query_pairs_mut()
            .append_pair("response_type", "id_token")
            .append_pair("client_id", config.client().id())
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", "openid")
            .append_pair("state", state.expose())
            .append_pair("nonce", nonce.expose());
        let mut browser = party.browser();
        let callback = browser.sign_in(url, redirect_uri);
        let expected = Expected::new(config.issuer(), ResponseType::IdToken, &state);
        let response = AuthorizationResponse::read(&callback, &expected, now).unwrap();
        let token = UnverifiedIdToken::new(response.id_token.unwrap());

        let jwks: &Url = metadata.endpoint("jwks_uri").unwrap().as_url();
        let keys = KeySet::from_jwks(browser.open(jwks).body()).unwrap();
        let rules = IdTokenRules::new(issuer, config.client().id());
        let expect = Expect::new(TokenKind::FrontIdToken, Nonce::Expect(&nonce));
        let sealed = token.clone().verify(&keys, &rules, &expect, backend::ring(), now);
        assert_eq!(sealed.unwrap_err().fault, TokenFault::NotSigned, "{issuer}");

        let token = token.decrypt(std::slice::from_ref(&key), AGREED).unwrap();
        let token = token.verify(&keys, &rules, &expect, backend::ring(), now).unwrap();
        assert_eq!(token.subject(), provider.claim("sub"), "{issuer}");
    }
}
