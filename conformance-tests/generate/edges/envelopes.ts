// Cases of envelopes whose parts are absent, one byte longer than they may be, or exactly at a limit.
// docs/spec/envelope.md, "Parsing"
import type { CaseFile } from '../../suite/case.ts'
import { bytesOf } from '../bytes/crypto.ts'
import { base64url, utf8 } from '../bytes/wire.ts'
import { unparsable } from '../cases/form.ts'
import { build, type Plan } from '../message.ts'
import type { Jwe } from '../objects.ts'

const MOST = 2 * 1024 * 1024
const LARGEST = Number.MAX_SAFE_INTEGER
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8')
const withHeader = (jwe: Jwe, change: (header: string) => string): Jwe => ({
  ...jwe,
  header: utf8(change(text(jwe.header))),
})

/** Makes the case of an envelope that parses. */
function parses(name: string, title: string, requirements: readonly string[], plan: Plan): CaseFile {
  const built = build(plan)
  return {
    name,
    title,
    requirements,
    features: [plan.suite ?? 'REX-1'],
    operation: 'parse-envelope',
    input: { envelope: base64url(built.bytes) },
    expect: { accepted: { envelope_digest: base64url(built.envelopeDigest) } },
  }
}

/** Fills the ciphertext of the only section with zeros, so that the envelope has the given size. */
function sized(bytes: number): Plan {
  const filled = (length: number): Plan => ({
    sealedSections: ([jwe]) => [{ ...(jwe as Jwe), ciphertext: new Uint8Array(length) }],
  })
  const near = bytes - 4096
  return filled(near + bytes - build(filled(near)).bytes.length)
}

/** Sets the unused bits of the last base64url character of a value; a lenient decoder ignores them (REX-ENC-020). */
function unusedBits(member: string): (header: string) => string {
  return (header) =>
    header.replace(new RegExp(`("${member}":"[\\w-]{42})([\\w-])"`), (_, before: string, last: string) => {
      return `${before}${DIGITS[DIGITS.indexOf(last) | 1]}"`
    })
}

/** Parts of headers in which unused bits are set: object, member, plan. */
const VALUES: readonly (readonly [
  object: string,
  member: string,
  plan: (change: (jwe: Jwe) => Jwe) => Plan,
])[] = [
  ['grant', 'kid', (change) => ({ sealedGrant: change })],
  ['grant', 'ctx', (change) => ({ sealedGrant: change })],
  ['grant', 'x', (change) => ({ sealedGrant: change })],
  ['manifest', 'kc', (change) => ({ sealedManifest: change })],
  ['section', 'kc', (change) => ({ sealedSections: (jwes) => jwes.map(change) })],
]

/** Lengths of JOSE parts that are one byte too long, or one too short. */
const LENGTHS: readonly (readonly [name: string, title: string, plan: Plan])[] = [
  [
    'manifest_iv_11',
    'The IV of the manifest has 11 bytes.',
    manifestOf((jwe) => ({ iv: jwe.iv.subarray(1) })),
  ],
  ['manifest_iv_none', 'The manifest has no IV.', manifestOf(() => ({ iv: new Uint8Array() }))],
  [
    'manifest_tag_17',
    'The tag of the manifest has 17 bytes.',
    manifestOf(() => ({ tag: new Uint8Array(17) })),
  ],
  ['grant_tag_17', 'The tag of the grant has 17 bytes.', grantOf(() => ({ tag: new Uint8Array(17) }))],
  ['grant_iv_11', 'The IV of the grant has 11 bytes.', grantOf((jwe) => ({ iv: jwe.iv.subarray(1) }))],
  [
    'grant_without_iv',
    'A grant of REX-1 has no IV, so that it counts as one of REX-2.',
    grantOf(() => ({ iv: new Uint8Array() })),
  ],
  [
    'grant_rex2_encapsulation_long',
    'The encapsulated secret has 1121 bytes.',
    hpkeOf((jwe) => ({ encryptedKey: Buffer.concat([jwe.encryptedKey, Uint8Array.of(0)]) })),
  ],
  ['grant_rex2_tag', 'A grant of REX-2 has a tag.', hpkeOf(() => ({ tag: new Uint8Array(16) }))],
  [
    'grant_rex2_iv',
    'A grant of REX-2 has an IV, so that it counts as one of REX-1.',
    hpkeOf(() => ({ iv: new Uint8Array(12) })),
  ],
  [
    'grant_rex2_ciphertext_16',
    'The ciphertext of a grant of REX-2 has the 16 bytes of its tag alone.',
    hpkeOf((jwe) => ({ ciphertext: jwe.ciphertext.subarray(-16) })),
  ],
]

function manifestOf(change: (jwe: Jwe) => Partial<Jwe>): Plan {
  return { sealedManifest: (jwe) => ({ ...jwe, ...change(jwe) }) }
}

function grantOf(change: (jwe: Jwe) => Partial<Jwe>): Plan {
  return { sealedGrant: (jwe) => ({ ...jwe, ...change(jwe) }) }
}

function hpkeOf(change: (jwe: Jwe) => Partial<Jwe>): Plan {
  return { suite: 'REX-2', ...grantOf(change) }
}

/** Points of low order that an incomplete list would miss (REX-JOSE-031), little-endian. */
const POINTS: Readonly<Record<string, string>> = {
  order_8_other: '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  minus_one: `ec${'ff'.repeat(30)}7f`,
  prime: `ed${'ff'.repeat(30)}7f`,
  above_prime: `ee${'ff'.repeat(30)}7f`,
}

