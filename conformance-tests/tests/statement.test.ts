import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { digestOf, signStatement, verifyStatement } from '../runner/statement.ts'

const DAY = 24 * 60 * 60 * 1000
const NOW = Date.UTC(2027, 0, 4)
const pems = (kind: 'ed25519' | 'x25519') => {
  const { privateKey, publicKey } = generateKeyPairSync(kind as 'ed25519')
  const secret = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  return { secret, public: publicKey.export({ format: 'pem', type: 'spki' }).toString() }
}
const own = pems('ed25519')
const CLAIMS = {
  vectors: 'digest',
  target: { name: 'codec', kind: 'codec' as const, features: ['REX-1'] },
  figures: { passed: 3, failed: 1 },
  cases: 4,
}
const statement = signStatement(CLAIMS, { key: own.secret, nowMs: NOW, days: 2 })

test('a statement verifies with the key that signed it, until it expires', () => {
  const verified = (nowMs: number) => verifyStatement(`${statement}\n`, { key: own.public, nowMs })
  expect(verified(NOW + 2 * DAY - 1)).toMatchObject(CLAIMS)
  expect(() => verified(NOW + 2 * DAY)).toThrow(/expired on 2027-01-06/)
})

test('another key, other figures and another type are refused', () => {
  const refused = (text: string, key = own.public) =>
    expect(() => verifyStatement(text, { key, nowMs: NOW })).toThrow(/not signed with this key/)
  const [header = '', , signature = ''] = statement.split('.')
  const other = Buffer.from(JSON.stringify({ ...CLAIMS, figures: { passed: 4 } })).toString('base64url')
  refused(statement, pems('ed25519').public)
  refused([header, other, signature].join('.'))
  refused(`${statement}.x`)
  refused('')
})

test('a key of another kind and a term of another length are refused', () => {
  const signed = (key: string, days: number) => () => signStatement(CLAIMS, { key, nowMs: NOW, days })
  expect(signed(pems('x25519').secret, 1)).toThrow(/not an Ed25519 key/)
  expect(signed('no PEM', 1)).toThrow(/PEM/)
  for (const days of [0, 367, 1.5, Number.NaN]) expect(signed(own.secret, days)).toThrow(/--days/)
})

test('the digest of vectors depends on every name and byte', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rex-conformance-'))
  try {
    const digests = [
      ['a.json', '1'],
      ['a.json', '2'],
      ['b.json', '2'],
    ].map(([file = '', content = '']) => {
      writeFileSync(join(folder, file), content)
      return digestOf(folder)
    })
    expect(new Set(digests).size).toBe(3)
    expect(digestOf(folder)).toBe(digests[2])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
