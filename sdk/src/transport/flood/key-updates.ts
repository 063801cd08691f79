// TLS 1.3 records made by hand, because no TLS library sends key updates by itself (RFC 8446, sections 4.6.3, 5.2 and 7.2). For tests.
import { Buffer } from 'node:buffer'
import { createCipheriv, createHmac } from 'node:crypto'
import type { TLSSocket } from 'node:tls'

const HASH = 'sha384'
const CIPHER = 'aes-256-gcm'
const SIZE = { secret: 48, key: 32, iv: 12, tag: 16 }
const APPLICATION_DATA = 23
const HANDSHAKE = 22
/** KeyUpdate that asks the other side for one, too. */
const KEY_UPDATE = Buffer.from([24, 0, 0, 1, 1, HANDSHAKE])

/** The cipher suite whose records this file makes. */
export const KEY_UPDATE_CIPHERS = 'TLS_AES_256_GCM_SHA384'

/** Resolves with the first application secret of a client that is about to connect. */
export function clientSecret(socket: TLSSocket): Promise<Buffer> {
  return new Promise((resolve) => {
    socket.on('keylog', (line) => {
      const [, secret] = /^CLIENT_TRAFFIC_SECRET_0 \S+ (\S+)/.exec(line.toString('latin1')) ?? []
      if (secret !== undefined) resolve(Buffer.from(secret, 'hex'))
    })
  })
}

/** Endless records with key updates, of a client that has sent nothing since its handshake. */
export function* keyUpdates(first: Buffer): Generator<Buffer, never> {
  for (let secret = first; ; secret = expand(secret, 'traffic upd', SIZE.secret)) {
    const header = Buffer.from([APPLICATION_DATA, 3, 3, 0, KEY_UPDATE.length + SIZE.tag])
    const cipher = createCipheriv(CIPHER, expand(secret, 'key', SIZE.key), expand(secret, 'iv', SIZE.iv))
    cipher.setAAD(header)
    yield Buffer.concat([header, cipher.update(KEY_UPDATE), cipher.final(), cipher.getAuthTag()])
  }
}

/** HKDF-Expand-Label with an empty context; one block of the hash is enough. */
function expand(secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`)
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0, 1])])
  return createHmac(HASH, secret).update(info).digest().subarray(0, length)
}
