import { readFileSync } from 'node:fs'
import { Manifest } from '@rex/proto/core/v1/envelope'
import {
  type EntityConfiguration,
  encode,
  entityWords,
  epochDecapsulator,
  fromBase64url,
  open,
  parseEntityConfiguration,
  pinnedResolver,
  toBase64url,
  verifyEvidence,
} from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { padme } from '../../sdk/src/core/envelope/padding.ts'
import { type CaseEvent, type CaseResult, trackOf } from './pages/tracks.ts'

interface Party {
  readonly organisation: string
  readonly entityConfiguration: string
  readonly words: string
  readonly epoch: number
  readonly seed: string
}

interface Sealed {
  readonly recipient: string
  readonly storedMs: number
  readonly envelope: string
}

interface Opened extends Sealed {
  readonly suite: string
  readonly context: string
  readonly envelopeDigest: string
  readonly manifest: string
  readonly manifestDigest: string
  readonly sections: readonly string[]
}

interface Vectors {
  readonly parties: readonly Party[]
  readonly opened: readonly Opened[]
  readonly refused: readonly (Sealed & { readonly name: string; readonly stage: string })[]
  readonly evidence: { readonly bundle: string; readonly storedMs: number; readonly receipt: string }
  readonly padme: readonly (readonly [number, number])[]
  readonly tracks: readonly ({ readonly name: string; readonly events: readonly CaseEvent[] } & CaseResult)[]
}

const vectors: Vectors = JSON.parse(readFileSync(new URL('../spec/vectors.json', import.meta.url), 'utf8'))
const bytes = (text: string) => fromBase64url(text, 'vector')
const configurations = new Map<string, EntityConfiguration>(
  vectors.parties.map(({ organisation, entityConfiguration }) => [
    organisation,
    parseEntityConfiguration(entityConfiguration),
  ]),
)
const resolver = pinnedResolver((organisation) => configurations.get(organisation))

async function opening({ recipient, storedMs, envelope }: Sealed) {
  const { epoch, seed } = vectors.parties.find(({ organisation }) => organisation === recipient) as Party
  const decapsulator = await epochDecapsulator({ epoch, seed: bytes(seed) }, epoch)
  return open(bytes(envelope), { organisation: recipient, storedMs, decapsulator, resolver })
}

test.each(vectors.opened)('$suite: opens', async (vector) => {
  const { envelope, digest, manifest, sections, eventSection } = await opening(vector)
  const shown = [...(eventSection ? [eventSection] : []), ...sections.map((section) => section.bytes)]
  expect({
    context: toBase64url(envelope.context),
    envelopeDigest: toBase64url(envelope.digest),
    manifest: toBase64url(encode(Manifest, manifest)),
    manifestDigest: toBase64url(digest),
    sections: shown.map(toBase64url),
  }).toEqual({
    context: vector.context,
    envelopeDigest: vector.envelopeDigest,
    manifest: vector.manifest,
    manifestDigest: vector.manifestDigest,
    sections: vector.sections,
  })
})

test.each(vectors.refused)('refused at $stage: $name', async (vector) => {
  const isKey = vector.name === 'a key that does not exist'
  await expect(opening(vector)).rejects.toMatchObject(
    isKey ? { reason: 'KEY_EXPIRED' } : { reason: 'UNOPENABLE', cause: { stage: vector.stage } },
  )
})

test.each(vectors.parties)('words of $organisation', ({ organisation, words }) => {
  const { entityKey } = configurations.get(organisation) as EntityConfiguration
  expect(entityWords(organisation, entityKey).join(' ')).toBe(words)
})

test('evidence verifies', async () => {
  const { bundle, storedMs, receipt } = vectors.evidence
  const { messages } = await verifyEvidence(bytes(bundle), (id) => configurations.get(id)?.entityKey)
  expect(messages).toMatchObject([{ deliveries: [{ storedMs, receipts: [{ status: receipt }] }] }])
})

test.each(vectors.padme)('padme(%i) is %i', (length, padded) => expect(padme(length)).toBe(padded))

test.each(vectors.tracks)('$name', ({ name, events, ...result }) => {
  expect(trackOf(events)).toEqual(result)
  const [root, ...rest] = events as [CaseEvent, ...CaseEvent[]]
  const reversed = trackOf([root, ...rest.toReversed()])
  expect(reversed).toEqual(result)
})
