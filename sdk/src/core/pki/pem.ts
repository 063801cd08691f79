// Reads and writes PEM with exactly one block of the expected label (RFC 7468, strict). docs/spec/identity.md, "TLS"
import { Buffer } from 'node:buffer'
import { invalid } from './der.ts'

/** Labels of the PEM blocks that REX reads and writes. */
export type PemLabel = 'CERTIFICATE' | 'CERTIFICATE REQUEST' | 'PRIVATE KEY'

const MAX_PEM = 64 * 1024
const BLOCK = /^-----BEGIN ([A-Z0-9 ]+)-----\r?\n([A-Za-z0-9+/=\r\n]+)\r?\n-----END \1-----\r?\n?$/

/** Wraps DER in a PEM block. */
export function toPem(label: PemLabel, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/** Extracts the DER from a text that must consist of exactly one PEM block with this label (T-060). @throws RexError CERTIFICATE_INVALID */
export function fromPem(label: PemLabel, text: string, path: string): Uint8Array {
  const match = text.length > MAX_PEM ? null : BLOCK.exec(text)
  if (match === null) throw invalid(`${path} is not exactly one PEM block.`)
  if (match[1] !== label) throw invalid(`${path} is not a PEM block of kind ${label}.`)
  const base64 = (match[2] as string).replace(/[\r\n]/g, '')
  const der = Buffer.from(base64, 'base64')
  if (der.toString('base64') !== base64) throw invalid(`${path} is not valid base64.`)
  return der
}
