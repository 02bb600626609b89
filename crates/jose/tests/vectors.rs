//! The vectors of the RFCs, of the JOSE cookbook and of OpenID Connect, as they lie beside the
//! workspace in `../shared/vectors`; without that folder there is nothing to do.
//!
//! What is out of scope stands in `expected_failures.txt` with its reason. A vector that fails and
//! is not listed fails the test; so does one that is listed and passes.

#![cfg(all(feature = "ring", feature = "jwe"))]
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tegata_core::error::TokenKind;
use tegata_core::json::Object;
use tegata_core::secret::{self, AccessToken, AuthorizationCode, CompactToken};
use tegata_core::time::UnixTime;
use tegata_jose::algorithm::{Algorithm, AllowedAlgorithms, Hash};
use tegata_jose::backend::{self, Backend};
use tegata_jose::id_token::{Binding, Expect, IdTokenRules, Nonce, UnverifiedIdToken};
use tegata_jose::jwe::{
    ContentEncryption, DecryptionKey, EncryptedToken, Encryption, KeyManagement,
};
use tegata_jose::jwk::PublicKey;
use tegata_jose::jwks::KeySet;
use tegata_jose::jws::UnverifiedJws;
use tegata_jose::sign::SigningKey;
use tegata_jose::{base64url, pem};

type Outcome = Result<(), String>;

/// What became of each vector, by its name.
#[derive(Default)]
struct Outcomes(BTreeMap<String, Outcome>);

impl Outcomes {
    fn note(&mut self, name: impl Into<String>, outcome: Outcome) {
        let name = name.into();
        assert!(self.0.insert(name.clone(), outcome).is_none(), "two vectors called {name}");
    }
}

#[test]
fn every_vector_in_scope_passes_and_no_other() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors");
    if !folder.is_dir() {
        println!("skipped: no vectors at {}", folder.display());
        return;
    }
    let mut outcomes = Outcomes::default();
    rfc7515(&folder, &mut outcomes);
    rfc7516(&folder, &mut outcomes);
    rfc7517_and_7638(&folder, &mut outcomes);
    rfc7519(&folder, &mut outcomes);
    rfc8037(&folder, &mut outcomes);
    rfc9449(&folder, &mut outcomes);
    cookbook(&folder, &mut outcomes);
    openid(&folder, &mut outcomes);
    panva(&folder, &mut outcomes);

    let expected = expected_failures();
    let mut wrong = Vec::new();
    for (name, outcome) in &outcomes.0 {
        match (outcome, expected.get(name)) {
            (Ok(()), None) | (Err(_), Some(_)) => {}
            (Ok(()), Some(reason)) => wrong.push(format!("{name} passes, though: {reason}")),
            (Err(error), None) => wrong.push(format!("{name}: {error}")),
        }
    }
    for name in expected.keys().filter(|name| !outcomes.0.contains_key(*name)) {
        wrong.push(format!("{name} is expected to fail and is not there"));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    println!("{} vectors, {} of them out of scope", outcomes.0.len(), expected.len());
}

fn expected_failures() -> BTreeMap<String, String> {
    include_str!("expected_failures.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.rsplit_once(": ").unwrap())
        .map(|(name, reason)| (name.to_owned(), reason.to_owned()))
        .collect()
}

#[expect(clippy::disallowed_methods, reason = "the crate reads no files; its tests may")]
fn read(path: PathBuf) -> Value {
    serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap()
}

/// The backend that has the algorithm: the default one, or else AWS-LC.
fn backend_for(algorithm: &str) -> &'static dyn Backend {
    match Algorithm::parse(algorithm) {
        Some(algorithm) if !backend::ring().supports(algorithm) => backend::aws_lc(),
        _ => backend::ring(),
    }
}

