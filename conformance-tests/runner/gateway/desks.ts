// Steps of the desk: lease, submissions, feed and enrolment.
import type { Jws } from '@rex/proto/core/v1/envelope'
import type { Submission } from '@rex/proto/mailbox/v1/mailbox'
import { EnrolPurpose } from '@rex/proto/mailbox/v1/mailbox'
import { DirectoryServiceDefinition } from '@rex/proto/mailbox/v1/mailbox_service'
import type { Jwe } from '../../generate/objects.ts'
import {
  connectEnrolment,
  credentialOf,
  enrol,
  findToken,
  identityOf,
  ownParty,
  ownStatement,
  receiptKid,
} from '../../peer/desk.ts'
import { type BuiltEnvelope, type Content, makeContent } from '../../peer/envelope.ts'
import { Refused } from '../../peer/grpc/client.ts'
import { makeSigningRequest } from '../../peer/tls/certificate.ts'
import { privateKey } from '../../peer/tls/keys.ts'
import { BadFile } from '../../suite/read.ts'
import { described, envelopeOf, readReceipt } from './peers.ts'
import { ending, type Input, inTime, nextOn, refusal, STREAM_VERBS, streamOf, type Verb } from './streams.ts'
import { matches } from './values.ts'
import type { World } from './world.ts'

/** Makes a submission of one message to the recipients of its deliveries. */
function submissionOf(
  world: World,
  { deliveries, parts, sequence, place }: Input,
): { submission: Submission; sent: BuiltEnvelope[] } {
  const shared: Content = makeContent({ sections: parts ?? [1024] })
  const sent = (deliveries as Input[]).map((one) =>
    envelopeOf(world, { from: 'own', ...one, content: shared }),
  )
  const submission: Submission = {
    sequence,
    manifest: jweOf(shared.manifest),
    sections: shared.sections.map(jweOf),
    deliveries: sent.map(({ routingBytes, grant }, i) => ({
      routing: deliveries[i].routing ?? routingBytes,
      grant: jweOf(grant),
      sections: deliveries[i].sections ?? shared.sections.map((_, place) => place),
    })),
    place,
  }
  return { submission, sent }
}

function jweOf({ header, ...rest }: Jwe): NonNullable<Submission['manifest']> {
  return { protected: header, ...rest }
}

/** Number of the last submission on each stream. */
const sequences = new WeakMap<object, number>()

async function leased(world: World): Promise<number> {
  const lease = (await DESK_VERBS.lease?.(world, { takeOver: true })) as Input
  if (lease.refused) throw new BadFile('The lease was refused.')
  return lease.fence
}

/** Makes a message and submits it on a stream. If the stream is not open, opens it first. */
async function submit(world: World, input: Input): Promise<Input> {
  const { on = 'submit', deliveries = [input], parts, place } = input
  if (!world.streams.has(on)) await DESK_VERBS.submitting?.(world, { stream: on })
  const stream = streamOf(world, on)
  const sequence = input.sequence ?? (sequences.get(stream) ?? 0) + 1
  sequences.set(stream, sequence)
  const { submission, sent } = submissionOf(world, { deliveries, parts, sequence, place })
  stream.call.write({ content: { $case: 'submissions', value: { submissions: [submission] } } } as never)
  const answer = await nextOn(world, stream, 'the answer to a submission')
  if (answer.error) answer.error = refusal(answer.error)
  return { ...answer, sent: sent.map(described) }
}

