// Starts the provider twice on loopback, over http and over https, prints one line of JSON when both
// are ready, and ends when its input is closed:
//
//   {"issuer": "http://127.0.0.1:…", "secure_issuer": "https://localhost:…", "ca": "-----BEGIN …",
//    "clients": {"basic": {"client_id": …}, …}, "account": {"sub": …, …}}

import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";

import Provider from "oidc-provider";

import { makeCertificates } from "./certificate.mjs";
import { ACCOUNT, CLIENTS, makeConfiguration } from "./configuration.mjs";
import { answerInteractions } from "./interaction.mjs";

// The output is for the one line.
console.info = console.error;

const { ca, certificate, key } = makeCertificates();
const configuration = makeConfiguration();
const issuer = await serve("http://127.0.0.1", createHttpServer());
const secureIssuer = await serve("https://localhost", createHttpsServer({ cert: certificate, key }));

console.log(
  JSON.stringify({ issuer, secure_issuer: secureIssuer, ca, clients: CLIENTS, account: ACCOUNT }),
);

process.stdin.on("close", () => process.exit(0)).resume();

async function serve(origin, server) {
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const issuer = `${origin}:${server.address().port}`;
  const provider = new Provider(issuer, configuration);
  provider.on("server_error", (_, error) => console.error(error));
  answerInteractions(provider);
  server.on("request", provider.callback());
  return issuer;
}
