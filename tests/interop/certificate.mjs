// A certificate authority that lives as long as the process, and one certificate for loopback from
// it (RFC 5280). Written out in DER: a fresh machine may have no tool that makes one.

import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** `{ ca, certificate, key }` in PEM: what to trust, and what the server shows. */
export function makeCertificates() {
  const authority = keyPair();
  const server = keyPair();
  const authorityId = createHash("sha256").update(spki(authority)).digest().subarray(0, 20);
  const ca = certificate({
    subject: "Tegata interop CA",
    subjectKey: spki(authority),
    extensions: [
      extension(BASIC_CONSTRAINTS, sequence(boolean(true)), CRITICAL),
      extension(KEY_USAGE, bits(0b00000100, 2), CRITICAL), // keyCertSign
      extension(SUBJECT_KEY_ID, der(0x04, authorityId)),
    ],
    signingKey: authority.privateKey,
  });
  const leaf = certificate({
    subject: "localhost",
    subjectKey: spki(server),
    extensions: [
      extension(BASIC_CONSTRAINTS, sequence(), CRITICAL),
      extension(KEY_USAGE, bits(0b10000000, 7), CRITICAL), // digitalSignature
      extension(AUTHORITY_KEY_ID, sequence(der(0x80, authorityId))),
      extension(EXTENDED_KEY_USAGE, sequence(SERVER_AUTH)),
      extension(SUBJECT_ALT_NAME, sequence(dnsName("localhost"), ipAddress(127, 0, 0, 1))),
    ],
    signingKey: authority.privateKey,
  });
  const key = server.privateKey.export({ type: "pkcs8", format: "pem" });
  return { ca: pem(ca), certificate: pem(leaf), key };
}

const keyPair = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const spki = ({ publicKey }) => publicKey.export({ type: "spki", format: "der" });

function certificate({ subject, subjectKey, extensions, signingKey }) {
  const body = sequence(
    tagged(0, der(0x02, Buffer.of(2))), // version 3
    der(0x02, Buffer.concat([Buffer.of(0x40), randomBytes(15)])), // serial: positive, 16 bytes
    ECDSA_WITH_SHA256,
    name("Tegata interop CA"),
    sequence(time(-1), time(1)),
    name(subject),
    subjectKey,
    tagged(3, sequence(...extensions)),
  );
  return sequence(body, ECDSA_WITH_SHA256, bits(sign("sha256", body, signingKey)));
}

const pem = (bytes) =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString("base64").replace(/.{64}/g, "$&\n")}\n` +
  "-----END CERTIFICATE-----\n";

// The parts of a certificate.

const name = (text) => sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(text)))));
const dnsName = (text) => der(0x82, Buffer.from(text));
const ipAddress = (...bytes) => der(0x87, Buffer.from(bytes));
const extension = (id, value, critical = []) => sequence(id, ...critical, der(0x04, value));

/** A moment so many days from now, with two digits of the year (RFC 5280 §4.1.2.5.1). */
function time(days) {
  const text = new Date(Date.now() + days * 86_400_000).toISOString();
  return der(0x17, Buffer.from(`${text.slice(2, 19).replace(/[-:T]/g, "")}Z`));
}

// DER (X.690): tag, length, contents.

function der(tag, ...contents) {
  const bytes = Buffer.concat(contents);
  const length = bytes.length;
  const header =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...header), bytes]);
}

const sequence = (...contents) => der(0x30, ...contents);
const tagged = (number, contents) => der(0xa0 + number, contents);
const boolean = (value) => der(0x01, Buffer.of(value ? 0xff : 0x00));
const objectId = (...bytes) => der(0x06, Buffer.from(bytes));
const bits = (bytes, unused = 0) =>
  der(0x03, Buffer.of(unused), Buffer.isBuffer(bytes) ? bytes : Buffer.of(bytes));

const AUTHORITY_KEY_ID = objectId(0x55, 0x1d, 0x23);
const BASIC_CONSTRAINTS = objectId(0x55, 0x1d, 0x13);
const COMMON_NAME = objectId(0x55, 0x04, 0x03);
const CRITICAL = [boolean(true)];
const ECDSA_WITH_SHA256 = sequence(objectId(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const EXTENDED_KEY_USAGE = objectId(0x55, 0x1d, 0x25);
const KEY_USAGE = objectId(0x55, 0x1d, 0x0f);
const SERVER_AUTH = objectId(0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01);
const SUBJECT_ALT_NAME = objectId(0x55, 0x1d, 0x11);
const SUBJECT_KEY_ID = objectId(0x55, 0x1d, 0x0e);
