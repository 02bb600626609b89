//! Where keys come from, and every algorithm that signs with them.

use tegata_core::authorize::ResponseType;
use tegata_core::error::{TokenFault, TokenKind};
use tegata_core::url::EndpointUrl;
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms};
use tegata_oidc::Config;
use tegata_oidc::config::KeySource;
use tegata_oidc::keys::KeyFormat;
use tegata_oidc::sign_in::SignInRequest;
use tegata_testkit::profile::Profile;
use tegata_testkit::{Endpoint as At, Fault as Fake, OldKeys, SigningAlgorithm};
use tegata_tests::verdict::Verdict;

use super::stage::{Stage, request};

/// Both ID tokens of the hybrid flow, with every hash that there is.
fn hybrid() -> SignInRequest {
    request().response_type(ResponseType::CodeIdTokenToken)
}

fn signing(algorithm: SigningAlgorithm) -> Profile {
    let mut profile = Profile::OPENID;
    profile.signing = algorithm;
    profile
}

fn agreed_on(config: Config, algorithm: Algorithm) -> Config {
    let agreed = AllowedAlgorithms::of(&[algorithm]);
    config.with_id_token_rules(|rules| rules.with_algorithms(agreed))
}

#[test]
fn every_algorithm_signs_in_where_it_was_agreed_on_and_nowhere_else() {
    let table = [
        (SigningAlgorithm::EdDSA, Algorithm::EdDSA),
        (SigningAlgorithm::ES256, Algorithm::ES256),
        (SigningAlgorithm::PS256, Algorithm::PS256),
        (SigningAlgorithm::RS384, Algorithm::RS384),
        (SigningAlgorithm::RS512, Algorithm::RS512),
    ];
    for (fake, ours) in table {
        let stage = Stage::configured(signing(fake), |config, _| agreed_on(config, ours));
        let signed_in = stage.sign_in(hybrid()).unwrap_or_else(|error| panic!("{fake:?}: {error}"));
        assert_eq!(signed_in.claims().algorithm(), ours);

        let verdict = Verdict::on(Stage::direct(signing(fake)).sign_in(hybrid()));
        let refused = TokenFault::AlgorithmNotAllowed;
        assert_eq!(verdict, Verdict::InvalidToken(TokenKind::FrontIdToken, refused), "{fake:?}");
    }
}

#[test]
fn the_client_secret_is_a_key_where_that_was_agreed_on() {
    let stage = Stage::configured(signing(SigningAlgorithm::HS256), |config, _| {
        agreed_on(config, Algorithm::HS256).with_keys(KeySource::ClientSecret)
    });
    stage.sign_in(hybrid()).unwrap();
    assert_eq!(stage.provider.count(At::Jwks), 0);
    let _ = stage.provider.on(At::Authorization).once(Fake::SignatureInvalid);
    let forged = Verdict::InvalidToken(TokenKind::FrontIdToken, TokenFault::Signature);
    assert_eq!(Verdict::on(stage.sign_in(hybrid())), forged);
}

#[test]
fn keys_come_as_a_map_of_pem_texts_too_and_rotate_there_as_well() {
    let table = [(Profile::GOOGLE, At::Certificates), (Profile::YAHOO_JAPAN, At::PublicKeys)];
    for (profile, at) in table {
        let stage = Stage::configured(profile, |config, provider| {
            let url = EndpointUrl::new(&provider.address(at).unwrap()).unwrap();
            config.with_keys(KeySource::At(url, KeyFormat::PemMap))
        });
        for fetched in 1..=3 {
            stage.sign_in(hybrid()).unwrap();
            assert_eq!((stage.provider.count(at), stage.provider.count(At::Jwks)), (fetched, 0));
            stage.provider.rotate_keys(OldKeys::Dropped);
            stage.wait(30);
        }
    }
}

#[test]
fn keys_from_an_address_of_ones_own_are_not_asked_of_discovery() {
    let stage = Stage::configured(Profile::OPENID, |config, provider| {
        let url = EndpointUrl::new(&provider.address(At::Jwks).unwrap()).unwrap();
        let _ = provider.on(At::Discovery).once(Fake::DiscoveryJwksUriMissing);
        config.with_keys(KeySource::At(url, KeyFormat::Jwks))
    });
    stage.sign_in(hybrid()).unwrap();
}
