//! Answers that are encrypted for the client, as it registered: on every road that a token takes, and
//! whatever can be wrong with them.

use std::sync::Arc;

use tegata_core::Error;
use tegata_core::authorize::ResponseType;
use tegata_core::error::{Fault, Remedy, TokenFault, TokenKind};
use tegata_core::http::{Endpoint, HttpRequest};
use tegata_core::redirect::TokenRequestUri;
use tegata_core::secret::{AuthorizationCode, ClientSecret, CompactToken, Nonce};
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_oidc::Config;
use tegata_oidc::decryption::{
    ContentEncryption, Decryption, DecryptionKey, Encryption, KeyManagement,
};
use tegata_oidc::logout::LogoutRequest;
use tegata_oidc::logout::back_channel::Logout;
use tegata_oidc::replay::SeenInMemory;
use tegata_oidc::sign_in::{DeviceRequest, OneTimeCode};
use tegata_oidc::user_info::UserInfo;
use tegata_testkit::encryption::{PRIVATE_KEY, recipient, recipient_by_secret};
use tegata_testkit::profile::Profile;
use tegata_testkit::{
    Client as Registered, Decision, Endpoint as At, FakeProvider, Fault as Fake, OldKeys,
    SigningAlgorithm, TestClock,
};
use tegata_tests::fake::{self, BEGINNING};
use tegata_tests::verdict::Verdict;

use super::backend;
use super::stage::{Stage, request, tokens};

const AGREED: Encryption = Encryption::new(KeyManagement::RsaOaep256, ContentEncryption::A256Gcm);

/// Why each of these is refused. Without the mark of a token within, and without a signature, it is
/// the same to who reads it.
const FAULTS: [(Fake, TokenFault); 8] = [
    (Fake::EncryptionAlgRsa15, TokenFault::AlgorithmNotAllowed),
    (Fake::EncryptionCtyMissing, TokenFault::NotSigned),
    (Fake::EncryptionEncOther, TokenFault::AlgorithmNotAllowed),
    (Fake::EncryptionKeyOther, TokenFault::Decryption),
    (Fake::EncryptionMissing, TokenFault::NotEncrypted),
    (Fake::EncryptionTagInvalid, TokenFault::Decryption),
    (Fake::EncryptionUnsigned, TokenFault::NotSigned),
    (Fake::EncryptionZip, TokenFault::Critical),
];

const ES256: AllowedAlgorithms = AllowedAlgorithms::of(&[Algorithm::ES256]);

/// A client that registered that all it gets is encrypted.
fn registered() -> Registered {
    Registered::default()
        .backchannel_logout_uri("https://app.example.com/back-channel")
        .id_token_encrypted_response(AGREED, recipient())
        .userinfo_encrypted_response(AGREED, recipient())
}

fn keys() -> Decryption {
    Decryption::new([DecryptionKey::from_pem(PRIVATE_KEY).unwrap()])
}

/// The client as the provider knows it, and as it knows itself.
fn stage(registered: Registered, configure: impl FnOnce(Config) -> Config) -> Stage {
    let clock = TestClock::at(BEGINNING);
    let builder = FakeProvider::builder(Profile::OPENID).clock(clock.clone());
    let provider = builder.client(registered).build();
    let config = configure(fake::config(&provider).unwrap());
    let client = backend::client_through(config, clock, provider.transport()).unwrap();
    Stage::of(client, provider)
}

/// All is encrypted, and both sides know it.
fn agreed() -> Stage {
    let decryption = keys().with_id_tokens(AGREED).with_user_info(AGREED);
    stage(registered(), |config| config.with_decryption(decryption))
}

fn user_info(stage: &Stage) -> Result<UserInfo, Error> {
    let signed_in = stage.signed_in();
    stage.client.user_info(tokens(&signed_in), signed_in.claims())
}

fn signed_out(stage: &Stage) -> HttpRequest {
    stage.provider.sign_out();
    let [request] = stage.provider.take_logout_requests().try_into().unwrap();
    request
}

fn receive(stage: &Stage, request: &HttpRequest) -> Result<Logout, Error> {
    stage.client.receive_logout(request, Arc::new(SeenInMemory::new()))
}

fn invalid(kind: TokenKind, fault: TokenFault) -> Verdict {
    Verdict::InvalidToken(kind, fault)
}