export const DESK_VERBS: Readonly<Record<string, Verb>> = {
  /** Acquires the lease. Default for `chain`: the chain of the suite's desk store. */
  async lease(world, { takeOver = false, chain = world.chain, by = 'desk', ...more }) {
    const request = { chain, takeOver, ...more }
    const answer = (await STREAM_VERBS.call?.(world, { by, method: 'AcquireLease', request })) as Input
    return answer.ok ?? answer
  },
  /** Opens a stream of submissions. Default for `fence`: the fence of a new lease. */
  async submitting(world, { stream = 'submit', fence }) {
    await STREAM_VERBS.open?.(world, { by: 'desk', method: 'Submit', stream })
    const open = { fence: fence ?? (await leased(world)) }
    streamOf(world, stream).call.write({ content: { $case: 'open', value: open } } as never)
    return nextOn(world, streamOf(world, stream), 'the opening of a stream of submissions')
  },
  /** Submits one message. `deliveries`: one for each recipient. Default: one delivery, with the members of the step. */
  submit,
  /** Makes a submission without sending it, for the step `write`. */
  submission: async (world, input) => {
    const { submission, sent } = submissionOf(world, { sequence: 1, deliveries: [input], ...input })
    return { submission, sent: sent.map(described) }
  },
  /** Opens the feed of the mailbox. */
  async feed(world, { stream = 'feed', fence, window = 64 }) {
    await STREAM_VERBS.open?.(world, { by: 'desk', method: 'Receive', stream })
    const open = { fence: fence ?? (await leased(world)), window }
    streamOf(world, stream).call.write({ content: { $case: 'open', value: open } } as never)
    return {}
  },
  /** Reads the next item of the feed. `of`: reads the next item of this kind, and acknowledges the items before it. */
  async item(world, { on = 'feed', of }) {
    if (!world.streams.has(on)) await DESK_VERBS.feed?.(world, { stream: on })
    const stream = streamOf(world, on)
    for (;;) {
      const item = await nextOn(world, stream, `an item${of ? ` of kind ${of}` : ''}`)
      if (of === undefined || of in item || item.ended) return itemOf(world, item)
      if (item.cursor > 0) await DESK_VERBS.settle?.(world, { on, acknowledged: [item.cursor] })
    }
  },
  /** Settles items. */
  async settle(world, { on = 'feed', acknowledged = [], postponed = [], unopenable = [] }) {
    const settle = { acknowledged, postponed, unopenable }
    streamOf(world, on).call.write({ content: { $case: 'settle', value: settle } } as never)
    return {}
  },
  /**
   * Signs a newer statement of the organisation under test. `claims`, `gateway`: replace members. `entity`: organisation whose key signs.
   * `own`: the answer of `gatewayPart`. Default: the answer at the start. `former`: receipt keys that are no longer in use.
   */
  async ownStatement(
    world,
    { aheadMs = 0, claims = {}, gateway = {}, name, entity, own = world.own, former = [] },
  ) {
    const change = (all: Input) => {
      const { ca } = gateway
      Object.assign(all.metadata.rex_party.gateway, ca && { ca: Buffer.from(ca).toString('base64url') })
      if (name) all.metadata.federation_entity.organization_name = name
      Object.assign(all, claims)
    }
    const issuedMs = world.nextIssuedMs() + aheadMs
    const key = entity && { entity: ownParty(`https://${entity}.example`).entity }
    return { statement: ownStatement(own, { issuedMs, change, former, ...key }) }
  },
  /** Requests the gateway's part of the statement, and stores its receipt key. */
  async gatewayPart(world) {
    const desk = await world.deskConnection()
    const { getGateway } = DirectoryServiceDefinition.methods
    const own = await desk.call(DirectoryServiceDefinition, getGateway, {})
    const kid = receiptKid(own.receiptKey)
    world.receiptKeys.set(kid, own.receiptKey)
    return { ...own, kid }
  },
  /** Takes everything out of the mailbox. Waits until at least `least` items have been taken. */
  async empty(world, { least = 0 }) {
    return { count: await inTime(world, `${least} items`, world.emptyMailbox(least)) }
  },
  /** Repeats a submission under another number. */
  async again(_world, { submission, sequence }) {
    return { ...submission, sequence }
  },
  /** Makes a signing request of the desk. */
  async signingRequest(world, { key = 'desk-1' }) {
    return { request: makeSigningRequest(privateKey(key), [`${world.organisation}#desk`]) }
  },
  /** Finds out whether an item is among the next `most` items of the feed. Acknowledges each item before it reads the next. */
  async within(world, { on = 'feed', most, envelope, report }) {
    for (let i = 0; i < most; ) {
      const item = await nextOn(world, streamOf(world, on), 'an item')
      if (item.ended) return item
      if (item.stored || item.report) i++
      const wanted = report ? { report: { envelopeId: report } } : { stored: { envelope } }
      if (matches(wanted, item)) return { within: true }
      if (item.cursor > 0) await DESK_VERBS.settle?.(world, { on, acknowledged: [item.cursor] })
    }
    return { within: false }
  },
  /** Gets an enrolment token from the gateway's operator. */
  async token(world) {
    const text = await world.instance.run('token')
    return { text, ...findToken(text) }
  },
  /** Enrols a desk with a token. `entity`: name of the organisation whose entity key the request gives. */
  async enrol(world, { token, purpose = 'AGAIN', entity, ...plan }) {
    const { entity: key } = entity ? ownParty(`https://${entity}.example`) : ownParty(world.organisation)
    try {
      const how = { ...plan, purpose: EnrolPurpose[purpose as keyof typeof EnrolPurpose] }
      const response = await enrol(token, key, how)
      return { ...response, credential: credentialOf(identityOf(response, plan.key)) }
    } catch (error) {
      if (error instanceof Refused) return { refused: ending(error.end) }
      throw error
    }
  },
  /** Connects to the enrolment listener, and returns what the listener shows. */
  async enrolment(_world, { token }) {
    const { connection } = await connectEnrolment(token)
    const protocol = connection.socket.getProtocol()
    connection.close()
    return { protocol }
  },
}

function itemOf(world: World, item: Input): Input {
  if (item.stored?.envelope)
    return { ...item, stored: { ...item.stored, receipt: readReceipt(world, item.stored.receipt) } }
  if (item.report?.stored)
    return { ...item, report: { ...item.report, stored: receiptShown(item.report.stored) } }
  if (item.report?.refused)
    return { ...item, report: { ...item.report, refused: refusal(item.report.refused) } }
  return item
}

function receiptShown({ payload }: Jws): object {
  return { payload }
}
