// Starts the provider on loopback, over http and over https, prints one line of JSON when it is ready,
// and ends when its input is closed:
//
//   {"issuer": "http://127.0.0.1:…", "secure_issuer": "https://localhost:…", "ca": "-----BEGIN …",
//    "rotating_issuers": ["http://127.0.0.1:…", …], "clients": {"basic": {"client_id": …}, …},
//    "account": {"sub": …, …}, "decryption_key": {"kty": …}}
//
// Two paths are for tests: `POST /test/rotate` gives a provider new keys and forgets the old ones,
// `GET /test/told` lists the forms that were sent to clients (back-channel logout).

import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";

import Provider from "oidc-provider";

import { makeCertificates } from "./certificate.mjs";
import { ACCOUNT, CLIENTS, DECRYPTION_KEY, makeConfiguration, signingKeys } from "./configuration.mjs";
import { answerInteractions } from "./interaction.mjs";

// The output is for the one line.
console.info = console.error;

const { ca, certificate, key } = makeCertificates();
const issuer = await serve("http://127.0.0.1", createHttpServer());
const secureIssuer = await serve("https://localhost", createHttpsServer({ cert: certificate, key }));
// One for each transport: a rotation must not surprise the other's tests.
const rotatingIssuers = [
  await serve("http://127.0.0.1", createHttpServer()),
  await serve("http://127.0.0.1", createHttpServer()),
];

console.log(
  JSON.stringify({
    issuer,
    secure_issuer: secureIssuer,
    ca,
    rotating_issuers: rotatingIssuers,
    clients: CLIENTS,
    account: ACCOUNT,
    decryption_key: DECRYPTION_KEY,
  }),
);

process.stdin.on("close", () => process.exit(0)).resume();

async function serve(origin, server) {
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const issuer = `${origin}:${server.address().port}`;
  const told = [];
  const configuration = makeConfiguration((form) => told.push(form));
  const start = (jwks) => {
    const provider = new Provider(issuer, { ...configuration, jwks });
    provider.on("server_error", (_, error) => console.error(error));
    answerInteractions(provider);
    return provider.callback();
  };
  let answer = start(configuration.jwks);
  server.on("request", (request, response) => {
    if (request.url === "/test/told") return response.end(JSON.stringify(told));
    if (request.url !== "/test/rotate") return answer(request, response);
    answer = start({ keys: signingKeys() });
    response.end();
  });
  return issuer;
}
