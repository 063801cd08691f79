// Cases about headers and lengths of JOSE objects. `ctx` is always computed over the changed parts.
// docs/spec/envelope-slots.md
import type { CaseFile } from '../../suite/case.ts'
import { utf8 } from '../bytes/wire.ts'
import type { Plan } from '../message.ts'
import type { Jwe } from '../objects.ts'
import { refuses, unparsable } from './form.ts'

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const header = (change: (text: string) => string) => (jwe: Jwe) => ({
  ...jwe,
  header: utf8(change(text(jwe.header))),
})
const first = (change: (jwe: Jwe) => Jwe) => (jwes: readonly Jwe[]) =>
  jwes.map((jwe, i) => (i === 0 ? change(jwe) : jwe))

/** Maps the `typ` of a slot to the wrong `typ` with which a case replaces it. Every `typ` that is not listed is replaced by `manifest`. */
const OTHER_TYPES: Readonly<Record<string, string>> = { manifest: 'section' }

/** Changes to a header. Some leave JSON that a lenient reader understands as before. */
const HEADERS: Readonly<Record<string, readonly [title: string, change: (text: string) => string]>> = {
  order: ['has "typ" first', (old) => old.replace(/^\{(.*),("typ":"[^"]*")\}$/, '{$2,$1}')],
  space: ['has a space', (old) => old.replace(',', ', ')],
  alg_none: ['names the algorithm none', (old) => old.replace(/"alg":"[^"]*"/, '"alg":"none"')],
  extra: [
    'has a member more',
    (old) => old.replace('}', ',"zip":"DEF"}').replace('},"kid', ',"zip":"DEF"},"kid'),
  ],
  typ: ['has the typ of another slot', (old) => old.replace(/"typ":"rex-[a-z]+/, '"typ":"rex-other')],
  typ_known: [
    'has the typ of a slot that exists',
    (old) => old.replace(/"typ":"rex-([a-z]+)/, (_, typ) => `"typ":"rex-${OTHER_TYPES[typ] ?? 'manifest'}`),
  ],
  no_crit: ['has no crit', (old) => old.replace(/"crit":\["[a-z]+"\],/, '')],
  value_short: [
    'has a value of 31 bytes',
    (old) => old.replace(/"(kc|ctx)":"([\w-]{41})[\w-]{2}"/, '"$1":"$2A"'),
  ],
  trailing: ['has a line end after it', (old) => `${old}\n`],
}

const LENGTHS: Readonly<Record<string, readonly [title: string, change: (jwe: Jwe) => Jwe]>> = {
  iv: ['an IV of 13 bytes', (jwe) => ({ ...jwe, iv: new Uint8Array(13) })],
  tag: ['a tag of 15 bytes', (jwe) => ({ ...jwe, tag: jwe.tag.subarray(1) })],
  ciphertext: ['no ciphertext', (jwe) => ({ ...jwe, ciphertext: new Uint8Array() })],
  encrypted_key: ['an encrypted key of one byte', (jwe) => ({ ...jwe, encryptedKey: Uint8Array.of(1) })],
}

const OBJECTS: Readonly<Record<string, readonly [title: string, plan: (change: (jwe: Jwe) => Jwe) => Plan]>> =
  {
    grant: ['the grant', (change) => ({ sealedGrant: change })],
    manifest: ['the manifest', (change) => ({ sealedManifest: change })],
    section: ['a section', (change) => ({ sealedSections: first(change) })],
  }

/** u coordinates that receivers must reject in `epk`. */
const POINTS: Readonly<Record<string, readonly [title: string, hex: string]>> = {
  zero: ['of low order, 0', '00'.repeat(32)],
  one: ['of low order, 1', `01${'00'.repeat(31)}`],
  order_8: ['of low order, 8', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
  noncanonical: ['above the prime', `${'ff'.repeat(31)}7f`],
  high_bit: ['with the highest bit set', `09${'00'.repeat(30)}80`],
}

export function slots(): CaseFile[] {
  const requirements = ['REX-JOSE-002', 'REX-JOSE-010', 'REX-JOSE-011', 'REX-ENV-003']
  const objects = Object.entries(OBJECTS)
  const headers = objects.flatMap(([object, [title, plan]]) =>
    Object.entries(HEADERS).map(([fault, [what, change]]) =>
      unparsable(`${object}_header_${fault}`, plan(header(change)), {
        title: `The header of ${title} ${what}.`,
        requirements,
      }),
    ),
  )
  const lengths = objects.flatMap(([object, [title, plan]]) =>
    Object.entries(LENGTHS).map(([fault, [what, change]]) =>
      unparsable(`${object}_length_${fault}`, plan(change), {
        title: `The JWE of ${title} has ${what}.`,
        requirements: ['REX-JOSE-012'],
      }),
    ),
  )
  const signed = Object.entries(HEADERS)
    .filter(([fault]) => fault !== 'no_crit' && fault !== 'value_short')
    .map(([fault, [what, change]]) =>
      refuses(
        `manifest_jws_header_${fault}`,
        'manifest',
        { header: change },
        { title: `The header of the signed manifest ${what}, and the signature is over it.`, requirements },
      ),
    )
  const points = Object.entries(POINTS).map(([fault, [what, hex]]) => {
    const x = Buffer.from(hex, 'hex').toString('base64url')
    const change = header((old) => old.replace(/"x":"[^"]*"/, `"x":"${x}"`))
    return unparsable(
      `grant_epk_${fault}`,
      { sealedGrant: change },
      { title: `The epk of the grant is ${what}.`, requirements: ['REX-JOSE-031', 'REX-JOSE-032'] },
    )
  })
  const encapsulated = unparsable(
    'grant_rex2_encapsulation_short',
    { suite: 'REX-2', sealedGrant: (jwe) => ({ ...jwe, encryptedKey: jwe.encryptedKey.subarray(1) }) },
    { title: 'The encapsulated secret has 1119 bytes.', requirements: ['REX-JOSE-012'] },
  )
  return [...headers, ...lengths, ...signed, ...points, encapsulated]
}
