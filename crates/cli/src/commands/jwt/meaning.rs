//! What the members of a token mean, in a few words each.

/// The members of a JOSE header (RFC 7515 §4.1, RFC 7516 §4.1).
pub(super) fn of_header(name: &str) -> &'static str {
    match name {
        "alg" => "the algorithm that the token says it is signed or encrypted with",
        "apu" | "apv" => "information about a party, for the agreement of the key",
        "b64" => "an extension that no ID token may use",
        "crit" => "extensions that the reader must understand: none are, the token is refused",
        "cty" => "what is inside: JWT in a token that is signed and then encrypted",
        "enc" => "the algorithm that the content is encrypted with",
        "epk" => "the sender's ephemeral public key",
        "jku" | "jwk" | "x5c" | "x5u" => "a key that the token brings along: never used",
        "kid" => "the name of the key among the issuer's keys",
        "typ" => "what kind of token this is",
        "x5t" | "x5t#S256" => "the fingerprint of a certificate: not used",
        "zip" => "compression, which is refused",
        _ => "",
    }
}

/// The claims of an ID token (OpenID Connect Core §2, §5.1) and its relatives.
pub(super) fn of_claim(name: &str) -> &'static str {
    match name {
        "acr" => "how strongly the user proved who they are",
        "address" => "postal address",
        "amr" => "by which means the user proved who they are",
        "at_hash" => "binds the access token that came with it",
        "aud" => "whom the token is for: your client identifier must be here",
        "auth_time" => "when the user last proved who they are",
        "azp" => "the client that the token was issued to",
        "birthdate" => "date of birth",
        "c_hash" => "binds the authorization code that came with it",
        "email" => "e-mail address; it can change hands, so never a key to an account",
        "email_verified" => "whether the issuer saw that the address is the user's",
        "events" => "makes it a logout token or a security event, not an ID token",
        "exp" => "when it expires",
        "family_name" => "surname",
        "given_name" => "first name",
        "hd" => "the organisation of a Google Workspace account",
        "iat" => "when it was issued",
        "iss" => "who issued it",
        "jti" => "the number of this token",
        "locale" => "language and region",
        "name" => "full name",
        "nbf" => "not to be accepted before",
        "nonce" => "what your sign-in sent, to bind the token to the browser",
        "phone_number" => "telephone number",
        "phone_number_verified" => "whether the issuer saw that the number is the user's",
        "picture" => "address of a picture",
        "preferred_username" => "a name to show; not unique",
        "s_hash" => "binds the state of the authorization request",
        "scope" | "scp" => "what an access token allows",
        "sid" => "the session at the issuer, which a logout token may name",
        "sub" => "the user: unique and never reassigned, within the issuer",
        "tid" => "the tenant of the user",
        "updated_at" => "when the user's data last changed",
        "zoneinfo" => "time zone",
        _ => "",
    }
}

/// Whether the claim is a moment.
pub(super) fn is_time(name: &str) -> bool {
    matches!(name, "auth_time" | "exp" | "iat" | "nbf" | "updated_at")
}
