// Shows that the provider works, without any Tegata: every response type in its response modes, over
// http and https, down to a verified signature, refresh with rotation, UserInfo, revocation and
// sign-out. When the Rust tests fail and this passes, the fault is ours.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { Agent, request as httpsRequest } from "node:https";
import { request as httpRequest } from "node:http";
import { createInterface } from "node:readline";

import { createLocalJWKSet, jwtVerify } from "jose";

const child = spawn(process.execPath, ["provider.mjs"], { stdio: ["pipe", "pipe", "inherit"] });
const [line] = await Array.fromAsync(take(createInterface({ input: child.stdout }), 1));
const { account, ca, clients, issuer, secure_issuer: secureIssuer } = JSON.parse(line);
const agent = new Agent({ ca });
let passed = 0;

for (const base of [issuer, secureIssuer]) {
  const metadata = await json(await send(`${base}/.well-known/openid-configuration`));
  assert.equal(metadata.issuer, base);
  assert.equal(metadata.authorization_response_iss_parameter_supported, true);
  for (const algorithm of ["RS256", "PS256", "ES256", "EdDSA"]) {
    assert(metadata.id_token_signing_alg_values_supported.includes(algorithm));
  }
  for (const type of metadata.response_types_supported) {
    for (const mode of type === "code" ? ["query", "fragment", "form_post"] : ["fragment", "form_post"]) {
      await signsIn(metadata, clients.basic, type, mode);
    }
  }
  for (const name of ["post", "public", "es256", "ps256", "eddsa", "signed-userinfo"]) {
    await signsIn(metadata, clients[name], "code", "query");
  }
  await declines(metadata, clients.basic);
  await clientCredentials(metadata, clients.basic);
}

child.stdin.end();
await new Promise((ended) => child.on("exit", ended));
console.log(`${passed} passed, 0 failed`);

/** The whole road for one client. */
async function signsIn(metadata, client, type, mode) {
  const verifier = randomBytes(32).toString("base64url");
  const [state, nonce] = [randomBytes(16).toString("hex"), randomBytes(16).toString("hex")];
  const result = await authorize(metadata, client, {
    response_type: type,
    response_mode: mode,
    scope: "openid email profile offline_access",
    prompt: "consent",
    state,
    nonce,
    ...(type.includes("code") && {
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    }),
  });
  assert.equal(result.error, undefined, result.error_description);
  assert.equal(result.state, state);
  // Beside an ID token, which names the issuer itself, oidc-provider leaves the parameter out.
  assert.equal(result.iss, result.id_token ? undefined : metadata.issuer);
  for (const part of type.split(" ")) {
    assert(result[part === "token" ? "access_token" : part], `${type}: no ${part}`);
  }
  if (result.id_token) await verifies(metadata, client, result.id_token, nonce);
  if (result.code) {
    const tokens = await token(metadata, client, {
      grant_type: "authorization_code",
      code: result.code,
      redirect_uri: client.redirect_uris[0],
      code_verifier: verifier,
    });
    await verifies(metadata, client, tokens.id_token, nonce);
    await refreshes(metadata, client, tokens.refresh_token);
  }
  passed += 1;
}

async function verifies(metadata, client, idToken, nonce) {
  const keys = createLocalJWKSet(await json(await send(metadata.jwks_uri)));
  const { payload, protectedHeader } = await jwtVerify(idToken, keys, {
    issuer: metadata.issuer,
    audience: client.client_id,
  });
  assert.equal(protectedHeader.alg, client.id_token_signed_response_alg ?? "RS256");
  assert.equal(payload.sub, account.sub);
  if (nonce) assert.equal(payload.nonce, nonce);
}

