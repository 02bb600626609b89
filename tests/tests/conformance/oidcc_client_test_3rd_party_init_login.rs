//! `oidcc-client-test-3rd-party-init-login`: the provider sends the browser to the client's
//! `initiate_login_uri` with its issuer, and the client begins a sign-in there (OpenID Connect Core §4).
//! It begins none at an issuer that it does not know, and sends nobody to a stranger's page.

use tegata_core::error::Fault as Refusal;
use tegata_core::form::FormWriter;
use tegata_core::http::Endpoint;
use tegata_core::url::Issuer;
use tegata_oidc::initiate::InitiatedSignIn;
use tegata_testkit::Endpoint as At;
use tegata_tests::verdict::Verdict;

use super::stage::Variant;

pub(crate) fn run(variant: Variant) {
    let stage = variant.honest();
    let issuer = stage.provider.issuer();
    let known = [Issuer::new(&issuer).unwrap()];
    let read = |parameters: &[(&str, &str)]| {
        let mut form = FormWriter::new();
        for (name, value) in parameters {
            form.append(name, value);
        }
        InitiatedSignIn::read(&form.finish(), &known, "https://app.example.com")
    };

    let stranger = Verdict::on(read(&[("iss", "https://attacker.example")]));
    assert!(matches!(stranger, Verdict::Misbehaved(_, Refusal::IssuerMismatch { .. })));
    let elsewhere = [("iss", &*issuer), ("target_link_uri", "https://attacker.example/")];
    let fault = Refusal::ParameterValue { name: "target_link_uri" };
    let verdict = Verdict::on(read(&elsewhere));
    assert_eq!(verdict, Verdict::Misbehaved(Endpoint::InitiateLogin, fault));
    assert!(stage.provider.requests().is_empty());

    let wish = read(&[("iss", &issuer)]).unwrap();
    assert_eq!((wish.issuer(), wish.return_to()), (&known[0], None));
    let request = wish.request().scope("openid").unwrap();
    let signed_in = stage.sign_in(request).unwrap();
    assert_eq!(signed_in.claims().subject(), "alice");
    assert_eq!(stage.provider.count(At::Authorization), 1);
}
