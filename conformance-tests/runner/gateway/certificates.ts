// Steps on the certificates of the gateway under test.
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectTls, type DetailedPeerCertificate } from 'node:tls'
import { tlsOptions } from '../../peer/grpc/client.ts'
import { inTime, type Verb } from './streams.ts'

/** Extensions in DER: path length 0 with CA:TRUE, and the key usage keyCertSign, alone or with cRLSign. */
const PATH_LENGTH_0 = '551d13' + '0101ff' + '0408' + '3006' + '0101ff' + '020100'
const KEY_USAGE = '551d0f' + '0101ff' + '0404' + '0302'
const CERT_SIGN = 0b100

export const CERTIFICATE_VERBS: Readonly<Record<string, Verb>> = {
  /** Connects, and returns the certificates that the gateway sends in the handshake, the leaf first. */
  async chain(world, { by }) {
    const untrusting = { ca: [], rejectUnauthorized: false, checkServerIdentity: () => undefined }
    const socket = connectTls(tlsOptions({ ...world.dial(by), tls: untrusting }))
    await inTime(world, 'the end of the handshake', once(socket, 'secureConnect'))
    const sent = sentIn(socket.getPeerCertificate(true))
    socket.destroy()
    return { count: sent.length, leaf: sent[0], authority: sent.at(-1) }
  },
  /** Describes a certificate. */
  async certificate(_world, { der }) {
    return describe(der)
  },
}

function sentIn(first: DetailedPeerCertificate): object[] {
  const sent = [describe(first.raw)]
  for (let one = first; one.issuerCertificate !== undefined && one.issuerCertificate !== one; ) {
    one = one.issuerCertificate
    sent.push(describe(one.raw))
  }
  return sent
}

function describe(der: Uint8Array): object {
  const read = new X509Certificate(der)
  const hex = Buffer.from(der).toString('hex')
  const usage = hex.split(KEY_USAGE)[1]
  return {
    bytes: der,
    subject: read.subject,
    uris: read.subjectAltName,
    isAuthority: read.ca,
    signedByItself: read.verify(read.publicKey),
    pathLength: hex.includes(PATH_LENGTH_0) ? 0 : undefined,
    signsCertificates: usage !== undefined && (Number.parseInt(usage.slice(2, 4), 16) & CERT_SIGN) > 0,
    fromMs: read.validFromDate.getTime(),
    untilMs: read.validToDate.getTime(),
    keyBits: read.publicKey.asymmetricKeyDetails?.modulusLength,
  }
}
