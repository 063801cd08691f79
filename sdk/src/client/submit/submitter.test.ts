// Tests of the submission of queued messages to a simulated gateway. docs/spec/mailbox.md, "Submission"
import { once } from 'node:events'
import { DeskReceipt, DeskReceiptStatus } from '@rex/proto/core/v1/thread'
import { Submission, type SubmitRequest, type SubmitResponse } from '@rex/proto/mailbox/v1/mailbox'
import { expect, onTestFinished, test } from 'vitest'
import { encode } from '../../core/encoding/encoding.ts'
import { parseRouting } from '../../core/envelope/parse.ts'
import { RexError } from '../../core/error.ts'
import { LIMITS } from '../../core/limits.ts'
import { toErrorDetail } from '../../transport/messages/status.ts'
import { envelopeIdsOf, queued } from '../outbox/queue.ts'
import { queueReceipts } from '../outbox/receipts.ts'
import { desksInParts, itemsOf, type Parts, START } from '../tests/harness/parts.ts'
import { sealAgain } from './seal-again.ts'
import { Submitter } from './submitter.ts'

const NGO = 'https://ngo.example'
const OTHER = 'https://other.example'

/**
 * The gateway's answer to a submission. `undefined`: accepted; `later`: not answered yet; a promise: the gateway
 * answers nothing until it resolves.
 */
type Answer = (submission: Submission) => RexError | 'later' | undefined | Promise<undefined>

/**
 * Makes a submitter, and records the submissions that the gateway gets, request by request. `lost` is the error with
 * which the gateway refuses the lease.
 */
function submitting(at: Parts, answer: Answer = () => undefined, lost?: RexError) {
  const requests: (readonly Submission[])[] = []
  const arrived = new EventTarget()
  let broken = Promise.withResolvers<never>()
  async function* submit(given: AsyncIterable<SubmitRequest>): AsyncGenerator<SubmitResponse> {
    const incoming = given[Symbol.asyncIterator]()
    broken = Promise.withResolvers<never>()
    for (;;) {
      const { done, value } = await Promise.race([incoming.next(), broken.promise])
      if (done === true) return
      const { content } = value as SubmitRequest
      if (content?.$case !== 'submissions') continue
      const { submissions } = content.value
      requests.push(submissions)
      arrived.dispatchEvent(new Event('request'))
      const answers = submissions.map((submission) => ({
        sequence: submission.sequence,
        given: answer(submission),
      }))
      for (const { sequence, given } of answers) {
        const error = await given
        if (error === 'later') continue
        yield { sequence, error: error && toErrorDetail(error) }
      }
    }
  }
  const fence = async () => {
    if (lost !== undefined) throw lost
    return 1
  }
  const submitter = new Submitter(at.desk, {
    link: { ...at.link, mailbox: { ...at.link.mailbox, submit } },
    lease: { fence, holds: async () => lost === undefined },
    redate: at.redate,
    sent: at.sent,
    gatherMs: 0,
  })
  at.desk.store.on('outgoing', submitter.wake)
  onTestFinished(() => submitter.close())
  return {
    submitter,
    requests,
    /** Resolves with the next request. */
    next: () => once(arrived, 'request'),
    /** Breaks the submission stream. */
    breakOff: () => broken.reject(new RexError('UNAVAILABLE', 'Gone.')),
    idsOf: () => requests.flat().map((submission) => envelopeIdsOf(submission)),
  }
}

const left = ({ desk }: Parts) => [...queued(desk.store.read)].map(({ id }) => id)
const stateOf = ({ desk }: Parts, id: string) => {
  const deliveries = desk.store.read.deliveries(id).map(({ recipient, state }) => [recipient, state])
  return Object.fromEntries(deliveries) as Record<string, string>
}

test('queued messages are submitted in order, with their number, and leave the queue once confirmed', async () => {
  const [hotline] = await desksInParts(['hotline', 'ngo'])
  const mine = await hotline.refer({ to: NGO })
  await hotline.note(mine, NGO)
  const places = left(hotline)
  await hotline.desk.store.commit((write) => write.putIncarnation('aa'.repeat(16)))
  const { submitter, requests } = submitting(hotline)
  await submitter.drained()
  expect(requests.flat().map(({ place }) => place)).toEqual(places)
  await hotline.note(mine, NGO)
  await submitter.drained()
  expect([left(hotline), hotline.desk.store.read.confirmed()]).toEqual([[], (places.at(-1) as number) + 1])
  expect(stateOf(hotline, mine.id)).toEqual({ [NGO]: 'submitted' })
})

