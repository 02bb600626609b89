//! Private keys in the forms that they come in, re-wrapped as PKCS#8, which every backend reads:
//! PEM of PKCS#8, PKCS#1 (RFC 8017 §A.1.2) and SEC 1 (RFC 5915), and JWK (RFC 7518 §6, RFC 8037).

use der::asn1::{BitStringRef, ObjectIdentifier, OctetStringRef, UintRef};
use der::{AnyRef, Decode as _, Encode as _, SecretDocument, Sequence};
use spki::AlgorithmIdentifierRef;
use tegata_core::json::Object;
use zeroize::Zeroizing;

use crate::base64url;
use crate::jwk::{Curve, KeyFault, algorithm_identifier};

/// A private key in PKCS#8 (RFC 5958), wiped on drop.
pub(crate) type Pkcs8 = Zeroizing<Vec<u8>>;

/// Reads `PRIVATE KEY`, `RSA PRIVATE KEY` or `EC PRIVATE KEY`.
pub(crate) fn from_pem(pem: &str) -> Result<Pkcs8, KeyFault> {
    let (label, document) =
        SecretDocument::from_pem(pem.trim_ascii()).map_err(|_| KeyFault::Malformed)?;
    match label {
        "PRIVATE KEY" => Ok(document.to_bytes()),
        "RSA PRIVATE KEY" => wrap(algorithm_identifier::rsa(), document.as_bytes()),
        "EC PRIVATE KEY" => from_sec1(document.as_bytes()),
        _ => Err(KeyFault::Unsupported),
    }
}

/// Reads the private members of a JWK of type `RSA`, `EC` or `OKP`.
pub(crate) fn from_jwk(jwk: &Object<'_>) -> Result<Pkcs8, KeyFault> {
    let text = |name| jwk.required_str(name).map_err(|_| KeyFault::Malformed);
    let number = |name| -> Result<Zeroizing<Vec<u8>>, KeyFault> {
        let bytes = base64url::decode(text(name)?).map_err(|_| KeyFault::Malformed)?;
        Ok(Zeroizing::new(bytes))
    };
    match text("kty")? {
        "RSA" => {
            let [n, e, d] = [number("n")?, number("e")?, number("d")?];
            let [p, q] = [number("p")?, number("q")?];
            let [dp, dq, qi] = [number("dp")?, number("dq")?, number("qi")?];
            let key = (|| -> der::Result<Zeroizing<Vec<u8>>> {
                let key = RsaPrivateKey {
                    version: 0,
                    modulus: UintRef::new(&n)?,
                    public_exponent: UintRef::new(&e)?,
                    private_exponent: UintRef::new(&d)?,
                    prime1: UintRef::new(&p)?,
                    prime2: UintRef::new(&q)?,
                    exponent1: UintRef::new(&dp)?,
                    exponent2: UintRef::new(&dq)?,
                    coefficient: UintRef::new(&qi)?,
                };
                key.to_der().map(Zeroizing::new)
            })();
            wrap(algorithm_identifier::rsa(), &key.map_err(|_| KeyFault::Malformed)?)
        }
        "EC" => {
            let curve = Curve::parse(text("crv")?).ok_or(KeyFault::Unsupported)?;
            let point = [&[4][..], &number("x")?, &number("y")?].concat();
            from_scalar(curve, &number("d")?, Some(&point))
        }
        "OKP" => {
            let oid = algorithm_identifier::okp(text("crv")?).ok_or(KeyFault::Unsupported)?;
            let seed = number("d")?;
            let seed = OctetStringRef::new(&seed).and_then(|seed| seed.to_der());
            let seed = Zeroizing::new(seed.map_err(|_| KeyFault::Malformed)?);
            wrap(oid, &seed)
        }
        _ => Err(KeyFault::Unsupported),
    }
}

#[derive(Sequence)]
struct PrivateKeyInfo<'a> {
    version: u8,
    algorithm: AlgorithmIdentifierRef<'a>,
    key: &'a OctetStringRef,
}

#[derive(Sequence)]
struct RsaPrivateKey<'a> {
    version: u8,
    modulus: UintRef<'a>,
    public_exponent: UintRef<'a>,
    private_exponent: UintRef<'a>,
    prime1: UintRef<'a>,
    prime2: UintRef<'a>,
    exponent1: UintRef<'a>,
    exponent2: UintRef<'a>,
    coefficient: UintRef<'a>,
}

#[derive(Sequence)]
struct EcPrivateKey<'a> {
    version: u8,
    scalar: &'a OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    curve: Option<ObjectIdentifier>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    point: Option<BitStringRef<'a>>,
}

fn from_sec1(der: &[u8]) -> Result<Pkcs8, KeyFault> {
    let key = EcPrivateKey::from_der(der).map_err(|_| KeyFault::Malformed)?;
    let curve = key.curve.and_then(|oid| algorithm_identifier::curve_of(&oid));
    let point = key.point.as_ref().and_then(BitStringRef::as_bytes);
    from_scalar(curve.ok_or(KeyFault::Unsupported)?, key.scalar.as_bytes(), point)
}

fn from_scalar(curve: Curve, scalar: &[u8], point: Option<&[u8]>) -> Result<Pkcs8, KeyFault> {
    if scalar.len() != curve.field_len() {
        return Err(KeyFault::Malformed);
    }
    let key = (|| -> der::Result<Zeroizing<Vec<u8>>> {
        let scalar = OctetStringRef::new(scalar)?;
        let point = point.map(BitStringRef::from_bytes).transpose()?;
        EcPrivateKey { version: 1, scalar, curve: None, point }.to_der().map(Zeroizing::new)
    })();
    wrap(algorithm_identifier::ec(curve), &key.map_err(|_| KeyFault::Malformed)?)
}

fn wrap(
    (oid, parameters): (ObjectIdentifier, Option<AnyRef<'_>>),
    key: &[u8],
) -> Result<Pkcs8, KeyFault> {
    let algorithm = AlgorithmIdentifierRef { oid, parameters };
    OctetStringRef::new(key)
        .and_then(|key| PrivateKeyInfo { version: 0, algorithm, key }.to_der())
        .map(Zeroizing::new)
        .map_err(|_| KeyFault::Malformed)
}
