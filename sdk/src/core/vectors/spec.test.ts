// Tests that the slot table and the examples in the specification agree with the code.
import { readFileSync } from 'node:fs'
import type { Jwe } from '@rex/proto/core/v1/envelope'
import { describe, expect, test } from 'vitest'
import { fromBase64url, toBase64url, utf8 } from '../encoding/encoding.ts'
import { openDir } from '../jose/content.ts'
import { openEcdhEs } from '../jose/ecdh-es.ts'
import { deriveHpke, openHpke } from '../jose/hpke.ts'
import { localSigner, signJws, verifyJws } from '../jose/jose.ts'
import { deriveX25519, kid } from '../jose/key.ts'
import { type HeaderForm, readHeader } from '../jose/strict-header.ts'

const PAGE = readFileSync(new URL('../../../../docs/spec/envelope-slots.md', import.meta.url), 'utf8')
const examples = JSON.parse(PAGE.split('```json')[1]?.split('```')[0] as string)
const bytes = (text: string) => fromBase64url(text, 'example')
const text = (content: Uint8Array) => Buffer.from(content).toString()

function jweOf(compact: string): Jwe {
  const [header, encryptedKey, iv, ciphertext, tag] = compact.split('.').map(bytes) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  return { protected: header, encryptedKey, iv, ciphertext, tag }
}

describe('REX-JOSE-010', () => {
  const rows = [...PAGE.matchAll(/^\| `([\w-]+)`(?:, suite `([\w-]+)`)? \|[^|]+\| `(\{.+\})` \|$/gm)]

  test('has a row for every form', () => expect(rows).toHaveLength(9))

  test.each(rows.map(([, slot, suite, header]) => [suite ? `${suite} grant` : slot, header]))(
    '%s',
    (form, header) => {
      const value = toBase64url(new Uint8Array(32).fill(7))
      const filled = utf8((header as string).replace(/‹\w+›/g, value))
      expect(new Set(Object.values(readHeader(form as HeaderForm, filled, 'header')))).toEqual(
        new Set([value]),
      )
    },
  )
})

describe('examples', () => {
  test('signature', async () => {
    const { seed, kid: id, jws: compact } = examples.signature
    const signer = localSigner(bytes(seed))
    const jws = await signJws('manifest-jws', utf8('payload'), signer)
    expect(kid(signer.key)).toBe(id)
    expect([jws.protected, jws.payload, jws.signature].map(toBase64url).join('.')).toBe(compact)
    await verifyJws('manifest-jws', jws, signer.key)
  })

  test('content', async () => {
    const { key, jwe } = examples.content
    expect(text(await openDir('section-jwe', jweOf(jwe), bytes(key)))).toBe('section')
  })

  test('grants', async () => {
    const { grant1, grant2 } = examples
    expect(text(await openEcdhEs(jweOf(grant1.jwe), deriveX25519(bytes(grant1.seed))))).toBe('grant')
    const recipient = await deriveHpke(bytes(grant2.seed))
    expect(kid(recipient.publicJwk)).toBe(grant2.kid)
    expect(text(await openHpke(jweOf(grant2.jwe), recipient))).toBe('grant')
  })
})
