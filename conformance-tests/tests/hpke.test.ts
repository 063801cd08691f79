import { readFileSync } from 'node:fs'
import { ml_kem768_x25519 } from '@noble/post-quantum/hybrid.js'
import { expect, test } from 'vitest'
import { describeVectors, readVectors } from '../../sdk/src/testing/harness/vectors.ts'
import { deriveKeyPair, openHpke } from '../generate/bytes/hpke.ts'
import { utf8 } from '../generate/bytes/wire.ts'

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'))
const text = (plaintext: Uint8Array) => new TextDecoder().decode(plaintext)

function opened(compact: string, secret: Uint8Array): string {
  const [header = '', encapsulated = '', , ciphertext = ''] = compact.split('.')
  const sealed = { encapsulated: bytes(encapsulated), ciphertext: bytes(ciphertext) }
  return text(openHpke(sealed, secret, utf8(header)))
}

describeVectors('the key schedule of the generators (../shared/vectors)', () => {
  test('HPKE opens the example of the draft', () => {
    const key = JSON.parse(readVectors('jose-hpke/HPKE-10.json'))
    const { secretKey, publicKey } = ml_kem768_x25519.keygen(bytes(key.priv))
    expect(publicKey).toEqual(bytes(key.pub))
    expect(opened(readVectors('jose-hpke/HPKE-10-compact.txt').trim(), secretKey)).toMatch(
      /^You can trust us/,
    )
  })
})

test('REX-JOSE-053: the generators open the example of the specification', () => {
  const page = readFileSync(new URL('../../docs/spec/envelope-slots.md', import.meta.url), 'utf8')
  const { grant2 } = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '')
  const { secretKey } = ml_kem768_x25519.keygen(deriveKeyPair(bytes(grant2.seed)))
  expect(opened(grant2.jwe, secretKey)).toBe('grant')
})