test('a submission that the gateway refuses ends, and the application is told why', async () => {
  const [hotline] = await desksInParts(['hotline', 'ngo'])
  const mine = await hotline.refer({ to: NGO })
  const { submitter } = submitting(hotline, () => new RexError('POLICY_REFUSED', 'No.'))
  await submitter.drained()
  expect([left(hotline), stateOf(hotline, mine.id)]).toEqual([[], { [NGO]: 'refused' }])
  expect(await itemsOf(hotline)).toMatchObject([{ kind: 'failure', reason: 'POLICY_REFUSED' }])
})

test('a submission that the gateway does not accept yet waits alone, and is retried after 1 s, then 2 s', async () => {
  const [hotline] = await desksInParts(['hotline', 'ngo'])
  const first = await hotline.refer({ to: NGO })
  const [place] = left(hotline)
  let tries = 0
  const late = ({ place: at }: Submission) => at === place && ++tries < 3
  const { submitter, requests } = submitting(hotline, (submission) =>
    late(submission) ? new RexError('OVERLOADED', 'Not now.') : undefined,
  )
  await once(hotline.desk.events, 'problems')
  const second = await hotline.refer({ to: NGO })
  await expect.poll(() => left(hotline)).toEqual([place])
  const postponed = once(hotline.desk.events, 'problems')
  await hotline.clock.advance({ milliseconds: 999 })
  expect(tries).toBe(1)
  await hotline.clock.advance({ milliseconds: 1 })
  await postponed
  expect([tries, left(hotline)]).toEqual([2, [place]])
  expect([stateOf(hotline, first.id), stateOf(hotline, second.id)]).toEqual([
    { [NGO]: 'intended' },
    { [NGO]: 'submitted' },
  ])
  await hotline.clock.advance({ seconds: 2 })
  await submitter.drained()
  expect([tries, requests.flat()]).toEqual([3, expect.objectContaining({ length: 4 })])
})

test('REX-MBX-025 a submission whose answer cannot be processed waits alone, and the stream continues with the others', async () => {
  const [hotline] = await desksInParts(['hotline', 'ngo'])
  await hotline.refer({ to: NGO })
  const [place] = left(hotline)
  let tries = 0
  const early = ({ place: at }: Submission) => at === place && ++tries === 1
  const redate = { notTaken: async () => Promise.reject(new RexError('ERASED', 'It was erased.')) }
  const at = { ...hotline, redate: Object.assign(Object.create(hotline.redate), redate) }
  const { submitter } = submitting(at, (submission) =>
    early(submission) ? new RexError('CLOCK_SKEW', 'It is dated ahead.') : undefined,
  )
  const waits = ['An answer of the gateway could not be processed.']
  await expect.poll(() => hotline.logged).toEqual(waits)
  await hotline.refer({ to: NGO })
  await expect.poll(() => left(hotline)).toEqual([place])
  await hotline.clock.advance({ seconds: 1 })
  await submitter.drained()
  expect([tries, hotline.logged]).toEqual([2, waits])
})

test('REX-MBX-022 an unpaired recipient ends alone; the submission continues to the others', async () => {
  const [hotline] = await desksInParts(['hotline', 'ngo', 'other'])
  const mine = await hotline.refer({ to: [NGO, OTHER] })
  const metadata = { organisation: OTHER }
  const { submitter, next, idsOf } = submitting(hotline, ({ deliveries }) =>
    deliveries.length === 2 ? new RexError('UNKNOWN_ORGANISATION', 'Who?', { metadata }) : undefined,
  )
  await next()
  await once(hotline.desk.events, 'problems')
  expect(stateOf(hotline, mine.id)).toEqual({ [NGO]: 'intended', [OTHER]: 'refused' })
  await hotline.clock.advance({ seconds: 1 })
  await submitter.drained()
  expect(idsOf().map((ids) => ids.length)).toEqual([2, 1])
  expect(stateOf(hotline, mine.id)).toEqual({ [NGO]: 'submitted', [OTHER]: 'refused' })
})

test('the end of a pairing ends the messages that wait for that organisation, in the same transaction', async () => {
  const [hotline] = await desksInParts(['hotline', 'ngo', 'other'])
  const both = await hotline.refer({ to: [NGO, OTHER] })
  const theirs = await hotline.refer({ to: OTHER })
  const { submitter } = submitting(hotline, () => 'later')
  const failing = submitter.unpaired(OTHER, () => {
    throw new Error('No.')
  })
  await expect(failing).rejects.toThrow('No.')
  expect(stateOf(hotline, theirs.id)).toEqual({ [OTHER]: 'intended' })
  await submitter.unpaired(OTHER, (write) => write.deletePeer(OTHER))
  expect(hotline.desk.store.read.peers().map(({ organisation }) => organisation)).toEqual([NGO])
  expect(stateOf(hotline, theirs.id)).toEqual({ [OTHER]: 'refused' })
  expect(stateOf(hotline, both.id)).toEqual({ [NGO]: 'intended', [OTHER]: 'refused' })
  expect([...queued(hotline.desk.store.read)].map(({ submission }) => submission.deliveries.length)).toEqual([
    1,
  ])
})