const ROUTINGS: readonly (readonly [
  name: string,
  title: string,
  reason: string,
  routing: NonNullable<Plan['routing']>,
])[] = [
  [
    'id_long',
    'The envelope id has 17 bytes.',
    'MALFORMED',
    (old) => ({ ...old, envelopeId: bytesOf('id', 17) }),
  ],
  [
    'recipient_port',
    'The routing names a recipient with a port.',
    'MALFORMED',
    (old) => ({ ...old, recipient: 'https://ngo.example:443' }),
  ],
  ['version_none', 'The routing has no version.', 'UNSUPPORTED_VERSION', (old) => ({ ...old, version: 0 })],
  [
    'expires_first',
    'The routing expires before it was made.',
    'MALFORMED',
    (old) => ({ ...old, expiresMs: old.createdMs - 1 }),
  ],
  [
    'large_number',
    'The routing is dated 2^53.',
    'MALFORMED',
    (old) => ({ ...old, createdMs: 2 ** 53, expiresMs: 2 ** 53 + 2 }),
  ],
]

/** Makes cases of envelopes that expire at the largest number permitted, and just after it. */
function latest(): CaseFile[] {
  return [
    parses(
      'routing_latest',
      'The envelope expires at the largest number, 2^53 - 1.',
      ['REX-ENC-004', 'REX-ENV-002'],
      { routing: (old) => ({ ...old, createdMs: LARGEST - 1, expiresMs: LARGEST }) },
    ),
    unparsable(
      'routing_after_latest',
      { routing: (old) => ({ ...old, createdMs: LARGEST, expiresMs: LARGEST + 1 }) },
      { title: 'The envelope expires at 2^53.', requirements: ['REX-ENC-004'] },
    ),
  ]
}

export function envelopes(): CaseFile[] {
  const parts = ['routing', 'grant', 'manifest']
  const form = ['REX-JOSE-010', 'REX-JOSE-002']
  return [
    parses('envelope_largest', 'The envelope has 2 MiB.', ['REX-ENV-001', 'REX-ERR-020'], sized(MOST)),
    unparsable('envelope_too_large', sized(MOST + 1), {
      title: 'The envelope has 2 MiB and a byte.',
      requirements: ['REX-ENV-001', 'REX-ERR-020'],
      reason: ['LIMIT_EXCEEDED'],
    }),
    parses('envelope_64_sections', 'The envelope has 64 sections.', ['REX-ENV-001'], {
      sealedSections: ([jwe]) => Array(64).fill(jwe),
    }),
    parses('envelope_no_sections', 'The envelope has no section.', ['REX-ENV-001'], {
      sealedSections: () => [],
    }),
    parses('routing_lifetime_most', 'The routing lives for 14 days.', ['REX-ENV-002'], {
      routing: (old) => ({ ...old, expiresMs: old.createdMs + 14 * 86_400_000 }),
    }),
    ...parts.map((part, i) =>
      unparsable(
        `envelope_without_${part}`,
        { envelope: (all) => all.filter((_, place) => place !== i) },
        { title: `The envelope has no ${part}.`, requirements: ['REX-ENV-001'] },
      ),
    ),
    ...ROUTINGS.map(([name, title, reason, routing]) =>
      unparsable(`routing_${name}`, { routing }, { title, requirements: ['REX-ENV-002'], reason: [reason] }),
    ),
    ...VALUES.map(([object, member, plan]) =>
      unparsable(
        `${object}_header_bits_${member}`,
        plan((jwe) => withHeader(jwe, unusedBits(member))),
        {
          title: `Unused bits of ${member} in the header of the ${object} are set.`,
          requirements: [...form, 'REX-ENC-020'],
        },
      ),
    ),
    unparsable(
      'manifest_header_long',
      { sealedManifest: (jwe) => ({ ...jwe, header: new Uint8Array(8193).fill(32) }) },
      {
        title: 'The header of the manifest has 8193 bytes.',
        requirements: ['REX-ERR-020', 'REX-JOSE-002'],
        reason: ['LIMIT_EXCEEDED'],
      },
    ),
    unparsable(
      'grant_rex2_header_of_rex1',
      { suite: 'REX-2', sealedGrant: (jwe) => ({ ...jwe, header: build().signed.header }) },
      { title: 'A grant of REX-2 has the header of a signed manifest.', requirements: form },
    ),
    ...['order', 'space', 'trailing'].map((fault) =>
      unparsable(
        `grant_rex2_header_${fault}`,
        { suite: 'REX-2', sealedGrant: (jwe) => withHeader(jwe, HPKE_HEADERS[fault] ?? String) },
        { title: `The header of a grant of REX-2 is spelled otherwise: ${fault}.`, requirements: form },
      ),
    ),
    ...latest(),
    ...LENGTHS.map(([name, title, plan]) =>
      unparsable(`length_${name}`, plan, { title, requirements: ['REX-JOSE-012'] }),
    ),
    ...Object.entries(POINTS).map(([name, hex]) =>
      unparsable(
        `grant_epk_${name}`,
        grantOf((jwe) => ({
          header: utf8(
            text(jwe.header).replace(/"x":"[^"]*"/, `"x":"${base64url(Buffer.from(hex, 'hex'))}"`),
          ),
        })),
        {
          title: `The epk of the grant is of low order, or not canonical: ${name.replaceAll('_', ' ')}.`,
          requirements: ['REX-JOSE-031', 'REX-JOSE-032'],
        },
      ),
    ),
  ]
}

const HPKE_HEADERS: Readonly<Record<string, (text: string) => string>> = {
  order: (old) => old.replace(/^\{("alg":"[^"]*"),(.*)\}$/, '{$2,$1}'),
  space: (old) => old.replace(':', ': '),
  trailing: (old) => `${old} `,
}