async function refreshes(metadata, client, refreshToken) {
  const tokens = await token(metadata, client, {
    grant_type: "refresh_token",
    refresh_token: refreshToken,
  });
  assert(tokens.refresh_token && tokens.refresh_token !== refreshToken, "rotation");
  const authorization = { authorization: `Bearer ${tokens.access_token}` };
  const userinfo = await send(metadata.userinfo_endpoint, { headers: authorization });
  if (client.userinfo_signed_response_alg) {
    assert.match(userinfo.headers["content-type"], /^application\/jwt/);
    await verifies(metadata, client, userinfo.body);
  } else {
    assert.equal((await json(userinfo)).email, account.email);
  }
  const call = (endpoint, form) => post(endpoint, client, form);
  const form = { token: tokens.access_token };
  if (client.client_secret) {
    assert.equal((await json(await call(metadata.introspection_endpoint, form))).active, true);
  }
  assert.equal((await call(metadata.revocation_endpoint, form)).status, 200);
  const refused = await send(metadata.userinfo_endpoint, { headers: authorization });
  assert.equal(refused.status, 401);
  assert.match(refused.headers["www-authenticate"], /error="invalid_token"/);

  const signOut = new URL(metadata.end_session_endpoint);
  signOut.searchParams.set("id_token_hint", tokens.id_token);
  assert.equal((await send(signOut)).status, 200);
  // Reuse of a spent refresh token revokes the grant.
  const reuse = { grant_type: "refresh_token", refresh_token: refreshToken };
  assert.equal((await call(metadata.token_endpoint, reuse)).status, 400);
}

async function declines(metadata, client) {
  const parameters = { response_type: "code", scope: "openid", login_hint: "deny", prompt: "login" };
  const result = await authorize(metadata, client, parameters);
  assert.equal(result.error, "access_denied");
  passed += 1;
}

async function clientCredentials(metadata, client) {
  const tokens = await token(metadata, client, { grant_type: "client_credentials" });
  assert.equal(tokens.token_type, "Bearer");
  passed += 1;
}

/** Walks through login and consent as a browser does; the parameters of the callback. */
async function authorize(metadata, client, parameters) {
  const jar = new Map();
  let url = new URL(metadata.authorization_endpoint);
  const redirectUri = client.redirect_uris[0];
  const all = { client_id: client.client_id, redirect_uri: redirectUri, ...parameters };
  for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
  for (let step = 0; step < 10; step += 1) {
    if (url.href.startsWith(redirectUri)) {
      return Object.fromEntries(new URLSearchParams(url.hash ? url.hash.slice(1) : url.search));
    }
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await send(url, { headers: { cookie } });
    for (const line of response.headers["set-cookie"] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      jar.set(name, value);
    }
    if (response.status === 200) return formFields(response.body);
    assert(response.headers.location, `${response.status} at ${url.pathname}: ${response.body}`);
    url = new URL(response.headers.location, url);
  }
  assert.fail("too many redirects");
}

/** The hidden inputs of a form_post page. */
function formFields(page) {
  const inputs = page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g);
  return Object.fromEntries([...inputs].map(([, name, value]) => [name, value]));
}

async function token(metadata, client, form) {
  const response = await post(metadata.token_endpoint, client, form);
  assert.equal(response.status, 200, response.body);
  return json(response);
}

function post(url, client, form) {
  const body = new URLSearchParams(form);
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  if (client.token_endpoint_auth_method === "client_secret_basic") {
    const halves = [client.client_id, client.client_secret].map(formEncoded).join(":");
    headers.authorization = `Basic ${Buffer.from(halves).toString("base64")}`;
  } else {
    body.set("client_id", client.client_id);
    if (client.client_secret) body.set("client_secret", client.client_secret);
  }
  return send(url, { method: "POST", headers, body: body.toString() });
}

/** RFC 6749 appendix B: what stands after the `=` of a form. */
function formEncoded(text) {
  return new URLSearchParams([["", text]]).toString().slice(1);
}

function json(response) {
  return JSON.parse(response.body);
}

/** One exchange: no redirect is followed. */
function send(url, { body, headers, method = "GET" } = {}) {
  const secure = new URL(url).protocol === "https:";
  const options = { method, headers, family: 4, ...(secure && { agent }) };
  return new Promise((resolve, reject) => {
    const exchange = (secure ? httpsRequest : httpRequest)(url, options, async (response) => {
      const chunks = await Array.fromAsync(response);
      const text = Buffer.concat(chunks).toString();
      resolve({ status: response.statusCode, headers: response.headers, body: text });
    });
    exchange.on("error", reject).end(body);
  });
}

async function* take(items, count) {
  for await (const item of items) {
    yield item;
    if ((count -= 1) === 0) return;
  }
}
