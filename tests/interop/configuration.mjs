// What the provider offers: keys, clients, one account, every response type, and the endpoints that
// a client of ours calls. Only what differs from the defaults of oidc-provider stands here.

import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";

const RESPONSE_TYPES = [
  "code",
  "code id_token",
  "code id_token token",
  "code token",
  "id_token",
  "id_token token",
];

/** Nothing listens there: a test reads the redirect and does not follow it. */
const REDIRECT_URI = "https://app.example.com/callback";

/** A client that may do everything. Its secret needs the form encoding of RFC 6749 §2.3.1. */
const confidential = (name, changes = {}) => ({
  client_id: `interop:${name}`,
  client_secret: `${name} secret+%/:=&`,
  redirect_uris: [REDIRECT_URI],
  post_logout_redirect_uris: ["https://app.example.com/signed-out"],
  response_types: RESPONSE_TYPES,
  grant_types: ["authorization_code", "implicit", "refresh_token", "client_credentials"],
  token_endpoint_auth_method: "client_secret_basic",
  ...changes,
});

/** The key that the client `encrypted` gets everything encrypted to; a test has the private half. */
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const encryption = { alg: "RSA-OAEP-256", kid: "interop-encryption", use: "enc" };
export const DECRYPTION_KEY = { ...privateKey.export({ format: "jwk" }), ...encryption };

/** By name; `provider.mjs` prints them, so that no test repeats a secret. */
export const CLIENTS = {
  "back-channel": confidential("back-channel", {
    backchannel_logout_session_required: true,
    backchannel_logout_uri: "https://app.example.com/back-channel-logout",
  }),
  basic: confidential("basic"),
  eddsa: confidential("eddsa", { id_token_signed_response_alg: "EdDSA" }),
  encrypted: confidential("encrypted", {
    backchannel_logout_session_required: true,
    backchannel_logout_uri: "https://app.example.com/back-channel-logout",
    id_token_encrypted_response_alg: "RSA-OAEP-256",
    id_token_encrypted_response_enc: "A256GCM",
    userinfo_signed_response_alg: "ES256",
    userinfo_encrypted_response_alg: "RSA-OAEP-256",
    userinfo_encrypted_response_enc: "A128CBC-HS256",
    jwks: { keys: [{ ...publicKey.export({ format: "jwk" }), ...encryption }] },
  }),
  // By a key that both sides make of the secret (OpenID Connect Core §10.2).
  "encrypted-by-secret": confidential("encrypted-by-secret", {
    id_token_encrypted_response_alg: "A128KW",
    id_token_encrypted_response_enc: "A256CBC-HS512",
  }),
  es256: confidential("es256", { id_token_signed_response_alg: "ES256" }),
  // As long as the hash (RFC 7518 §3.2).
  hs256: confidential("hs256 ".repeat(6), {
    client_id: "interop:hs256",
    id_token_signed_response_alg: "HS256",
  }),
  pairwise: confidential("pairwise", { subject_type: "pairwise" }),
  post: confidential("post", { token_endpoint_auth_method: "client_secret_post" }),
  ps256: confidential("ps256", { id_token_signed_response_alg: "PS256" }),
  public: {
    client_id: "interop:public",
    application_type: "native",
    redirect_uris: ["http://127.0.0.1/callback"], // any port (RFC 8252 §7.3)
    response_types: ["code"],
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "none",
  },
  "signed-userinfo": confidential("signed-userinfo", { userinfo_signed_response_alg: "RS256" }),
};

/** The one person who signs in, whatever the login page is told. */
export const ACCOUNT = {
  sub: "alice",
  email: "alice@example.com",
  email_verified: true,
  family_name: "Liddell",
  given_name: "Alice",
  name: "Alice Liddell",
  locale: "en-GB",
  zoneinfo: "Europe/London",
  updated_at: 1_700_000_000,
};

/** The second argument of `new Provider(issuer, …)`. What it tells clients goes to `tell`. */
export function makeConfiguration(tell) {
  return {
    claims: {
      email: ["email", "email_verified"],
      openid: ["sub"],
      profile: ["family_name", "given_name", "locale", "name", "updated_at", "zoneinfo"],
    },
    clients: Object.values(CLIENTS),
    cookies: { keys: [randomBytes(32).toString("hex")] },
    features: {
      backchannelLogout: { enabled: true },
      claimsParameter: { enabled: true },
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      encryption: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      jwtUserinfo: { enabled: true },
      revocation: { enabled: true, allowedPolicy: () => true },
    },
    enabledJWA: { idTokenSigningAlgValues: ["EdDSA", "ES256", "HS256", "PS256", "RS256"] },
    // Nobody is called: a test asks for what was sent, and hands it to the client.
    fetch: async (_, { body }) => {
      tell(String(body));
      return new Response();
    },
    findAccount: (_, sub) =>
      sub === ACCOUNT.sub ? { accountId: sub, claims: () => ACCOUNT } : undefined,
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    jwks: { keys: signingKeys() },
    pairwiseIdentifier: (_, accountId, { sectorIdentifier }) =>
      createHash("sha256").update(`${accountId} at ${sectorIdentifier}`).digest("base64url"),
    pkce: { required: (_, client) => client.tokenEndpointAuthMethod === "none" },
    responseTypes: RESPONSE_TYPES,
    rotateRefreshToken: true,
    subjectTypes: ["pairwise", "public"],
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      ClientCredentials: 600,
      DeviceCode: 600,
      Grant: 3600,
      IdToken: 600,
      Interaction: 600,
      RefreshToken: 3600,
      Session: 3600,
    },
  };
}

/** One key for each signature algorithm, named after it and by chance: no two providers share one. */
export function signingKeys() {
  return [
    ["RS256", "rsa", { modulusLength: 2048 }],
    ["PS256", "rsa", { modulusLength: 2048 }],
    ["ES256", "ec", { namedCurve: "P-256" }],
    ["EdDSA", "ed25519", {}],
  ].map(([alg, type, options]) => {
    const { privateKey } = generateKeyPairSync(type, options);
    const kid = `interop-${alg}-${randomBytes(4).toString("hex")}`;
    return { ...privateKey.export({ format: "jwk" }), alg, kid, use: "sig" };
  });
}
