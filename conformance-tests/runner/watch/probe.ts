// One probe: it connects, greets, and sometimes delivers a test referral. It never sends anything else.
// docs/guide/conformance.md, "Watch a partner"
import { randomBytes } from 'node:crypto'
import type { Jws } from '@rex/proto/core/v1/envelope'
import { StoredReceipt } from '@rex/proto/core/v1/receipt'
import type { DeliverRequest, DeliverResponse } from '@rex/proto/federation/v1/delivery'
import { DeliveryServiceDefinition, EntityServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { type Built, build, REFER, ROUTINE } from '../../generate/message.ts'
import { within } from '../../peer/events.ts'
import { helloOf } from '../../peer/gateway.ts'
import { type ClientCall, type Connection, connect, Refused } from '../../peer/grpc/client.ts'
import { reasonOf } from '../../peer/grpc/messages.ts'
import { eventBytes, sectionBytes } from '../../peer/partner/content.ts'
import { recipientIn } from '../../peer/partner/party.ts'
import { isSigned, readPartner, type WatchedPartner } from './partner.ts'
import type { Watcher } from './watcher.ts'

/** Lifetime of a test referral. It expires if it is not received within an hour. */
const REFERRAL_MS = 3_600_000

/** The observations of a probe. Durations are milliseconds. */
export interface Seen {
  /** ISO 8601. */
  readonly at: string
  readonly passed: boolean
  /** The address that answered. */
  readonly address?: string
  readonly connectMs?: number
  readonly helloMs?: number
  /** Time from sending the test referral to its stored receipt. Absent if no referral was sent. */
  readonly storedMs?: number
  /** The step that failed, and why. */
  readonly failed?: 'connect' | 'hello' | 'referral'
  readonly why?: string
}

/** The watcher, and the partner to probe. */
export interface ProbePlan {
  readonly partner: WatchedPartner
  readonly watcher: Watcher
  /** Whether to send a test referral. */
  readonly referral: boolean
  /** Time limit for each wait. Milliseconds. */
  readonly limitMs: number
}

/** Probes once. Never throws, because a failure is a result, too. */
export async function probe(plan: ProbePlan): Promise<Seen> {
  const seen: { -readonly [K in keyof Seen]: Seen[K] } = { at: new Date().toISOString(), passed: false }
  let connection: Connection | undefined
  seen.failed = 'connect'
  try {
    const begun = performance.now()
    const reached = await reach(plan)
    connection = reached.connection
    seen.address = reached.address
    seen.connectMs = since(begun)
    seen.failed = 'hello'
    const call = connection.open(DeliveryServiceDefinition, DeliveryServiceDefinition.methods.deliver)
    const greeted = performance.now()
    await greet(call, plan)
    seen.helloMs = since(greeted)
    if (plan.referral) {
      seen.failed = 'referral'
      seen.storedMs = await refer(connection, call, plan)
    }
    delete seen.failed
    seen.passed = true
  } catch (error) {
    seen.why = reasonFor(error as Error)
  } finally {
    connection?.close()
  }
  return seen
}

/** Connects to the first address that answers as the partner (REX-DLV-003). */
async function reach({
  partner,
  watcher,
  limitMs,
}: ProbePlan): Promise<{ connection: Connection; address: string }> {
  const { organisation, authority, endpoints } = partner
  let failure = new Error('The partner has no address.')
  for (const address of endpoints) {
    const waiting = connect({ address, organisation, authority, identity: watcher.identity() })
    try {
      return { connection: await within(limitMs, 'a connection', waiting), address }
    } catch (error) {
      failure = error as Error
      // Close a connection that was established too late to be used.
      waiting.then((late) => late.close()).catch(() => {})
    }
  }
  throw failure
}

type Call = ClientCall<DeliverRequest, DeliverResponse>

async function greet(call: Call, { watcher, limitMs }: ProbePlan): Promise<void> {
  const { incarnation } = watcher
  const hello = { ...helloOf(), build: 'rex-conformance watch', incarnation }
  call.write({ content: { $case: 'hello', value: hello } })
  const { content } = await answerOf(call, limitMs)
  if (content?.$case !== 'hello') throw new Error('The first answer is no greeting.')
  if (!content.value.versions.includes(1)) throw new Error('The partner does not speak version 1.')
}

/** Seals a test referral for the keys that the partner publishes now, and returns how long storing it took. */
async function refer(connection: Connection, call: Call, plan: ProbePlan): Promise<number> {
  const { partner, limitMs } = plan
  const { getEntityConfiguration } = EntityServiceDefinition.methods
  const asked = connection.call(EntityServiceDefinition, getEntityConfiguration, {
    organisation: partner.organisation,
  })
  const { entityConfiguration } = await within(limitMs, 'the statement of the partner', asked)
  const { statement, organisation } = readPartner(entityConfiguration, partner.entityKey)
  if (organisation !== partner.organisation) throw new Error('The statement is that of another organisation.')
  const referral = testReferral(plan.watcher, statement)
  const sent = performance.now()
  call.write({ content: { $case: 'envelopes', value: { envelopes: [referral.bytes] } } })
  const { content } = await answerOf(call, limitMs)
  const result = content?.$case === 'outcome' ? content.value.result : undefined
  if (result?.$case === 'refused') throw new Error(`refused: ${reasonOf(result.value)}`)
  if (result?.$case !== 'stored' || !isReceiptOf(result.value, referral, statement))
    throw new Error('The answer is not a stored receipt of the test referral.')
  return since(sent)
}

function testReferral(watcher: Watcher, statement: string): Built {
  const now = Date.now()
  return build({
    label: randomBytes(32).toString('hex'),
    sender: watcher,
    recipient: recipientIn(statement),
    suite: partyIn(statement).suites.includes('REX-2') ? 'REX-2' : 'REX-1',
    lane: ROUTINE,
    sections: ['triage', 'handling'].map((type) => ({ type, content: sectionBytes(type) })),
    said: {
      type: REFER,
      event: eventBytes('refer'),
      createdMs: now,
      expiresMs: now + REFERRAL_MS,
      testTraffic: true,
    },
  })
}

function isReceiptOf(
  { protected: header, payload, signature }: Jws,
  { envelopeDigest }: Built,
  statement: string,
): boolean {
  const jws = [header, payload, signature].map((part) => Buffer.from(part).toString('base64url')).join('.')
  const keys: readonly { x: string }[] = partyIn(statement).gateway.receipt_keys.keys
  const { envelopeDigest: stored } = StoredReceipt.decode(payload)
  return keys.some(({ x }) => isSigned(jws, x)) && Buffer.compare(stored, envelopeDigest) === 0
}

// biome-ignore lint/suspicious/noExplicitAny: the partner has signed it; a wrong form fails the probe
function partyIn(statement: string): any {
  return JSON.parse(Buffer.from(statement.split('.')[1] ?? '', 'base64url').toString()).metadata.rex_party
}

async function answerOf(call: Call, limitMs: number): Promise<DeliverResponse> {
  const answer = await within(limitMs, 'an answer', call.read())
  if (answer === undefined) throw new Refused(await within(limitMs, 'the end of the call', call.ended))
  return answer
}

function since(begun: number): number {
  return Math.round((performance.now() - begun) * 10) / 10
}

function reasonFor(error: Error): string {
  if (error instanceof Refused && error.end.detail) return `refused: ${reasonOf(error.end.detail)}`
  return ((error as NodeJS.ErrnoException).code ?? error.message).slice(0, 200)
}
