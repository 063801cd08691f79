// Makes correct and faulty certificates and signing requests for the suite's organisations. docs/spec/identity.md, "TLS"
import { hash, type KeyObject, randomBytes, sign } from 'node:crypto'
import { utf8 } from '../../generate/bytes/wire.ts'
import {
  bits,
  children,
  contentOf,
  explicit,
  integer,
  nothing,
  octets,
  oid,
  sequence,
  set,
  tagged,
  text,
  time,
  yes,
} from './der.ts'
import { publicKey } from './keys.ts'

const DAY = 86_400_000
const OID = {
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  extensionRequest: '1.2.840.113549.1.9.14',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  sha256: '1.2.840.113549.1.1.11',
  sha1: '1.2.840.113549.1.1.5',
  /** An undefined extension. */
  unknown: '1.3.6.1.4.1.99999.1',
} as const
const URI_NAME = 0x86

/** A certificate with its key, and the authority that issued it (DER). */
export interface TlsIdentity {
  readonly certificate: Uint8Array
  readonly key: KeyObject
  readonly authority: Uint8Array
}

/** A certification authority. */
export interface Authority {
  readonly certificate: Uint8Array
  readonly key: KeyObject
  readonly name: string
}

/** Deviations from a correct certificate. */
export interface CertificatePlan {
  /** Extended key usages. Default: those of a correct leaf (REX-ID-050). */
  readonly uses?: readonly ('serverAuth' | 'clientAuth')[]
  /** URI names in the subjectAltName. Default: the URI of the gateway or desk. */
  readonly uris?: readonly string[]
  /** Unix milliseconds. Default: 30 days ago. */
  readonly notBeforeMs?: number
  /** Unix milliseconds. Default: in 60 days. */
  readonly notAfterMs?: number
  /** Whether the certificate has CA:TRUE and keyCertSign. Default: only those of authorities. */
  readonly ca?: boolean
  /** Path length constraint of an authority. Default: 0. */
  readonly pathLength?: number
  /** Hash algorithm of the signature. Default: sha256. */
  readonly digest?: 'sha256' | 'sha1'
  /** Whether the certificate has an unknown critical extension. Default: no. */
  readonly critical?: boolean
}

/** Makes the certification authority of an organisation (REX-ID-054). `name`: its common name. Default: that of the organisation. */
export function makeAuthority(
  organisation: string,
  key: KeyObject,
  { name = `REX ${organisation}`, ...plan }: CertificatePlan & { readonly name?: string } = {},
): Authority {
  const certificate = build({ subject: name, issuer: name, key: publicKey(key), signer: key }, [], {
    ca: true,
    uris: [],
    ...plan,
  })
  return { certificate, key, name }
}

/** Issues a leaf for a public key (SubjectPublicKeyInfo, DER). The URI of a desk's leaf ends with `#desk` (REX-ID-050). */
export function makeLeaf(
  authority: Authority,
  { uri, key }: { readonly uri: string; readonly key: Uint8Array },
  plan: CertificatePlan = {},
): Uint8Array {
  const uses = uri.endsWith('#desk') ? (['clientAuth'] as const) : (['serverAuth', 'clientAuth'] as const)
  const subject = `REX ${uri.endsWith('#desk') ? 'desk' : 'gateway'}`
  return build({ subject, issuer: authority.name, key, signer: authority.key }, uses, {
    uris: [uri],
    ...plan,
  })
}

/** Makes a signing request for a key, as for enrolment (REX-ID-059). `signer`: signs in place of the key itself. */
export function makeSigningRequest(key: KeyObject, uris: readonly string[], signer = key): Uint8Array {
  const names = extension('subjectAltName', sequence(...uris.map(uriName)))
  const attributes = explicit(0, sequence(oid(OID.extensionRequest), set(sequence(names))))
  const info = sequence(integer(0), nameOf('REX'), publicKey(key), attributes)
  return signed(info, signer, 'sha256')
}

/** Reads the key and the URI names in a signing request, without verifying its signature. */
export function readSigningRequest(der: Uint8Array): { key: Uint8Array; uris: string[] } {
  const [info = new Uint8Array()] = children(der)
  const [, , key = new Uint8Array()] = children(info)
  const text = Buffer.from(info).toString('latin1')
  const at = text.indexOf(Buffer.from(oid(OID.subjectAltName)).toString('latin1'))
  const names = Buffer.from(info.subarray(at + oid(OID.subjectAltName).length))
  const uris = children(contentOf(names)).filter(([tag]) => tag === URI_NAME)
  return { key, uris: uris.map((name) => Buffer.from(contentOf(name)).toString('utf8')) }
}

interface Names {
  readonly subject: string
  readonly issuer: string
  /** The public key as SubjectPublicKeyInfo, DER. */
  readonly key: Uint8Array
  readonly signer: KeyObject
}

function build(
  { subject, issuer, key, signer }: Names,
  usual: readonly ('serverAuth' | 'clientAuth')[],
  plan: CertificatePlan,
): Uint8Array {
  const { ca = false, uris = [], uses = usual, digest = 'sha256', pathLength = 0 } = plan
  const { notBeforeMs = Date.now() - 30 * DAY, notAfterMs = Date.now() + 60 * DAY } = plan
  const extensions = [
    extension('basicConstraints', ca ? sequence(yes, integer(pathLength)) : sequence(), true),
    extension(
      'keyUsage',
      ca ? bits(Uint8Array.of(0b0000_0110), 1) : bits(Uint8Array.of(0b1000_0000), 7),
      true,
    ),
    ...(uses.length > 0 ? [extension('extKeyUsage', sequence(...uses.map((use) => oid(OID[use]))))] : []),
    ...(uris.length > 0 ? [extension('subjectAltName', sequence(...uris.map(uriName)))] : []),
    extension('subjectKeyIdentifier', octets(keyIdentifier(key))),
    extension('authorityKeyIdentifier', sequence(tagged(0x80, keyIdentifier(publicKey(signer))))),
    ...(plan.critical ? [extension('unknown', nothing, true)] : []),
  ]
  const content = sequence(
    explicit(0, integer(2)),
    integer(0x40, ...randomBytes(15)),
    algorithm(digest),
    nameOf(issuer),
    sequence(time(notBeforeMs), time(notAfterMs)),
    nameOf(subject),
    key,
    explicit(3, sequence(...extensions)),
  )
  return signed(content, signer, digest)
}

function signed(content: Uint8Array, key: KeyObject, digest: 'sha256' | 'sha1'): Uint8Array {
  return sequence(content, algorithm(digest), bits(sign(digest, content, key)))
}

function algorithm(digest: 'sha256' | 'sha1'): Uint8Array {
  return sequence(oid(OID[digest]), nothing)
}

function nameOf(name: string): Uint8Array {
  return sequence(set(sequence(oid(OID.commonName), text(name))))
}

function uriName(uri: string): Uint8Array {
  return tagged(URI_NAME, utf8(uri))
}

function extension(name: keyof typeof OID, value: Uint8Array, critical = false): Uint8Array {
  return sequence(oid(OID[name]), ...(critical ? [yes] : []), octets(value))
}

/** Returns the key identifier: SHA-1 of the public key without its algorithm (RFC 5280, section 4.2.1.2). */
function keyIdentifier(spki: Uint8Array): Uint8Array {
  const [, key = new Uint8Array()] = children(spki)
  return hash('sha1', contentOf(key).subarray(1), 'buffer')
}