fn verify(jws: &str, key: &Value, algorithm: &str, payload: Option<&[u8]>) -> Outcome {
    let jwks = json!({ "keys": [key] }).to_string();
    let keys = KeySet::from_own_jwks(jwks.as_bytes()).unwrap();
    let allowed: AllowedAlgorithms = Algorithm::parse(algorithm).into_iter().collect();
    let verified = UnverifiedJws::new(CompactToken::new(jws))
        .verify(&keys, allowed, backend_for(algorithm))
        .map_err(|error| error.to_string())?;
    match payload {
        Some(payload) if payload != verified.payload() => Err("another payload".to_owned()),
        _ => Ok(()),
    }
}

/// Signs what the vector signed, when the signature of the algorithm is always the same.
fn sign_again(jws: &str, key: &Value, algorithm: &str) -> Outcome {
    let same = ["RS256", "RS384", "RS512", "EdDSA", "HS256", "HS384", "HS512"];
    if !same.contains(&algorithm) || key.get("d").is_none() {
        return Ok(());
    }
    let algorithm = Algorithm::parse(algorithm).unwrap();
    let key = SigningKey::from_jwk(algorithm, key.to_string().as_bytes(), backend::ring())
        .map_err(|error| error.to_string())?;
    let parts: Vec<_> = jws.split('.').collect();
    let header: Value = serde_json::from_slice(&base64url::decode(parts[0]).unwrap()).unwrap();
    let payload = base64url::decode(parts[1]).unwrap();
    let signed = key.sign(header.as_object().unwrap(), &payload).unwrap();
    let keys = KeySet::from_public_key(key.key_id(), key.public_key().unwrap().clone());
    UnverifiedJws::new(signed)
        .verify(&keys, AllowedAlgorithms::of(&[algorithm]), backend::aws_lc())
        .map(drop)
        .map_err(|error| error.to_string())
}

