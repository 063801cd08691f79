// The answers of the codec of @rex/sdk to the runner's requests. docs/guide/conformance.md

import type { Value } from '@rex/proto/conformance/v1/conformance'
import { Jws } from '@rex/proto/core/v1/envelope'
import {
  decodeSection,
  type EntityConfiguration,
  encodeSections,
  epochDecapsulator,
  fromHex,
  OpenFailure,
  open,
  parseEntityConfiguration,
  parseEnvelope,
  pinnedResolver,
  RexError,
  toBase64url,
  utf8,
  verifyEntityConfiguration,
  verifyEvidence,
  verifyInvite,
  verifyStoredReceipt,
} from '@rex/sdk/core'
import { readReferral } from '@rex/sdk/referral/read'
import type { Operation, Result } from './dialogue.ts'
import { sealMessage, signStored } from './sealing.ts'
import { judgeThread } from './thread.ts'

type Operations = {
  [K in Operation['$case']]?: (input: Extract<Operation, { $case: K }>['value']) => unknown
}

const value = (name: string, bytes: Uint8Array): Value => ({ name, value: bytes })
const accepted = (...values: Value[]): Result => ({ $case: 'accepted', value: { values } })
const jwkOf = (key: Uint8Array) => ({ kty: 'OKP', crv: 'Ed25519', x: toBase64url(key) }) as const

const OPERATIONS: Operations = {
  greet: (): Result => ({
    $case: 'target',
    value: { version: 1, name: '@rex/sdk', features: ['REX-1', 'REX-2', 'volume'] },
  }),
  parseEnvelope: ({ envelope }) => accepted(value('envelope_digest', parseEnvelope(envelope).digest)),
  openEnvelope: async ({ envelope, recipient, epoch, seed, storedMs, configurations }) => {
    const known = new Map<string, EntityConfiguration>()
    const oldestFirst = configurations.map(parseEntityConfiguration).sort((a, b) => a.issuedMs - b.issuedMs)
    for (const configuration of oldestFirst) known.set(configuration.organisation, configuration)
    const decapsulator = await epochDecapsulator({ epoch, seed }, epoch)
    const resolver = pinnedResolver((organisation) => known.get(organisation))
    const opened = await open(envelope, { organisation: recipient, storedMs, decapsulator, resolver })
    const shown = opened.sections.map(({ index, bytes }) => value(`section ${index}`, bytes))
    const event = opened.eventSection ? [value('section 0', opened.eventSection)] : []
    return accepted(
      value('manifest_digest', opened.digest),
      value('envelope_digest', opened.envelope.digest),
      ...event,
      ...shown,
    )
  },
  verifyStored: async ({ receipt, configuration, ...expected }) => {
    const { receiptKeys } = parseEntityConfiguration(configuration).party.gateway
    const { storedMs } = await verifyStoredReceipt(Jws.decode(receipt), receiptKeys, expected)
    return accepted(value('stored_ms', utf8(String(storedMs))))
  },
  verifyEvidence: async ({ bundle, pins, configurations }) => {
    const keys = new Map(pins.map(({ organisation, key }) => [organisation, jwkOf(key)]))
    const { messages } = await verifyEvidence(bundle, (organisation) => keys.get(organisation), {
      statements: configurations,
    })
    return accepted(...messages.map(({ digest }, i) => value(`message ${i}`, fromHex(digest, 'digest'))))
  },
  verifyConfiguration: async ({ configuration, pin, nowMs, seenMs }) => {
    const { organisation = '', key = new Uint8Array() } = pin ?? {}
    const seen = seenMs === 0 ? {} : { seenIssuedMs: seenMs }
    const expected = { entityKey: jwkOf(key), organisation, now: nowMs, ...seen }
    const { name } = await verifyEntityConfiguration(configuration, expected)
    return accepted(value('name', utf8(name)))
  },
  verifyInvite: async ({ invite, nowMs }) => {
    const { configuration, words } = await verifyInvite(invite, nowMs)
    return accepted(
      value('organisation', utf8(configuration.organisation)),
      value('words', utf8(words.join(' '))),
    )
  },
  judgeThread: (thread) => accepted(...judgeThread(thread)),
  checkSection: ({ type, content }) => {
    const { id, version } = decodeSection(type, content)
    return accepted(value('id', utf8(id)), value('version', utf8(String(version))))
  },
  seal: async (ask) => accepted(...(await sealMessage(ask))),
  signStored: async (ask) => accepted(await signStored(ask)),
  checkReferral: ({ referral }) => {
    encodeSections(readReferral(referral))
    return accepted()
  },
}

/** Answers one request. Throws only if the codec itself is at fault. */
export async function answer(operation: Operation): Promise<Result> {
  const run = OPERATIONS[operation.$case] as ((input: unknown) => Result | Promise<Result>) | undefined
  if (run === undefined) return { $case: 'unsupported', value: {} }
  try {
    return await run(operation.value)
  } catch (error) {
    if (!RexError.is(error)) throw error
    const { reason, message, path = '', cause } = error
    const failure = cause instanceof OpenFailure ? cause : undefined
    const detail = failure ? String(failure.cause) : message
    return { $case: 'refused', value: { reason, stage: failure?.stage ?? '', path, detail } }
  }
}
