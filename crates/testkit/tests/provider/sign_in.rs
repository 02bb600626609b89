//! Every response type in every mode, and every profile over a socket.

use tegata_core::authorize::{ResponseMode, ResponseType};
use tegata_testkit::profile::Profile;
use tegata_testkit::{Endpoint, FakeProvider};

use super::hand::{Hand, SCOPE};

#[test]
fn every_response_type_comes_back_in_every_mode() {
    for response_type in ResponseType::ALL {
        for mode in [None, Some(ResponseMode::FormPost), Some(ResponseMode::Fragment)] {
            let provider = FakeProvider::new(Profile::OPENID);
            let hand = Hand::new(&provider);
            let response = hand.authorize(response_type, mode, SCOPE, &[]).unwrap();
            assert_eq!(response.code.is_some(), response_type.has_code());
            assert_eq!(response.id_token.is_some(), response_type.has_id_token());
            assert_eq!(response.tokens.is_some(), response_type.has_token());
            if let Some(code) = &response.code {
                assert!(hand.exchange(code).unwrap().id_token().is_some());
            }
        }
    }
}

#[test]
fn every_profile_signs_in_over_a_socket() {
    for profile in Profile::ALL {
        let provider = FakeProvider::new(profile);
        let server = provider.serve().unwrap();
        let hand = Hand::new(&provider);
        assert!(hand.metadata.issuer().as_str().starts_with(&server.origin()));
        let url = hand.authorization_url(ResponseType::Code, None, SCOPE, &[]);
        let landing = tegata_testkit::browser::open(&url).unwrap();
        let response = hand.read(&landing, ResponseType::Code, None).unwrap();
        assert!(hand.exchange(&response.code.unwrap()).unwrap().id_token().is_some());
        assert_eq!(provider.count(Endpoint::Authorization), 1);
    }
}