test('when the stream breaks, unanswered submissions are repeated with the same number', async () => {
  const [hotline] = await desksInParts(['hotline', 'ngo'])
  await hotline.refer({ to: NGO })
  let answers: 'later' | undefined = 'later'
  const { submitter, requests, next, breakOff } = submitting(hotline, () => answers)
  await next()
  answers = undefined
  const again = next()
  breakOff()
  await new Promise((resolve) => void setImmediate(resolve))
  await hotline.clock.advance({ milliseconds: 100 })
  await again
  await submitter.drained()
  const [first, second] = requests.flat()
  expect(requests.flat()).toHaveLength(2)
  expect({ ...second, sequence: 0 }).toEqual({ ...first, sequence: 0 })
})

test('T-146 a part for an unpaired organisation that is withdrawn while the submission waits is not sent', async () => {
  const [hotline] = await desksInParts(['hotline', 'ngo', 'other'])
  for (const to of [NGO, NGO, OTHER, [NGO, OTHER]]) await hotline.refer({ to })
  const room = Promise.withResolvers<undefined>()
  let answers: 'later' | Promise<undefined> = 'later'
  const { submitter, requests, next, breakOff } = submitting(hotline, () => answers)
  await next()
  answers = room.promise
  const again = next()
  breakOff()
  await new Promise((resolve) => void setImmediate(resolve))
  await hotline.clock.advance({ milliseconds: 100 })
  await again
  expect(requests.at(-1)).toHaveLength(2)
  const before = requests.length
  await submitter.unpaired(OTHER, (write) => write.deletePeer(OTHER))
  room.resolve(undefined)
  await submitter.drained()
  const later = requests.slice(before).flat()
  expect(
    later.map(({ deliveries }) => deliveries.map(({ routing }) => parseRouting(routing).recipient)),
  ).toEqual([[NGO]])
})

test('REX-MBX-027 at most 256 submissions are unanswered, and a request stays within the limits of one submission', async () => {
  const [hotline] = await desksInParts(['hotline', 'ngo'])
  await hotline.refer({ to: NGO })
  const { store } = hotline.desk
  const [bytes] = store.read.outgoing(0, 1).map(({ submission }) => submission)
  await store.commit((write) => {
    for (let i = 1; i < 300; i++) write.addOutgoing(bytes as Uint8Array, '')
  })
  const held: Submission[] = []
  let full = () => {}
  const filled = new Promise<void>((resolve) => {
    full = resolve
  })
  let open = false
  const { submitter, requests, breakOff } = submitting(hotline, (submission) => {
    if (open) return undefined
    if (held.push(submission) >= 256 - LIMITS.recipients) full()
    return 'later'
  })
  await filled
  await new Promise((resolve) => void setImmediate(resolve))
  expect(held.length).toBeLessThanOrEqual(256)
  for (const request of requests) {
    expect(request.reduce((sum, { deliveries }) => sum + deliveries.length, 0)).toBeLessThanOrEqual(
      LIMITS.recipients,
    )
    expect(request.reduce((sum, { sections }) => sum + sections.length, 0)).toBeLessThanOrEqual(
      LIMITS.sections,
    )
  }
  open = true
  breakOff()
  await new Promise((resolve) => void setImmediate(resolve))
  await hotline.clock.advance({ milliseconds: 100 })
  await submitter.drained()
  expect(left(hotline)).toEqual([])
})

test('the wait for an empty queue ends with the signal, and its error has the answer of the gateway', async () => {
  const [hotline] = await desksInParts(['hotline', 'ngo'])
  await hotline.refer({ to: NGO })
  const { submitter } = submitting(hotline, () => new RexError('OVERLOADED', 'Not now.'))
  await once(hotline.desk.events, 'problems')
  await expect(submitter.drained(AbortSignal.abort())).rejects.toMatchObject({
    reason: 'CANCELLED',
    cause: { reason: 'OVERLOADED' },
  })
})

test('a lost lease ends sending and stops the desk', async () => {
  const [hotline] = await desksInParts(['hotline', 'ngo'])
  await hotline.refer({ to: NGO })
  const lost = new RexError('LEASE_LOST', 'Another desk has the mailbox.')
  const ended = once(hotline.desk.lost.signal, 'abort')
  const { submitter } = submitting(hotline, undefined, lost)
  await ended
  expect(hotline.desk.lost.signal.reason).toBe(lost)
  await expect(submitter.drained()).rejects.toBe(lost)
})

