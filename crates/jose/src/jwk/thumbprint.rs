//! The thumbprint of a key: a name that is made of nothing but the key (RFC 7638, RFC 8037 §2,
//! RFC 9278).

use super::{KeyMaterial, PublicKey, ec};
use crate::algorithm::Hash;
use crate::backend::Backend;
use crate::base64url;

impl PublicKey {
    /// The thumbprint in base64url: `jkt` of DPoP with SHA-256.
    #[must_use]
    pub fn thumbprint(&self, hash: Hash, backend: &dyn Backend) -> String {
        base64url::encode(backend.digest(hash, self.canonical().as_bytes()).as_bytes())
    }

    /// RFC 7638 §3.3: the required members by name in order, without white space.
    fn canonical(&self) -> String {
        let encode = |bytes: &[u8]| base64url::encode(bytes);
        match self.material() {
            KeyMaterial::Ec { curve, point } => {
                let (x, y) = ec::coordinates(point);
                let [curve, x, y] = [curve.as_str(), &encode(x), &encode(y)];
                format!(r#"{{"crv":"{curve}","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            KeyMaterial::Ed25519 { point } => {
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encode(point))
            }
            KeyMaterial::Rsa { modulus, exponent } => {
                let [n, e] = [encode(modulus), encode(exponent)];
                format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)
            }
        }
    }
}
