// Hand-made TLS 1.3 records, because no TLS library sends key updates unprompted or records of one byte (RFC 8446, sections 4.6.3, 5.2, 5.3 and 7.2).
import { Buffer } from 'node:buffer'
import { createCipheriv, createHmac } from 'node:crypto'
import type { TLSSocket } from 'node:tls'

const HASH = 'sha384'
const CIPHER = 'aes-256-gcm'
const SIZE = { secret: 48, key: 32, iv: 12, tag: 16 }
const APPLICATION_DATA = 23
const HANDSHAKE = 22
/** KeyUpdate message that requests a KeyUpdate from the other side, too. */
const KEY_UPDATE = Buffer.from([24, 0, 0, 1, 1])

/** The cipher suite of the hand-made records. */
export const HAND_MADE_CIPHERS = 'TLS_AES_256_GCM_SHA384'

/** Resolves with the first application secret of one side, when its handshake provides it. */
export function trafficSecret(socket: TLSSocket, side: 'CLIENT' | 'SERVER'): Promise<Buffer> {
  return new Promise((resolve) => {
    socket.on('keylog', (line) => {
      const [, name, secret] = /^(\w+)_TRAFFIC_SECRET_0 \S+ (\S+)/.exec(line.toString('latin1')) ?? []
      if (name === side && secret !== undefined) resolve(Buffer.from(secret, 'hex'))
    })
  })
}

/** Yields endless records with key updates, for a side that has sent `sent` records since its handshake. */
export function* keyUpdates(first: Buffer, sent = 0): Generator<Buffer, never> {
  yield record(first, sent, { type: HANDSHAKE, content: KEY_UPDATE })
  for (let secret = updated(first); ; secret = updated(secret))
    yield record(secret, 0, { type: HANDSHAKE, content: KEY_UPDATE })
}

/** Repeats these bytes endlessly, each repetition in its own record, for a side that has sent `sent` records since its handshake. */
export function* bytewise(secret: Buffer, bytes: Buffer, sent = 0): Generator<Buffer, never> {
  for (let i = 0; ; i++) {
    const at = i % bytes.length
    yield record(secret, sent + i, { type: APPLICATION_DATA, content: bytes.subarray(at, at + 1) })
  }
}

function updated(secret: Buffer): Buffer {
  return expand(secret, 'traffic upd', SIZE.secret)
}

function record(
  secret: Buffer,
  sequence: number,
  { type, content }: { readonly type: number; readonly content: Buffer },
): Buffer {
  const length = content.length + 1 + SIZE.tag
  const header = Buffer.from([APPLICATION_DATA, 3, 3, length >> 8, length & 0xff])
  const nonce = expand(secret, 'iv', SIZE.iv)
  nonce.writeUInt32BE((nonce.readUInt32BE(SIZE.iv - 4) ^ sequence) >>> 0, SIZE.iv - 4)
  const cipher = createCipheriv(CIPHER, expand(secret, 'key', SIZE.key), nonce)
  cipher.setAAD(header)
  return Buffer.concat([
    header,
    cipher.update(content),
    cipher.update(Buffer.from([type])),
    cipher.final(),
    cipher.getAuthTag(),
  ])
}

/** Computes HKDF-Expand-Label with an empty context. One block of the hash is enough. */
function expand(secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`)
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0, 1])])
  return createHmac(HASH, secret).update(info).digest().subarray(0, length)
}