/** How far the clocks are ahead. */
const AHEAD_MS = 5 * 24 * 60 * 60_000

/** Creates desks whose clocks are ahead. `setRight` corrects all clocks and contacts the gateway again. */
async function desksAhead<const Names extends readonly string[]>(names: Names) {
  let aheadMs = AHEAD_MS
  const desks = await desksInParts(names, {}, () => aheadMs)
  const setRight = () => {
    aheadMs = 0
    for (const { desk } of desks as readonly Parts[])
      desk.time.gateway({ timeMs: START, trustedMs: START, agreedMs: 0 })
  }
  return { desks, setRight }
}

const dateOf = ({ deliveries }: Submission) =>
  Math.max(...deliveries.map(({ routing }) => parseRouting(routing).createdMs))
const refuseAhead = (submission: Submission) =>
  dateOf(submission) > START + LIMITS.skew ? new RexError('CLOCK_SKEW', 'It is dated ahead.') : undefined

test('T-139 REX-RCP-019 receipts that were dated ahead are sent with the present date', async () => {
  const { desks, setRight } = await desksAhead(['hotline', 'ngo'])
  const [hotline] = desks
  const envelopeId = new Uint8Array(16)
  const about = { envelopeId, envelopeDigest: new Uint8Array(32), message: new Uint8Array(32) }
  const receipt = { status: DeskReceiptStatus.RECEIVED, ...about, timeMs: START + AHEAD_MS, code: '' }
  await hotline.desk.store.commit((write) => write.addReceipt(NGO, encode(DeskReceipt, receipt)))
  await queueReceipts(hotline.desk, hotline.sent)
  setRight()
  const { submitter, requests } = submitting(hotline, refuseAhead)
  await submitter.drained()
  expect(requests.flat().map(dateOf)).toEqual([START + AHEAD_MS, START])
})

test('T-139 REX-ID-066 if one recipient has a message dated ahead, the part for another recipient ends visibly instead of waiting', async () => {
  const { desks, setRight } = await desksAhead(['hotline', 'ngo', 'other'])
  const [hotline] = desks
  const { id: thread } = await hotline.refer({ to: [NGO, OTHER] })
  const { desk } = hotline
  const [submission] = [...queued(desk.store.read)]
  const theirs = desk.store.read.deliveries(thread).find(({ recipient }) => recipient === OTHER)
  const mine = desk.store.read.deliveries(thread).find(({ recipient }) => recipient === NGO)
  if (submission === undefined || theirs === undefined || mine === undefined) throw new Error('Not queued.')
  await desk.store.commit((write) => {
    write.confirmOutgoing(submission.id, envelopeIdsOf(submission.submission))
    write.updateDelivery(mine, { state: 'stored' })
    write.updateDelivery(theirs, { resealPending: true })
  })
  const [first] = desk.store.read.envelopes(theirs)
  await sealAgain(desk, theirs, new Set())
  await desk.store.commit((write) => write.updateEnvelope(first?.id as string, { closed: 'KEY_EXPIRED' }))
  setRight()
  const { submitter } = submitting(hotline, refuseAhead)
  await submitter.drained()
  expect(stateOf(hotline, thread)).toEqual({ [NGO]: 'stored', [OTHER]: 'refused' })
  expect(await itemsOf(hotline)).toMatchObject([
    { kind: 'failure', recipient: OTHER, outcome: 'refused', reason: 'CLOCK_SKEW' },
  ])
})

test('REX-MBX-020 large submissions fill the window by their bytes, so few of them are in memory at a time', async () => {
  const [hotline] = await desksInParts(['hotline', 'ngo'])
  const { desk, clock } = hotline
  const mine = await hotline.refer({ to: NGO })
  const [first] = [...queued(desk.store.read)].map(({ submission }) => submission)
  const large = { ...first, manifest: { ...first?.manifest, ciphertext: new Uint8Array(LIMITS.envelope) } }
  await desk.store.commit((write) => {
    for (let i = 0; i < 12; i++) write.addOutgoing(encode(Submission, large as Submission), mine.id)
  })
  const { requests, breakOff } = submitting(hotline, () => 'later')
  onTestFinished(breakOff)
  const most = 1 + LIMITS.windowBytes / LIMITS.envelope
  await expect.poll(() => requests.flat().length).toBe(most)
  await clock.advance({ seconds: 1 })
  expect(requests.flat()).toHaveLength(most)
})
