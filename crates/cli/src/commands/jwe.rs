//! `tegata jwe`: encrypted tokens. Built with the feature `jwe`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;
use tegata_core::error::{InvalidToken, TokenFault, TokenKind};
use tegata_core::json::{Object, Value};
use tegata_core::secret::CompactToken;
use tegata_jose::base64url;
use tegata_jose::jwe::{
    ContentEncryption, Decrypted, DecryptionKey, EncryptedToken, Encryption, KeyManagement,
};

use crate::Failure;
use crate::input;
use crate::json_lines;
use crate::named::named;
use crate::output::write_bytes;
use crate::verdict;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Decrypt a token, and print what was encrypted, byte for byte
    ///
    /// Decryption proves nothing about who wrote it: a token inside is still to be verified.
    Decrypt(Arguments),
}

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A JWK set, or a JWK, with the private or symmetric keys
    #[arg(long, value_name = "FILE")]
    jwks: PathBuf,

    /// How the key of the content must be encrypted; without it, as the token says
    #[arg(long, value_parser = named(KeyManagement::ALL, |algorithm| algorithm.as_str()))]
    alg: Option<KeyManagement>,

    /// How the content must be encrypted; without it, as the token says
    #[arg(long, value_parser = named(ContentEncryption::ALL, |algorithm| algorithm.as_str()))]
    enc: Option<ContentEncryption>,

    /// Read one JSON object a line from standard input, {"id": …, "token": "…"}, and answer each by
    /// {"id", "ok"} with "plaintext" in base64url or, when it does not decrypt, "code"
    #[arg(long, conflicts_with = "token")]
    json_lines: bool,

    /// The compact JWE; `-` reads it from standard input
    #[arg(required_unless_present = "json_lines")]
    token: Option<String>,
}

pub(crate) fn run(command: &Command) -> Result<bool, Failure> {
    let Command::Decrypt(arguments) = command;
    let keys = read_keys(&arguments.jwks)?;
    if arguments.json_lines {
        return json_lines::run(|question| {
            verdict::answer(question, |_, token| {
                let decrypted = arguments.decrypt(token, &keys).map_err(Into::into);
                let plaintext = |it: Decrypted| json!(base64url::encode(it.plaintext()));
                Ok(decrypted.map(|decrypted| vec![("plaintext", plaintext(decrypted))]))
            })
        });
    }
    let token = input::token(arguments.token.as_deref().unwrap_or_default())?;
    let decrypted = arguments.decrypt(CompactToken::new(token), &keys);
    let decrypted = decrypted.map_err(tegata_core::Error::from)?;
    write_bytes(decrypted.plaintext())?;
    Ok(true)
}

/// A key, and the one algorithm that it is for, when its owner says so (RFC 8725 §3.1).
struct Key {
    algorithm: Option<String>,
    key: DecryptionKey,
}

impl Key {
    fn is_for(&self, agreed: Encryption) -> bool {
        // A key that is used directly is named after the content's algorithm (RFC 7520 §5.6).
        let names = [agreed.key.as_str(), agreed.content.as_str()];
        self.algorithm.as_deref().is_none_or(|only| names.contains(&only))
    }
}

impl Arguments {
    fn decrypt(&self, token: CompactToken, keys: &[Key]) -> Result<Decrypted, InvalidToken> {
        let agreed = self.agreed(token.expose());
        let agreed = agreed.map_err(|fault| InvalidToken::new(TokenKind::Jwe, fault))?;
        let fitting = keys.iter().filter(|key| key.is_for(agreed));
        let fitting: Vec<_> = fitting.map(|key| key.key.clone()).collect();
        EncryptedToken::new(token).decrypt(&fitting, agreed)
    }

    /// What the caller demands, and for the rest what the token says, within what is known here.
    fn agreed(&self, token: &str) -> Result<Encryption, TokenFault> {
        if let (Some(key), Some(content)) = (self.alg, self.enc) {
            return Ok(Encryption::new(key, content));
        }
        let header = token.split('.').next().unwrap_or_default();
        let header = base64url::decode(header).map_err(|_| TokenFault::Structure)?;
        let header = Object::parse(&header).map_err(|_| TokenFault::Header)?;
        let name = |name| header.required_str(name).map_err(|_| TokenFault::Header);
        let key = self.alg.or(KeyManagement::parse(name("alg")?));
        let content = self.enc.or(ContentEncryption::parse(name("enc")?));
        let (key, content) = key.zip(content).ok_or(TokenFault::AlgorithmNotAllowed)?;
        Ok(Encryption::new(key, content))
    }
}

fn read_keys(path: &Path) -> Result<Vec<Key>, Failure> {
    let document = input::file("the keys", path)?;
    let wrong = |fault: String| Failure::Usage(format!("the keys {}: {fault}", path.display()));
    let document = Object::parse(&document).map_err(|fault| wrong(fault.to_string()))?;
    let keys: Vec<_> = match document.get("keys").and_then(Value::as_array) {
        Some(members) => members.iter().filter_map(Value::as_object).filter_map(read_key).collect(),
        None => read_key(&document).into_iter().collect(),
    };
    if keys.is_empty() { Err(wrong("none of them can decrypt".to_owned())) } else { Ok(keys) }
}

/// A member of a set that is no key to decrypt with spoils no other.
fn read_key(jwk: &Object<'_>) -> Option<Key> {
    if jwk.get("use").is_some_and(|used_for| used_for.as_str() != Some("enc")) {
        return None;
    }
    let text = serde_json::Value::Object(jwk.to_json()).to_string();
    let key = DecryptionKey::from_jwk(text.as_bytes()).ok()?;
    Some(Key { algorithm: jwk.str("alg").ok()?.map(str::to_owned), key })
}
