//! `tegata provider`.

use tegata_testkit::browser::{self, Browser, Landing};

use crate::run::{Running, tegata};

fn start(more: &[&str]) -> (Running, String) {
    let mut running = Running::start(&[&["provider", "--port", "0"], more].concat());
    let issuer =
        running.wait_for(|line| line.strip_prefix("issuer").map(|issuer| issuer.trim().to_owned()));
    (running, issuer)
}

fn authorization(issuer: &str, client_id: &str, redirect_uri: &str) -> String {
    format!(
        "{issuer}/authorize?response_type=code&client_id={client_id}&redirect_uri={redirect_uri}\
         &scope=openid&state=x&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\
         &code_challenge_method=S256"
    )
}

#[test]
fn shows_a_login_page_to_a_person() {
    let (_running, issuer) = start(&[]);
    let url = authorization(&issuer, "test-client", "https://app.example.com/callback");
    let Landing::Page { status, html } = browser::open(&url).unwrap() else {
        panic!("no page");
    };
    assert_eq!(status, 200);
    assert!(html.contains("alice") && html.contains("<form"), "{html}");
}

#[test]
fn a_client_of_ones_own_signs_in_and_its_secret_is_not_printed() {
    let client = ["--client-id", "shop", "--client-secret", "canary", "--no-login-page"];
    let uri = ["--redirect-uri", "https://shop.example/cb"];
    let arguments = [&["provider", "--port", "0"], &client[..], &uri].concat();
    let mut running = Running::start(&arguments);
    let mut lines = Vec::new();
    let issuer = running.wait_for(|line| line.strip_prefix("issuer").map(str::to_owned));
    loop {
        let line = running.wait_for(|line| Some(line.to_owned()));
        lines.push(line.clone());
        if line.starts_with("stop") {
            break;
        }
    }
    assert!(lines.iter().any(|line| line.contains("shop")), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("canary")), "{lines:?}");
    let url = authorization(issuer.trim(), "shop", "https://shop.example/cb");
    assert!(browser::open(&url).unwrap().url().starts_with("https://shop.example/cb?"));
}

#[test]
fn a_client_of_ones_own_is_told_when_the_session_ends() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let back = format!("http://{}/back", listener.local_addr().unwrap());
    let told = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut start = [0; 5];
        std::io::Read::read_exact(&mut stream, &mut start).unwrap();
        start
    });
    let (_running, issuer) = start(&[
        "--no-login-page",
        "--client-id=shop",
        "--redirect-uri=https://shop.example/cb",
        "--post-logout-redirect-uri=https://shop.example/bye",
        "--frontchannel-logout-uri=https://shop.example/front",
        "--backchannel-logout-uri",
        &back,
    ]);
    let browser = Browser::new();
    browser.open(&authorization(&issuer, "shop", "https://shop.example/cb")).unwrap();
    let bye = "client_id=shop&post_logout_redirect_uri=https://shop.example/bye";
    let landing = browser.open(&format!("{issuer}/logout?{bye}")).unwrap();
    assert_eq!(landing.url(), "https://shop.example/bye");
    let Landing::Frames { frames, .. } = landing else { panic!("no frames: {landing:?}") };
    assert!(frames[0].starts_with("https://shop.example/front?iss=http"), "{frames:?}");
    assert_eq!(&told.join().unwrap(), b"POST ");

    let relative = ["provider", "--client-id", "x", "--backchannel-logout-uri", "/back"];
    assert_eq!(tegata(&relative).status, 2);
}

#[test]
fn misbehaves_as_it_is_told() {
    for fault in ["discovery=discovery-issuer-mismatch", "discovery-issuer-mismatch"] {
        let (_running, issuer) = start(&["--fault", fault]);
        let finished = tegata(&["discover", &issuer, "--allow-loopback-http"]);
        assert!(finished.error().contains("discovery endpoint answered wrongly"), "{fault}");
    }
}

#[test]
fn faults_that_cannot_show_are_answered_by_those_that_can() {
    for (fault, words) in [
        ("token", "nonce-invalid"),
        ("tokens=crit", "one of api, authorization"),
        ("jwks=nonce-invalid", "key-set-empty"),
        ("jwks=", "key-set-empty"),
    ] {
        let finished = tegata(&["provider", "--fault", fault]);
        assert_eq!(finished.status, 2);
        assert!(finished.stderr.contains(words), "{fault}: {}", finished.stderr);
    }
    let finished = tegata(&["provider", "--help"]);
    assert!(finished.text().contains("key-set-empty"), "{}", finished.stdout);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let (_running, issuer) = start(&[]);
    let port = issuer.rsplit(':').next().unwrap();
    let finished = tegata(&["provider", "--port", port]);
    assert!(finished.error().contains(&format!("cannot listen at port {port}")));
}
