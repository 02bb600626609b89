// Shows that the provider works, without any Tegata: every response type in its response modes, over
// http and https, down to a verified signature, refresh with rotation, UserInfo, revocation and
// sign-out; encrypted ID tokens, pairwise subjects, new keys and back-channel logout. When the Rust tests fail and this passes, the fault is ours.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, createSecretKey, randomBytes } from "node:crypto";
import { Agent, request as httpsRequest } from "node:https";
import { request as httpRequest } from "node:http";
import { createInterface } from "node:readline";

import { compactDecrypt, createLocalJWKSet, decodeJwt, importJWK, jwtVerify } from "jose";

const child = spawn(process.execPath, ["provider.mjs"], { stdio: ["pipe", "pipe", "inherit"] });
const [line] = await Array.fromAsync(take(createInterface({ input: child.stdout }), 1));
const ready = JSON.parse(line);
const { account, ca, clients, issuer, secure_issuer: secureIssuer } = ready;
const agent = new Agent({ ca });
let passed = 0;

for (const base of [issuer, secureIssuer]) {
  const metadata = await json(await send(`${base}/.well-known/openid-configuration`));
  assert.equal(metadata.issuer, base);
  assert.equal(metadata.authorization_response_iss_parameter_supported, true);
  for (const algorithm of ["RS256", "PS256", "ES256", "EdDSA", "HS256"]) {
    assert(metadata.id_token_signing_alg_values_supported.includes(algorithm));
  }
  for (const type of metadata.response_types_supported) {
    for (const mode of type === "code" ? ["query", "fragment", "form_post"] : ["fragment", "form_post"]) {
      await signsIn(metadata, clients.basic, type, mode);
    }
  }
  for (const name of Object.keys(clients).filter((name) => name !== "basic")) {
    await signsIn(metadata, clients[name], "code", "query");
  }
  await declines(metadata, clients.basic);
  await clientCredentials(metadata, clients.basic);
}

for (const base of ready.rotating_issuers) {
  const metadata = await json(await send(`${base}/.well-known/openid-configuration`));
  await signsIn(metadata, clients.basic, "code", "query");
  const before = (await send(metadata.jwks_uri)).body;
  await send(`${base}/test/rotate`, { method: "POST" });
  assert.notEqual((await send(metadata.jwks_uri)).body, before);
  await signsIn(metadata, clients.basic, "code", "query");
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
    await signsOut(metadata, client, tokens.id_token, result.jar);
  }
  passed += 1;
}

/** What was signed before it was encrypted. */
async function decrypted(client, token) {
  if (!client.id_token_encrypted_response_alg) return token;
  const bySecret = createHash("sha256").update(client.client_secret).digest().subarray(0, 16);
  const key = client.jwks ? await importJWK(ready.decryption_key) : bySecret;
  return new TextDecoder().decode((await compactDecrypt(token, key)).plaintext);
}

async function verifies(metadata, client, idToken, nonce, alg = client.id_token_signed_response_alg) {
  idToken = await decrypted(client, idToken);
  const keys =
    alg === "HS256"
      ? createSecretKey(client.client_secret, "utf8")
      : createLocalJWKSet(await json(await send(metadata.jwks_uri)));
  const { payload, protectedHeader } = await jwtVerify(idToken, keys, {
    issuer: metadata.issuer,
    audience: client.client_id,
  });
  assert.equal(protectedHeader.alg, alg ?? "RS256");
  assert.equal(payload.sub !== account.sub, client.subject_type === "pairwise");
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
    const alg = client.userinfo_signed_response_alg;
    await verifies(metadata, client, userinfo.body, undefined, alg);
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

  // Reuse of a spent refresh token revokes the grant.
  const reuse = { grant_type: "refresh_token", refresh_token: refreshToken };
  assert.equal((await call(metadata.token_endpoint, reuse)).status, 400);
}

/** Asks, confirms, comes back with the state; and the client is told, when it wants to be. */
async function signsOut(metadata, client, idToken, jar) {
  if (!client.post_logout_redirect_uris) return;
  const signOut = new URL(metadata.end_session_endpoint);
  const returnTo = client.post_logout_redirect_uris[0];
  // A provider cannot read what it encrypted for somebody else.
  const hint = await decrypted(client, idToken);
  signOut.searchParams.set("id_token_hint", hint);
  signOut.searchParams.set("client_id", client.client_id);
  signOut.searchParams.set("post_logout_redirect_uri", returnTo);
  signOut.searchParams.set("state", "goodbye");
  const page = await send(signOut, { headers: { cookie: jar.join("; ") } });
  keep(jar, page);
  assert.equal(page.status, 200, page.body);
  const confirmed = await send(/action="([^"]*)"/.exec(page.body)[1], {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", cookie: jar.join("; ") },
    body: new URLSearchParams({ ...formFields(page.body), logout: "yes" }).toString(),
  });
  assert.equal(confirmed.headers.location, `${returnTo}?state=goodbye`, confirmed.body);
  if (client.backchannel_logout_uri) {
    const told = await json(await send(`${metadata.issuer}/test/told`));
    const token = new URLSearchParams(told.at(-1)).get("logout_token");
    assert.equal(decodeJwt(await decrypted(client, token)).sid, decodeJwt(hint).sid);
  }
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
  const jar = [];
  let url = new URL(metadata.authorization_endpoint);
  const redirectUri = client.redirect_uris[0];
  const all = { client_id: client.client_id, redirect_uri: redirectUri, ...parameters };
  for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
  for (let step = 0; step < 10; step += 1) {
    if (url.href.startsWith(redirectUri)) {
      const parameters = new URLSearchParams(url.hash ? url.hash.slice(1) : url.search);
      return { ...Object.fromEntries(parameters), jar };
    }
    const response = await send(url, { headers: { cookie: jar.join("; ") } });
    keep(jar, response);
    if (response.status === 200) return { ...formFields(response.body), jar };
    assert(response.headers.location, `${response.status} at ${url.pathname}: ${response.body}`);
    url = new URL(response.headers.location, url);
  }
  assert.fail("too many redirects");
}

/** Keeps the cookies of an answer. */
function keep(jar, response) {
  for (const line of response.headers["set-cookie"] ?? []) {
    const [cookie] = line.split(";");
    const named = (other) => other.startsWith(cookie.slice(0, cookie.indexOf("=") + 1));
    jar.splice(0, jar.length, ...jar.filter((other) => !named(other)), cookie);
  }
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
