// Tests that certificates issued by REX are accepted and all known forgeries rejected.
import { createPublicKey, generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto'
import forge from 'node-forge'
import { beforeAll, describe, expect, test } from 'vitest'
import { RexError } from '../error.ts'
import { commonName, forgeKey, signCertificate } from './build.ts'
import { parseCertificate } from './certificate.ts'
import { authorityName, checkAuthority, checkChain } from './chain.ts'
import { children, fromBinary, toBinary, toDer } from './der.ts'
import { type Authority, createAuthority, issueCertificate } from './issue.ts'
import { generateRsaKey, readPrivateKey } from './key.ts'
import { fromPem, toPem } from './pem.ts'
import { exportPkcs12, importPkcs12 } from './pkcs12.ts'
import { createSigningRequest, readSigningRequest } from './request.ts'

const organisation = 'https://org.example'
const now = Date.UTC(2026, 5, 1)
const DAY = 86_400_000

let authority: Authority
let other: Authority
let privateKey: string
let signingRequest: Uint8Array
let gateway: Uint8Array
let desk: Uint8Array

beforeAll(async () => {
  ;[authority, other, privateKey] = await Promise.all([
    createAuthority({ organisation, now }),
    createAuthority({ organisation, now }),
    generateRsaKey(),
  ])
  signingRequest = createSigningRequest({ privateKey, uri: organisation })
  gateway = issueCertificate({
    authority,
    signingRequest,
    uri: organisation,
    usage: 'gateway',
    now,
    hosts: ['gw.org.example', '127.0.0.1', '::1'],
  })
  const uri = `${organisation}#desk`
  desk = issueCertificate({
    authority,
    signingRequest: createSigningRequest({ privateKey, uri }),
    uri,
    usage: 'desk',
    now,
  })
})

/** Makes a leaf as an attacker or a careless implementer would. */
function craft(options: {
  readonly extensions?: readonly object[]
  readonly key?: KeyObject
  readonly signer?: KeyObject
  readonly issuer?: string
  readonly subject?: string
}): Uint8Array {
  const { key = readPrivateKey(privateKey), signer = readPrivateKey(authority.privateKey) } = options
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forgeKey(createPublicKey(key))
  certificate.serialNumber = '42'
  certificate.validity.notBefore = new Date(now - DAY)
  certificate.validity.notAfter = new Date(now + DAY)
  certificate.setSubject([commonName(options.subject ?? 'REX gateway')])
  certificate.setIssuer([commonName(options.issuer ?? authorityName(organisation))])
  certificate.setExtensions([...(options.extensions ?? leafExtensions())])
  return signCertificate(certificate, signer)
}

const uriName = (value: string) => ({ type: 6, value })
function leafExtensions(changes: Readonly<Record<string, object | undefined>> = {}): object[] {
  const usual: Record<string, object | undefined> = {
    constraints: { name: 'basicConstraints', critical: true, cA: false },
    keyUsage: { name: 'keyUsage', critical: true, digitalSignature: true },
    extKeyUsage: { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
    names: { name: 'subjectAltName', altNames: [uriName(organisation)] },
  }
  return Object.values({ ...usual, ...changes }).filter((extension) => extension !== undefined)
}

const check = (leaf: Uint8Array, changes: object = {}) =>
  checkChain({ leaf, authority: authority.certificate, organisation, usage: 'gateway', now, ...changes })
const refused = (run: () => unknown, message: RegExp) => {
  try {
    run()
  } catch (error) {
    expect(RexError.is(error, 'CERTIFICATE_INVALID'), String(error)).toBe(true)
    expect((error as RexError).message).toMatch(message)
    return
  }
  expect.unreachable('it was accepted')
}

describe('issuing', () => {
  test('a gateway certificate carries one URI name, hosts for tools, both usages, and is backdated', () => {
    const leaf = check(gateway)
    expect(leaf.uris).toEqual([organisation])
    expect(leaf.x509.subjectAltName).toBe(
      'URI:https://org.example, DNS:gw.org.example, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    )
    expect(leaf.x509.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
    expect([leaf.notBeforeMs, leaf.notAfterMs]).toEqual([now - 600_000, now + 90 * DAY])
  })

  test('a desk certificate is for clients only, and neither passes for the other', () => {
    const usage = 'desk'
    expect(check(desk, { usage }).uris).toEqual([`${organisation}#desk`])
    refused(() => check(desk), /not that of a gateway/)
    refused(() => check(gateway, { usage }), /not that of a desk/)
  })

  test('a crafted leaf of the usual form is accepted, so the refusals below have no other cause', () => {
    expect(check(craft({})).uris).toEqual([organisation])
  })
})

describe('T-027 the chain', () => {
  test('T-027 expired and not yet valid', () => {
    refused(() => check(gateway, { now: now + 91 * DAY }), /has expired/)
    refused(() => check(gateway, { now: now - DAY }), /not valid yet/)
  })

  test('T-027 another authority of the same name', () => {
    refused(() => check(gateway, { authority: other.certificate }), /not issued/)
  })

  test('T-027 no extended key usage, or the wrong one', () => {
    refused(
      () => check(craft({ extensions: leafExtensions({ extKeyUsage: undefined }) })),
      /not that of a gateway/,
    )
    const serverOnly = { name: 'extKeyUsage', serverAuth: true }
    refused(
      () => check(craft({ extensions: leafExtensions({ extKeyUsage: serverOnly }) })),
      /not that of a gateway/,
    )
  })

  test('T-027 a CA:TRUE leaf, a certificate-signing key usage, no key usage', () => {
    const constraints = { name: 'basicConstraints', critical: true, cA: true }
    refused(() => check(craft({ extensions: leafExtensions({ constraints }) })), /that of an authority/)
    const keyUsage = { name: 'keyUsage', critical: true, digitalSignature: true, keyCertSign: true }
    refused(() => check(craft({ extensions: leafExtensions({ keyUsage }) })), /that of an authority/)
    refused(() => check(craft({ extensions: leafExtensions({ keyUsage: undefined }) })), /not for signing/)
  })

  test('T-027 an unknown critical extension and a name constraint', () => {
    for (const id of ['1.3.6.1.4.1.99999.1', '2.5.29.30']) {
      const unknown = { id, critical: true, value: '\x05\x00' }
      refused(() => check(craft({ extensions: leafExtensions({ unknown }) })), /critical extension/)
    }
    const harmless = { id: '1.3.6.1.4.1.99999.1', critical: false, value: '\x05\x00' }
    expect(check(craft({ extensions: leafExtensions({ harmless }) })).uris).toEqual([organisation])
  })

  test('T-027 an extension twice', () => {
    const again = { name: 'subjectAltName', altNames: [uriName('https://evil.example')] }
    refused(() => check(craft({ extensions: leafExtensions({ again }) })), /twice/)
  })

  test('T-027 an authority with a longer path, or named after another organisation', () => {
    const key = readPrivateKey(authority.privateKey)
    const make = (pathLenConstraint: number, subject: string) =>
      craft({
        key,
        subject,
        issuer: subject,
        extensions: [
          { name: 'basicConstraints', critical: true, cA: true, pathLenConstraint },
          { name: 'keyUsage', critical: true, keyCertSign: true },
        ],
      })
    expect(checkAuthority(make(0, authorityName(organisation)), organisation, now).ca.pathLength).toBe(0)
    refused(
      () => checkAuthority(make(1, authorityName(organisation)), organisation, now),
      /leaf certificates/,
    )
    refused(
      () => checkAuthority(make(0, 'REX https://other.example'), organisation, now),
      /name of its organisation/,
    )
    refused(() => checkAuthority(gateway, organisation, now), /not issued/)
  })
})

describe('T-028 names', () => {
  test('T-028 two URI names, none, or another', () => {
    const names = (...uris: string[]) => ({ names: { name: 'subjectAltName', altNames: uris.map(uriName) } })
    const other = 'https://other.example'
    refused(() => check(craft({ extensions: leafExtensions(names(organisation, other)) })), /one URI name/)
    refused(() => check(craft({ extensions: leafExtensions(names(other)) })), /one URI name/)
    refused(() => check(craft({ extensions: leafExtensions({ names: undefined }) })), /one URI name/)
    refused(
      () => check(craft({ extensions: leafExtensions(names(`${organisation}\0.evil.example`)) })),
      /one URI name/,
    )
  })
})

describe('T-030 keys and signatures', () => {
  test('T-030 a leaf that acts as an authority', () => {
    const signer = readPrivateKey(privateKey)
    const minted = craft({ signer, issuer: 'REX gateway' })
    refused(() => check(minted), /not issued/)
    refused(() => check(minted, { authority: gateway }), /not issued|certification authority/)
  })

  test('T-030 RSA of 2048 bits, and keys that are not RSA', () => {
    const small = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    refused(() => check(craft({ key: small })), /3072/)
    const pem = small.export({ type: 'pkcs8', format: 'pem' }).toString()
    refused(() => createSigningRequest({ privateKey: pem, uri: organisation }), /3072/)
    const ed25519 = generateKeyPairSync('ed25519')
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString()
    refused(() => readPrivateKey(ed25519), /not an RSA key/)
  })

  test('T-030 a SHA-1 signature', () => {
    const certificate = forge.pki.certificateFromAsn1(forge.asn1.fromDer(toBinary(gateway)))
    const sha1 = forge.pki.oids.sha1WithRSAEncryption as string
    certificate.signatureOid = sha1
    certificate.siginfo.algorithmOid = sha1
    const build = forge.pki as unknown as { getTBSCertificate(c: forge.pki.Certificate): forge.asn1.Asn1 }
    certificate.tbsCertificate = build.getTBSCertificate(certificate)
    const signature = sign('sha1', toDer(certificate.tbsCertificate), readPrivateKey(authority.privateKey))
    certificate.signature = toBinary(signature)
    refused(() => check(toDer(forge.pki.certificateToAsn1(certificate))), /SHA-256/)
  })

  test('any changed byte is refused', () => {
    for (let at = 0; at < gateway.length; at += 7) {
      const bytes = Uint8Array.from(gateway)
      bytes[at] = (bytes[at] as number) ^ 1
      expect(() => check(bytes)).toThrow(RexError)
    }
  })
})

describe('signing requests', () => {
  test('the key comes from the request, and nothing but the URI name may be requested', () => {
    const key = readSigningRequest(signingRequest, organisation)
    expect(new X509Certificate(gateway).publicKey.equals(key)).toBe(true)
  })

  test('another name, a broken signature and trailing bytes are refused', () => {
    refused(() => readSigningRequest(signingRequest, `${organisation}#desk`), /another name/)
    const broken = Uint8Array.from(signingRequest)
    broken[broken.length - 1] = (broken.at(-1) as number) ^ 1
    refused(() => readSigningRequest(broken, organisation), /prove possession/)
    refused(() => readSigningRequest(Uint8Array.from([...signingRequest, 0]), organisation), /malformed/)
    refused(() => readSigningRequest(new Uint8Array(9000), organisation), /larger than/)
  })
})

describe('T-059 PKCS#12', () => {
  const password = 'correct horse'
  const file = () => ({ privateKey, certificate: gateway, authority: authority.certificate })

  test('exported keys can be imported', () => {
    expect(importPkcs12(exportPkcs12(file(), password), password)).toEqual({
      privateKey,
      certificate: Buffer.from(gateway),
      authority: Buffer.from(authority.certificate),
    })
  })

  test('T-059 a wrong password', () => {
    const bytes = exportPkcs12(file(), password)
    expect(() => importPkcs12(bytes, 'wrong')).toThrow(expect.objectContaining({ reason: 'UNLOCK_FAILED' }))
  })

  test('T-059 no MAC, too many iterations, BER, oversized', () => {
    const key = forge.pki.privateKeyFromPem(privateKey)
    const certificate = forge.pki.certificateFromAsn1(forge.asn1.fromDer(toBinary(gateway)))
    const make = (options: object) =>
      toDer(forge.pkcs12.toPkcs12Asn1(key, [certificate], password, { algorithm: 'aes256', ...options }))
    refused(() => importPkcs12(make({ useMac: false }), password), /no MAC/)
    refused(() => importPkcs12(make({ count: 10_001 }), password), /iterations/)
    refused(() => importPkcs12(repeated(make({ count: 10_000 }), 4), password), /iterations/)
    const der = make({})
    const ber = Buffer.concat([Buffer.from([0x30, 0x80]), der.subarray(4), Buffer.from([0, 0])])
    refused(() => importPkcs12(ber, password), /malformed|not DER/)
    refused(() => importPkcs12(new Uint8Array(65 * 1024), password), /larger than/)
  })
})

/** Makes a PKCS#12 file that repeats its key. */
function repeated(file: Uint8Array, times: number): Uint8Array {
  const structure = forge.asn1.fromDer(toBinary(file))
  const [, safe] = children(structure, 'file')
  const [octets] = children(children(safe, 'file')[1], 'file') as [forge.asn1.Asn1]
  const contents = forge.asn1.fromDer(String(octets.value))
  contents.value = Array(times).fill(children(contents, 'file').at(-1))
  octets.value = forge.asn1.toDer(contents).getBytes()
  return toDer(structure)
}

describe('T-060 PEM', () => {
  const pem = () => toPem('CERTIFICATE', gateway)

  test('one block is read back', () => {
    expect(Buffer.from(fromPem('CERTIFICATE', pem(), 'it'))).toEqual(Buffer.from(gateway))
  })

  test.each([
    ['two certificates', () => pem() + pem()],
    ['trailing text', () => `${pem()}x`],
    ['leading text', () => `x\n${pem()}`],
    ['a private key', () => privateKey],
    ['bad base64', () => pem().replace('MII', 'M=I')],
    ['nothing', () => ''],
  ])('T-060 %s', (_name, text) => {
    refused(() => fromPem('CERTIFICATE', text(), 'The file'), /^The file is not/)
  })
})

test('parsing any bytes gives a result or a typed error', () => {
  for (const bytes of [
    new Uint8Array(),
    fromBinary('\x30\x80'),
    fromBinary('\x30\x84\xff\xff\xff\xff'),
    new Uint8Array(8000).fill(0x30),
  ]) {
    refused(() => parseCertificate(bytes), /malformed|not DER/)
  }
})
