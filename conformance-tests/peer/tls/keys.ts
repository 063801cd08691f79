// RSA test keys of the suite's organisations. They are stored, because generating a key takes a second. They are public and protect nothing.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import keys from './keys.json' with { type: 'json' }

/** Names of the keys. All have 3072 bits, except `short`, which has 2048. */
export type KeyName = keyof typeof keys

/** Returns a private RSA key. */
export function privateKey(name: KeyName): KeyObject {
  return createPrivateKey({ key: Buffer.from(keys[name], 'base64url'), format: 'der', type: 'pkcs8' })
}

/** Returns the public key as SubjectPublicKeyInfo, DER. */
export function publicKey(key: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }))
}

/** Returns a private key as PEM, as Node's TLS reads it. */
export function keyPem(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }) as string
}

/** Returns a certificate as PEM. */
export function certificatePem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