fn parts(token: &CompactToken) -> usize {
    token.expose().split('.').count()
}

#[test]
fn every_response_type_brings_an_encrypted_id_token() {
    let types = fake::supported(&Profile::OPENID);
    for response_type in types.into_iter().filter(|(_, mode)| mode.is_none()).map(|(it, _)| it) {
        let stage = agreed();
        let signed_in = stage.sign_in(request().response_type(response_type)).unwrap();
        assert_eq!(signed_in.claims().subject(), "alice", "{response_type:?}");
        assert_eq!(parts(signed_in.claims().raw()), 3);
        if let Some(id_token) = signed_in.tokens().and_then(|tokens| tokens.id_token()) {
            assert_eq!(parts(id_token), 5, "{response_type:?}");
        }
    }
}

#[test]
fn a_device_a_script_an_app_and_a_refresh_bring_one_too() {
    let stage = agreed();
    let pending = stage.client.start_device(DeviceRequest::new().scope("openid").unwrap());
    let pending = pending.unwrap();
    stage.provider.answer_device(pending.user_code(), Decision::approve());
    stage.wait(6);
    assert_eq!(stage.client.finish_device(pending).unwrap().claims().subject(), "alice");

    let mut url = url::Url::parse(&stage.provider.address(At::Authorization).unwrap()).unwrap();
    url.query_pairs_mut()
        .append_pair("response_type", ResponseType::Code.as_str())
        .append_pair("client_id", Registered::DEFAULT_ID)
        .append_pair("redirect_uri", Registered::DEFAULT_REDIRECT_URI)
        .append_pair("scope", "openid");
    let landed = url::Url::parse(stage.provider.browse(url.as_str()).url()).unwrap();
    let code = landed.query_pairs().find(|(name, _)| name == "code").unwrap().1;
    let party = stage.client.relying_party();
    let redirect_uri = TokenRequestUri::from(party.config().redirect_uri().unwrap().clone());
    let code = OneTimeCode::new(AuthorizationCode::new(code), redirect_uri);
    assert_eq!(stage.client.run(party.redeem(code)).unwrap().claims().subject(), "alice");

    let signed_in = stage.signed_in();
    let nonce = signed_in.claims().nonce().map(Nonce::new);
    let token = tokens(&signed_in).id_token().unwrap().clone();
    let verified = stage.client.run(party.verify_handed_over(token, nonce)).unwrap();
    assert_eq!(verified.subject(), "alice");

    let first = signed_in.claims().as_first();
    let refreshed = stage.client.refresh(tokens(&signed_in), Some(&first)).unwrap();
    assert_eq!(refreshed.id_token().unwrap().unwrap().subject(), "alice");
}

#[test]
fn an_id_token_that_is_not_encrypted_as_agreed_is_refused() {
    for (fault, rule) in FAULTS {
        let stage = agreed();
        let _ = stage.provider.on(At::Token).once(fault);
        let verdict = Verdict::on(stage.sign_in(request()));
        assert_eq!(verdict, invalid(TokenKind::IdToken, rule), "{fault}");

        let stage = agreed();
        let _ = stage.provider.on(At::Authorization).once(fault);
        let request = request().response_type(ResponseType::CodeIdToken);
        let verdict = Verdict::on(stage.sign_in(request));
        assert_eq!(verdict, invalid(TokenKind::FrontIdToken, rule), "{fault}");
        let spent = stage.provider.count(At::Token) + stage.provider.count(At::Jwks);
        assert_eq!(spent, 0, "{fault}: it costs neither the code nor a request for keys");
    }
}

#[test]
fn a_token_within_is_verified_like_any_other() {
    for (fault, rule) in [
        (Fake::AlgNone, TokenFault::AlgorithmNotAllowed),
        (Fake::AudOther, TokenFault::Audience),
        (Fake::NonceInvalid, TokenFault::Nonce),
        (Fake::SignatureInvalid, TokenFault::Signature),
    ] {
        let stage = agreed();
        let _ = stage.provider.on(At::Token).once(fault);
        let verdict = Verdict::on(stage.sign_in(request()));
        assert_eq!(verdict, invalid(TokenKind::IdToken, rule), "{fault}");
    }
    let stage = agreed();
    stage.signed_in();
    stage.provider.rotate_keys(OldKeys::Dropped);
    stage.wait(60);
    assert_eq!(stage.signed_in().claims().subject(), "alice");
}