fn decrypt(jwe: &str, key: &Value, alg: &str, enc: &str, plaintext: Option<&str>) -> Outcome {
    let agreed = Encryption::new(
        KeyManagement::parse(alg).ok_or_else(|| format!("alg {alg}"))?,
        ContentEncryption::parse(enc).ok_or_else(|| format!("enc {enc}"))?,
    );
    let key = DecryptionKey::from_jwk(key.to_string().as_bytes()).map_err(|e| e.to_string())?;
    let decrypted = EncryptedToken::new(CompactToken::new(jwe))
        .decrypt(&[key], agreed)
        .map_err(|error| error.to_string())?;
    match plaintext {
        Some(plaintext) if plaintext.as_bytes() != decrypted.plaintext() => {
            Err("another plaintext".to_owned())
        }
        _ => Ok(()),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn rfc7515(folder: &Path, outcomes: &mut Outcomes) {
    for test in read(folder.join("rfc/rfc7515.json"))["tests"].as_array().unwrap() {
        let name = format!("rfc7515/{}", text(&test["section"]));
        let jws = text(&test["jws"]);
        let outcome = if test["result"] == "valid" {
            verify(jws, &test["key"], text(&test["alg"]), None)
                .and_then(|()| sign_again(jws, &test["key"], text(&test["alg"])))
        } else {
            let key = json!({ "kty": "oct", "k": base64url::encode([1; 32]) });
            let algorithm = test.get("alg").map_or("HS256", text);
            match verify(jws, &key, algorithm, None) {
                Ok(()) => Err("an invalid one is accepted".to_owned()),
                Err(_) => Ok(()),
            }
        };
        outcomes.note(name, outcome);
    }
}

fn rfc7516(folder: &Path, outcomes: &mut Outcomes) {
    for test in read(folder.join("rfc/rfc7516.json"))["tests"].as_array().unwrap() {
        let header = &test["header"];
        let plaintext = test["plaintext"].as_str();
        let outcome = decrypt(
            text(&test["jwe"]),
            &test["key"],
            text(&header["alg"]),
            text(&header["enc"]),
            plaintext,
        );
        outcomes.note(format!("rfc7516/{}", text(&test["section"])), outcome);
    }
}

fn rfc7517_and_7638(folder: &Path, outcomes: &mut Outcomes) {
    for jwk in read(folder.join("rfc/rfc7517_appendix.json"))["jwks"].as_array().unwrap() {
        let outcome = parse(jwk).map(drop);
        outcomes.note(format!("rfc7517/{}", text(&jwk["kid"])), outcome);
    }
    let test = read(folder.join("rfc/rfc7638_9278.json"));
    let key = parse(&test["jwk"]).unwrap();
    for (name, hash) in
        [("sha256", Hash::Sha256), ("sha384", Hash::Sha384), ("sha512", Hash::Sha512)]
    {
        let found = key.thumbprint(hash, backend::ring());
        let outcome = if test[name] == found { Ok(()) } else { Err(found) };
        outcomes.note(format!("rfc7638/{name}"), outcome);
    }
}

fn parse(jwk: &Value) -> Result<PublicKey, String> {
    let jwk = jwk.to_string();
    PublicKey::from_jwk(&Object::parse(jwk.as_bytes()).unwrap()).map_err(|error| error.to_string())
}

fn rfc7519(folder: &Path, outcomes: &mut Outcomes) {
    let jws = read(folder.join("rfc/rfc7515.json"));
    let jwe = read(folder.join("rfc/rfc7516.json"));
    for test in read(folder.join("rfc/rfc7519.json"))["tests"].as_array().unwrap() {
        let jwt = text(&test["jwt"]);
        let outcome = match text(&test["section"]) {
            "3.1" => verify(jwt, &jws["tests"][0]["key"], "HS256", None),
            "6.1" => match verify(jwt, &jws["tests"][0]["key"], "HS256", None) {
                Ok(()) => Err("the unsecured one is accepted".to_owned()),
                Err(_) => Ok(()),
            },
            _ => decrypt(jwt, &jwe["tests"][1]["key"], "RSA1_5", "A128CBC-HS256", None),
        };
        outcomes.note(format!("rfc7519/{}", text(&test["section"])), outcome);
    }
}

fn rfc8037(folder: &Path, outcomes: &mut Outcomes) {
    let file = read(folder.join("rfc/rfc8037.json"));
    for test in file["tests"].as_array().unwrap() {
        let payload = text(&test["payload"]).as_bytes();
        let jws = text(&test["jws"]);
        let outcome = verify(jws, &test["key"], "EdDSA", Some(payload))
            .and_then(|()| sign_again(jws, &test["key"], "EdDSA"));
        outcomes.note(format!("rfc8037/{}", text(&test["section"])), outcome);
    }
    let thumbprint = &file["thumbprint"];
    let found = parse(&thumbprint["jwk"]).unwrap().thumbprint(Hash::Sha256, backend::ring());
    let outcome = if thumbprint["sha256"] == found { Ok(()) } else { Err(found) };
    outcomes.note("rfc8037/A.3", outcome);
}

fn rfc9449(folder: &Path, outcomes: &mut Outcomes) {
    let file = read(folder.join("rfc/rfc9449_dpop.json"));
    for proof in file["proofs"].as_array().unwrap() {
        let jws = text(&proof["proof"]);
        let header = base64url::decode(jws.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        let found = parse(&header["jwk"]).unwrap().thumbprint(Hash::Sha256, backend::ring());
        let outcome = verify(jws, &header["jwk"], "ES256", None)
            .and_then(|()| if file["jkt"] == found { Ok(()) } else { Err(found) });
        outcomes.note(format!("rfc9449/figure {}", text(&proof["figure"])), outcome);
    }
}

fn cookbook(folder: &Path, outcomes: &mut Outcomes) {
    let mut files = Vec::new();
    for part in ["jws", "jwe", "curve25519", "rfc7797"] {
        let folder = folder.join("cookbook").join(part);
        files.extend(std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    for file in files {
        let part = file.parent().unwrap().file_name().unwrap().to_str().unwrap();
        let stem = file.file_name().unwrap().to_str().unwrap().trim_end_matches(".json");
        let stem = stem.split_once('.').map_or(stem, |(number, _)| number);
        let name = format!("cookbook/{part}/{stem}");
        outcomes.note(name, example(&read(file.clone())));
    }
    let nested = read(folder.join("cookbook/6.nesting_signatures_and_encryption.json"));
    outcomes.note("cookbook/6/sign", example(&nested["sign"]));
    outcomes.note("cookbook/6/encrypt", example(&nested["encrypt"]));
}

/// An example of the cookbook: signed or encrypted.
fn example(test: &Value) -> Outcome {
    let input = &test["input"];
    let compact = test["output"]["compact"].as_str().ok_or("no compact form")?;
    let key = match &input["key"] {
        Value::Null => &input["pwd"],
        Value::Array(keys) => &keys[0],
        key => key,
    };
    let algorithm = text(&input["alg"]);
    if compact.split('.').count() == 5 {
        return decrypt(compact, key, algorithm, text(&input["enc"]), input["plaintext"].as_str());
    }
    let payload = input["payload"].as_str().map(str::as_bytes);
    verify(compact, key, algorithm, payload).and_then(|()| sign_again(compact, key, algorithm))
}

fn openid(folder: &Path, outcomes: &mut Outcomes) {
    let file = read(folder.join("oidc/oidc_core_appendix_a.json"));
    let jwks = json!({ "keys": [file["key"]] }).to_string();
    let keys = KeySet::from_jwks(jwks.as_bytes()).unwrap();
    let now = UnixTime::from_seconds(file["verify_at"].as_i64().unwrap());
    let nonce = secret::Nonce::new(text(&file["nonce"]));
    for test in file["tests"].as_array().unwrap() {
        let rules = IdTokenRules::new(text(&test["issuer"]), text(&file["client_id"]));
        let access_token = test["access_token"].as_str().map(AccessToken::new);
        let code = test["code"].as_str().map(AuthorizationCode::new);
        let mut expect = Expect::new(TokenKind::FrontIdToken, Nonce::Expect(&nonce));
        expect.access_token = access_token.as_ref().map_or(Binding::Absent, Binding::Required);
        expect.code = code.as_ref().map_or(Binding::Absent, Binding::Required);
        for backend in [backend::ring(), backend::aws_lc()] {
            let token = UnverifiedIdToken::new(CompactToken::new(text(&test["id_token"])));
            let outcome = token.verify(&keys, &rules, &expect, backend, now).map(drop);
            let name = format!(
                "oidc/{}/{}/{}",
                text(&test["section"]),
                text(&test["edition"]),
                backend.name()
            );
            outcomes.note(name, outcome.map_err(|error| error.to_string()));
        }
    }
}

fn panva(folder: &Path, outcomes: &mut Outcomes) {
    for (file, part) in [("cookbook_jws", "jws"), ("cookbook_jwe", "jwe")] {
        for test in read(folder.join(format!("panva-jose/{file}.json"))).as_array().unwrap() {
            let title = text(&test["title"]).rsplit_once(" - ").unwrap().1;
            outcomes.note(format!("panva/{part}/{title}"), example(test));
        }
    }
    let fixtures = read(folder.join("panva-jose/keys_fixtures.json"));
    for (name, forms) in fixtures.as_object().unwrap() {
        for (form, value) in forms.as_object().unwrap() {
            let Some(pem) = value.as_str().filter(|text| text.starts_with("-----BEGIN")) else {
                continue;
            };
            let outcome = if pem.contains("PRIVATE KEY") {
                private(pem)
            } else {
                pem::public_key_from_pem(pem).map(drop).map_err(|error| error.to_string())
            };
            outcomes.note(format!("panva/keys/{name}/{form}"), outcome);
        }
    }
}

fn private(pem: &str) -> Outcome {
    let signs = Algorithm::ALL.iter().filter(|algorithm| !algorithm.is_symmetric());
    let mut results = signs.map(|one| SigningKey::from_pem(*one, pem, backend::aws_lc()));
    if results.any(|result| result.is_ok()) || DecryptionKey::from_pem(pem).is_ok() {
        Ok(())
    } else {
        Err("no algorithm takes the key".to_owned())
    }
}