#[test]
fn a_refreshed_id_token_that_is_not_encrypted_does_not_cost_the_tokens() {
    let stage = agreed();
    let signed_in = stage.signed_in();
    let _ = stage.provider.on(At::Token).once(Fake::EncryptionMissing);
    let first = signed_in.claims().as_first();
    let refreshed = stage.client.refresh(tokens(&signed_in), Some(&first)).unwrap();
    let access_token = refreshed.tokens().access_token().clone();
    stage.client.call(stage.api_request(), &access_token).unwrap();
    let Err(Error::InvalidToken(error)) = refreshed.id_token() else { panic!("{refreshed:?}") };
    let found = (error.kind, error.fault);
    assert_eq!(found, (TokenKind::RefreshedIdToken, TokenFault::NotEncrypted));
}

#[test]
fn what_is_encrypted_without_an_agreement_is_refused_and_says_so() {
    let stage = stage(registered(), |config| config);
    let error = stage.sign_in(request()).unwrap_err();
    assert_eq!(error.remedy(), Remedy::FixConfiguration);
    assert_eq!(
        error.to_string(),
        "the ID token is not good: it is encrypted, and no encryption was agreed on \
         (OpenID Connect Core §3.1.3.7 (1))"
    );
    let request = signed_out(&stage);
    let refused = invalid(TokenKind::LogoutToken, TokenFault::Encrypted);
    assert_eq!(Verdict::on(receive(&stage, &request)), refused);
}

#[test]
fn user_info_is_agreed_on_by_itself() {
    // Of ID tokens alone.
    let only_id_tokens = keys().with_id_tokens(AGREED);
    let stage = stage(registered(), |config| config.with_decryption(only_id_tokens));
    let refused = invalid(TokenKind::UserInfo, TokenFault::Encrypted);
    assert_eq!(Verdict::on(user_info(&stage)), refused);
}

#[test]
fn user_info_comes_encrypted_with_and_without_a_signature() {
    let unsigned = user_info(&agreed()).unwrap();
    let decryption = keys().with_user_info(AGREED);
    let signing = Registered::default()
        .userinfo_encrypted_response(AGREED, recipient())
        .userinfo_signed_response_alg(SigningAlgorithm::ES256);
    let stage =
        stage(signing, |config| config.with_decryption(decryption).with_signed_user_info(ES256));
    let signed = user_info(&stage).unwrap();
    for (info, is_signed) in [(unsigned, false), (signed, true)] {
        assert_eq!((info.subject(), info.is_signed()), ("alice", is_signed));
        assert_eq!(info.claims()["email"], "alice@example.com");
    }
}

#[test]
fn encrypted_user_info_about_somebody_else_is_refused() {
    let stage = agreed();
    let signed_in = stage.signed_in();
    let _ = stage.provider.on(At::UserInfo).once(Fake::UserinfoSubOther);
    let verdict = Verdict::on(stage.client.user_info(tokens(&signed_in), signed_in.claims()));
    assert_eq!(verdict, Verdict::Misbehaved(Endpoint::UserInfo, Fault::SubjectMismatch));
    let _ = stage.provider.on(At::UserInfo).once([Fake::UserinfoSubOther, Fake::UserinfoSigned]);
    let verdict = Verdict::on(stage.client.user_info(tokens(&signed_in), signed_in.claims()));
    assert_eq!(verdict, invalid(TokenKind::UserInfo, TokenFault::SubjectChanged));
    let _ = stage.provider.on(At::UserInfo).once(Fake::UserinfoDuplicate);
    let verdict = Verdict::on(stage.client.user_info(tokens(&signed_in), signed_in.claims()));
    assert!(matches!(verdict, Verdict::Misbehaved(Endpoint::UserInfo, Fault::Json(_))));
}

#[test]
fn user_info_that_is_not_encrypted_as_agreed_is_refused() {
    // Signed as well, so that it is a token even when it is not encrypted.
    let both = || {
        let decryption = keys().with_user_info(AGREED);
        let client = Registered::default()
            .userinfo_encrypted_response(AGREED, recipient())
            .userinfo_signed_response_alg(SigningAlgorithm::ES256);
        stage(client, |config| config.with_decryption(decryption).with_signed_user_info(ES256))
    };
    for (fault, rule) in FAULTS {
        let stage = both();
        stage.provider.misbehave(fault);
        let verdict = Verdict::on(user_info(&stage));
        assert_eq!(verdict, invalid(TokenKind::UserInfo, rule), "{fault}");
    }
    let stage = agreed();
    let signed_in = stage.signed_in();
    let _ = stage.provider.on(At::UserInfo).once(Fake::EncryptionMissing);
    let verdict = Verdict::on(stage.client.user_info(tokens(&signed_in), signed_in.claims()));
    assert_eq!(verdict, invalid(TokenKind::UserInfo, TokenFault::NotEncrypted));
}

#[test]
fn signed_user_info_has_an_algorithm_of_its_own_and_has_to_be_signed() {
    let of = |algorithm| {
        let client = Registered::default().userinfo_signed_response_alg(algorithm);
        stage(client, |config| config.with_signed_user_info(ES256))
    };
    assert!(user_info(&of(SigningAlgorithm::ES256)).unwrap().is_signed());
    let other = Verdict::on(user_info(&of(SigningAlgorithm::RS256)));
    assert_eq!(other, invalid(TokenKind::UserInfo, TokenFault::AlgorithmNotAllowed));
    let unsigned = stage(Registered::default(), |config| config.with_signed_user_info(ES256));
    let refused = invalid(TokenKind::UserInfo, TokenFault::NotSigned);
    assert_eq!(Verdict::on(user_info(&unsigned)), refused);
}

#[test]
fn a_logout_token_is_encrypted_as_id_tokens_are() {
    let stage = agreed();
    let signed_in = stage.signed_in();
    let received = receive(&stage, &signed_out(&stage)).unwrap();
    assert_eq!(received.token().session_id(), signed_in.claims().session_id());

    for (fault, rule) in FAULTS {
        stage.signed_in();
        let _ = stage.provider.on(At::EndSession).once(fault);
        stage.provider.browse(&stage.provider.address(At::EndSession).unwrap());
        let [request] = stage.provider.take_logout_requests().try_into().unwrap();
        let verdict = Verdict::on(receive(&stage, &request));
        assert_eq!(verdict, invalid(TokenKind::LogoutToken, rule), "{fault}");
    }
}

#[test]
fn the_hint_of_a_logout_is_the_token_that_was_within() {
    let stage = agreed();
    let signed_in = stage.signed_in();
    let request = LogoutRequest::new().id_token_hint(signed_in.claims());
    let url = stage.client.logout_url(request).unwrap();
    let hint = url.query_pairs().find(|(name, _)| name == "id_token_hint").unwrap().1;
    assert_eq!(hint.split('.').count(), 3);
}

#[test]
fn every_algorithm_by_rsa_and_by_the_client_secret_signs_in() {
    let secret = ClientSecret::new(Registered::DEFAULT_SECRET);
    let every = KeyManagement::ALL.iter().flat_map(|key| {
        ContentEncryption::ALL.iter().map(|content| Encryption::new(*key, *content))
    });
    for agreed in every {
        let (recipient, key) = match DecryptionKey::from_client_secret(&secret, agreed) {
            Ok(key) => (recipient_by_secret(Registered::DEFAULT_SECRET, agreed), key),
            Err(_) if agreed.key.as_str().starts_with("RSA") => {
                (recipient(), DecryptionKey::from_pem(PRIVATE_KEY).unwrap())
            }
            Err(_) => continue,
        };
        let registered = Registered::default().id_token_encrypted_response(agreed, recipient);
        let decryption = Decryption::new([key]).with_id_tokens(agreed);
        let stage = stage(registered, |config| config.with_decryption(decryption));
        assert_eq!(stage.signed_in().claims().subject(), "alice", "{agreed:?}");
    }
}

#[test]
fn a_key_may_follow_another() {
    let secret = DecryptionKey::from_secret(&[7; 32]);
    let named = |key: &str| DecryptionKey::from_pem(PRIVATE_KEY).unwrap().with_key_id(key);
    let decryption = Decryption::new([secret, named("old"), named("new")]).with_id_tokens(AGREED);
    let stage = stage(registered(), |config| config.with_decryption(decryption));
    assert_eq!(stage.signed_in().claims().subject(), "alice");
}
