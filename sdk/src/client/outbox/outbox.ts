// Out: seals what is intended, makes it durable, and submits it until the gateway confirms. docs/spec/mailbox.md, "Submission"
import { Jws, Lane, Routing } from '@rex/proto/core/v1/envelope'
import type { EvidenceMessage } from '@rex/proto/core/v1/receipt'
import { type DeskReceipt, DeskReceipt as DeskReceiptCodec, EventType } from '@rex/proto/core/v1/thread'
import { Submission, type SubmitRequest } from '@rex/proto/mailbox/v1/mailbox'
import { encode, toHex } from '../../core/encoding/encoding.ts'
import { sealedDigest } from '../../core/envelope/digest.ts'
import { newMessageId } from '../../core/envelope/id.ts'
import {
  type Message,
  type Random,
  type Recipient,
  type SealedMessage,
  seal,
} from '../../core/envelope/seal.ts'
import { RexError } from '../../core/error.ts'
import type { Signer } from '../../core/jose/key.ts'
import type { Suite } from '../../core/jose/suite.ts'
import { LIMITS } from '../../core/limits.ts'
import { BATCH_BYTES, batches } from '../../transport/batch.ts'
import { fromErrorDetail } from '../../transport/status.ts'
import { createQueue } from '../../transport/stream.ts'
import type { DeskProblem } from '../api/problems.ts'
import { type Cancel, type Clock, wait } from '../clock/clock.ts'
import { isLasting } from '../clock/interruption.ts'
import type { MailboxLink } from '../gateway/link.ts'
import { type Peers, sealingKeys } from '../gateway/peers.ts'
import type { DeskStore, DeskWrites, OutgoingRecord } from '../store/store.ts'
import { createPostponed } from './postponed.ts'
import { createSentReceipts } from './sent-receipts.ts'

const WINDOW = 256
const READ_AHEAD = 64
/** What submissions of one request have together at most: deliveries, sections (REX-MBX-027), and bytes. */
const TOGETHER = [LIMITS.recipients, LIMITS.sections, BATCH_BYTES]
const RETRY = { firstMs: 100, mostMs: 10_000 }
const GATHER_RECEIPTS_MS = 50
const RECEIPT_LIFETIME = LIMITS.maxLifetime
const NO_THREAD = new Uint8Array(16)

/** To whom, and which sections (places in the message's list). */
export interface Addressee {
  readonly organisation: string
  readonly lane: Recipient['lane']
  readonly sections: readonly number[]
}

/** A message before the outbox fills in sender, chain and keys. */
export type Draft = Omit<Message, 'sender' | 'chain' | 'recipients'> & { readonly to: readonly Addressee[] }

/** What the outbox stands on. */
export interface OutboxOptions {
  readonly organisation: string
  readonly chain: Uint8Array
  readonly signer: Signer
  readonly store: DeskStore
  readonly link: MailboxLink
  readonly peers: Peers
  readonly random: Random
  readonly clock: Clock
  /** Fencing token of the lease. */
  readonly fence: () => Promise<number>
  /** Whether the lease is still held, after the fence was refused. */
  readonly holds: () => Promise<boolean>
  /** Nothing comes of these envelopes: their deliveries end, in one transaction with what `also` writes. */
  readonly refused: (
    envelopeIds: readonly string[],
    error: RexError,
    also: (write: DeskWrites) => void,
  ) => Promise<void>
  /** The gateway does not take a submission yet. */
  readonly postponed: () => void
  /** It does not because of the date: what can be dated anew is, in a submission of its own. */
  readonly notTaken: (envelopeIds: readonly string[]) => Promise<unknown>
  /** Aborted with the error after which nothing can be received or sent any more: LEASE_LOST, STORE_FAILED. */
  readonly lost: AbortController
  /** Under load receipts wait this long for company: a batch costs as much as a message. Milliseconds; 0: never. Default: 50. */
  readonly gatherMs?: number
  readonly log: (message: string, error: RexError) => void
}

/** A submission on its way. */
interface Flight {
  /** In the store. */
  readonly id: number
  readonly envelopeIds: readonly string[]
}

/** The outbox of a desk. */
export interface Outbox {
  /** Before something is promised: whether it can leave at all. @throws RexError LEASE_LOST, STORE_FAILED */
  check(): void
  /** Signs and seals a message. Nothing is kept yet. @throws as `check` */
  seal(draft: Draft, minimumSuite?: Suite): Promise<SealedMessage>
  /** Inside a commit: queues a sealed message. It is kept until the gateway confirms it, and its content keys not at all (REX-ENV-061). */
  enqueue(write: DeskWrites, sealed: SealedMessage): void
  /** New work was committed. */
  wake(): void
  /**
   * A pairing ends: what was not submitted to that organisation ends refused, and goes on to others, in one transaction with what
   * `also` writes.
   */
  unpaired(organisation: string, also: (write: DeskWrites) => void): Promise<void>
  /** A batch of receipts was refused with KEY_EXPIRED by the organisation it went to. */
  receiptsRefused(organisation: string, envelopeId: string): void
  /**
   * Resolves when everything is submitted and every receipt is sent.
   * @throws RexError CANCELLED by the signal, with what the gateway answered, if it did, as `cause`; and as `check`
   */
  drained(signal?: AbortSignal): Promise<void>
  /** What of sending needs a person. */
  problems(): DeskProblem[]
  close(): Promise<void>
}

/** Opens the outbox and starts to submit. */
export function openOutbox(options: OutboxOptions): Outbox {
  const { organisation, chain, store, peers, random, clock, lost, gatherMs = GATHER_RECEIPTS_MS } = options
  const { now } = clock
  const closed = new AbortController()
  const stop = AbortSignal.any([closed.signal, lost.signal])
  let bell = Promise.withResolvers<void>()
  const idle = new Set<() => void>()
  const settling = new Set<Promise<void>>()
  const postponed = createPostponed(clock, () => bell.resolve())
  const sentReceipts = createSentReceipts({
    store,
    peers,
    clock,
    stop,
    wake: () => bell.resolve(),
    log: options.log,
  })
  let gathering: Cancel | undefined

  const outbox: Outbox = {
    check: () => lost.signal.throwIfAborted(),
    seal: async ({ to, ...draft }, minimumSuite = 'REX-1') => {
      outbox.check()
      const recipients = to.map(({ organisation: id, lane, sections }) => ({
        organisation: id,
        lane,
        sections,
        keys: sealingKeys(peers.get(id), now()).keys,
      }))
      return seal(
        { ...draft, sender: organisation, chain, recipients },
        { signer: options.signer, random, minimumSuite },
      )
    },
    enqueue(write, sealed) {
      write.addOutgoing(encode(Submission, submissionOf(sealed)))
      if (sealed.manifest.type !== EventType.RECEIPT) addEnvelopes(write, sealed)
    },
    wake: () => bell.resolve(),
    receiptsRefused: sentReceipts.refused,
    async unpaired(recipient, also) {
      const waiting: { readonly id: number; readonly ended: readonly string[] }[] = []
      let page = store.read.outgoing(0, READ_AHEAD)
      for (; page.length > 0; page = store.read.outgoing(page.at(-1)?.id ?? 0, READ_AHEAD))
        for (const record of page) {
          const { ended } = splitAt(record, recipient)
          if (ended.length > 0) waiting.push({ id: record.id, ended })
        }
      const ended = waiting.flatMap((one) => one.ended)
      await options.refused(ended, notPaired(recipient), (write) => {
        also(write)
        for (const { id } of waiting) withdraw(write, id, recipient)
      })
      bell.resolve()
    },
    async drained(signal) {
      while (store.read.busy()) {
        const { promise, resolve, reject } = Promise.withResolvers<void>()
        const cancelled = () => reject(lost.signal.aborted ? lost.signal.reason : stillWaiting())
        const given = AbortSignal.any(signal === undefined ? [stop] : [stop, signal])
        idle.add(resolve)
        if (given.aborted) cancelled()
        given.addEventListener('abort', cancelled, { once: true })
        await promise.finally(() => idle.delete(resolve))
      }
    },
    problems: postponed.problems,
    async close() {
      closed.abort()
      postponed.close()
      bell.resolve()
      gathering?.()
      await running
      await Promise.all([...settling, sentReceipts.closed()])
    },
  }
  const running = run()
  return outbox

  function stillWaiting(): RexError {
    const cause = postponed.reason()
    return new RexError('CANCELLED', 'Something still waits to be sent.', {
      ...(cause !== undefined && { cause, hint: cause.hint }),
    })
  }

  async function run(): Promise<void> {
    let pause = RETRY.firstMs
    while (!stop.aborted) {
      try {
        await submitAll(() => (pause = RETRY.firstMs))
      } catch (error) {
        if (stop.aborted) return
        const failure = RexError.from(error)
        options.log('Submitting paused.', failure)
        if (await isLasting(failure, options.holds)) return lost.abort(failure)
        await wait(clock, pause, stop)
        pause = Math.min(pause * 2, RETRY.mostMs)
      }
    }
  }

  /** One submission stream: sends what waits, then what comes, until it breaks. */
  async function submitAll(alive: () => void): Promise<void> {
    const requests = createQueue<SubmitRequest>(WINDOW)
    const ended = new AbortController()
    const signal = AbortSignal.any([stop, ended.signal])
    const waiting = new Map<number, Flight>()
    const flying = new Set<number>()
    let sequence = 0
    let room = Promise.withResolvers<void>()
    requests.offer({ content: { $case: 'open', value: { fence: await options.fence() } } })
    const answers = options.link.mailbox.submit(requests, { signal })

    const answering = (async () => {
      for await (const answer of answers) {
        alive()
        const flight = waiting.get(answer.sequence)
        if (flight === undefined) continue
        waiting.delete(answer.sequence)
        room.resolve()
        const settled = settle(flight, answer.error && fromErrorDetail(answer.error))
          .then(() => void flying.delete(flight.id))
          .catch((cause: unknown) => requests.end(cause))
          .finally(() => settling.delete(settled))
        settling.add(settled)
      }
      throw new RexError('UNAVAILABLE', 'The gateway ended the submission stream.')
    })()
    answering.catch(() => {
      ended.abort()
      bell.resolve()
      room.resolve()
    })

    try {
      let last = 0
      while (!signal.aborted) {
        bell = Promise.withResolvers<void>()
        await flushReceipts()
        const again = postponed.due().flatMap((id) => store.read.outgoing(id - 1, 1))
        const fresh = store.read.outgoing(last, READ_AHEAD)
        last = fresh.at(-1)?.id ?? last
        const ready = [...again, ...fresh]
          .filter(({ id }) => !flying.has(id) && !postponed.waits(id))
          .map(({ id, submission }) => ({ id, message: Submission.decode(submission) }))
        for (const batch of batches(ready, sizesOf, TOGETHER)) {
          while (waiting.size > 0 && waiting.size + batch.length > WINDOW && !ended.signal.aborted) {
            room = Promise.withResolvers<void>()
            await room.promise
          }
          const submissions = batch.map(({ id, message }) => {
            sequence += 1
            const envelopeIds = envelopeIdsOf(message)
            flying.add(id)
            waiting.set(sequence, { id, envelopeIds })
            return { ...message, sequence, place: id }
          })
          await requests.push({ content: { $case: 'submissions', value: { submissions } } })
        }
        if (again.length + fresh.length === 0) await bell.promise
      }
    } finally {
      requests.end()
      ended.abort()
    }
    await answering
  }

  async function settle({ id, envelopeIds }: Flight, error: RexError | undefined): Promise<void> {
    if (error?.reason === 'CLOCK_SKEW') await options.notTaken(envelopeIds)
    if (store.read.outgoing(id - 1, 1)[0]?.id !== id) return postponed.forget(id)
    if (error?.reason === 'UNKNOWN_ORGANISATION' && (await goesOn(id, error))) return postpone(id, error)
    if (error?.retryable === true && error.reason !== 'UNKNOWN_ORGANISATION') return postpone(id, error)
    const confirm = (write: DeskWrites) => write.confirmOutgoing(id, envelopeIds)
    if (error !== undefined) await options.refused(envelopeIds, error, confirm)
    else
      await store.commit((write) => {
        confirm(write)
        write.confirmPlace(id)
      })
    postponed.forget(id)
    if (!store.read.busy()) for (const resolve of idle) resolve()
  }

  /** One recipient is not paired any more: whether the submission goes on to others. */
  async function goesOn(id: number, { metadata }: RexError): Promise<boolean> {
    const { organisation: recipient } = metadata
    const [record] = store.read.outgoing(id - 1, 1)
    if (record?.id !== id || recipient === undefined) return false
    const { ended, rest } = splitAt(record, recipient)
    if (rest.deliveries.length === 0 || ended.length === 0) return rest.deliveries.length > 0
    await options.refused(ended, notPaired(recipient), (write) => withdraw(write, id, recipient))
    return true
  }

  /** Inside a commit: what is left of a submission without a recipient, as it stands now. */
  function withdraw(write: DeskWrites, id: number, recipient: string): void {
    const [record] = store.read.outgoing(id - 1, 1)
    if (record?.id !== id) return
    const { rest } = splitAt(record, recipient)
    if (rest.deliveries.length === 0) write.confirmOutgoing(id, [])
    else write.replaceOutgoing(id, encode(Submission, rest))
  }

  function postpone(id: number, error: RexError): void {
    options.log('The gateway does not take a message yet.', error)
    postponed.add(id, error)
    options.postponed()
  }

  /** Sends the receipts that wait, a batch for each organisation (REX-RCP-010): a single one at once, many now and then. */
  async function flushReceipts(): Promise<void> {
    if (gathering !== undefined) return
    const waiting = store.read.receipts(LIMITS.receiptsPerBatch)
    if (waiting.length > 1 && gatherMs > 0) gather()
    for (const [recipient, receipts] of Map.groupBy(waiting, (entry) => entry.recipient)) {
      const ids = receipts.map(({ id }) => id)
      const contents = receipts.map(({ receipt }) => DeskReceiptCodec.decode(receipt))
      const sealed = await sealReceipts(recipient, contents)
      await store.commit((write) => {
        write.removeReceipts(ids)
        if (sealed !== undefined) outbox.enqueue(write, sealed)
      })
      if (sealed !== undefined) sentReceipts.remember(sealed, contents)
    }
    if (!store.read.busy()) for (const resolve of idle) resolve()
  }

  function gather(): void {
    gathering = clock.after(gatherMs, () => {
      gathering = undefined
      bell.resolve()
    })
  }

  /** A sealed batch; none for an organisation that is no longer paired. */
  async function sealReceipts(
    recipient: string,
    receipts: DeskReceipt[],
  ): Promise<SealedMessage | undefined> {
    const createdMs = now()
    const batch: Draft = {
      messageId: newMessageId(createdMs, random),
      threadId: NO_THREAD,
      counter: 0,
      heads: [],
      void: [],
      createdMs,
      expiresMs: createdMs + RECEIPT_LIFETIME,
      type: EventType.RECEIPT,
      event: { content: { $case: 'receipts', value: { receipts } } },
      confidential: false,
      sections: [],
      testTraffic: false,
      to: [{ organisation: recipient, lane: Lane.ROUTINE, sections: [] }],
    }
    try {
      return await outbox.seal(batch)
    } catch (error) {
      if (RexError.is(error, 'UNKNOWN_ORGANISATION')) return undefined
      throw error
    }
  }
}

/** The ids of a submission's envelopes to a recipient, hex, and the submission without them. */
function splitAt(
  { submission }: OutgoingRecord,
  recipient: string,
): { readonly ended: readonly string[]; readonly rest: Submission } {
  const whole = Submission.decode(submission)
  const isTo = ({ routing }: Submission['deliveries'][number]) =>
    Routing.decode(routing).recipient === recipient
  const rest = { ...whole, deliveries: whole.deliveries.filter((delivery) => !isTo(delivery)) }
  return { ended: envelopeIdsOf({ deliveries: whole.deliveries.filter(isTo) }), rest }
}

function notPaired(organisation: string): RexError {
  return new RexError('UNKNOWN_ORGANISATION', `${organisation} is not paired any more.`)
}

/** The ids of a submission's envelopes, hex. */
export function envelopeIdsOf({ deliveries }: Pick<Submission, 'deliveries'>): string[] {
  return deliveries.map(({ routing }) => toHex(Routing.decode(routing).envelopeId))
}

/** The archived form of an own message: what evidence needs. */
export function evidenceOf(sealed: SealedMessage): EvidenceMessage {
  return {
    manifest: sealed.signed,
    sections: [...sealed.sections],
    deliveries: sealed.deliveries.map(({ context, grant, commitmentSalt, organisation, lane, granted }) => ({
      context,
      grant: sealedDigest(grant),
      commitment: { salt: commitmentSalt, recipient: organisation, lane, sections: [...granted] },
      stored: undefined,
      receipts: [],
    })),
  }
}

/** The submission of a sealed message. */
export function submissionOf({
  sealedManifest,
  sealedSections,
  deliveries,
}: Pick<SealedMessage, 'sealedManifest' | 'sealedSections' | 'deliveries'>): Submission {
  const indexes = [...sealedSections.keys()].sort((a, b) => a - b)
  return {
    sequence: 0,
    manifest: sealedManifest.jwe,
    sections: indexes.map((index) => sealedSections.get(index)?.jwe as never),
    deliveries: deliveries.map(({ routing, grant, granted }) => ({
      routing,
      grant,
      sections: granted.map((index) => indexes.indexOf(index)),
    })),
  }
}

function sizesOf({ message: { deliveries, sections, manifest } }: { message: Submission }): number[] {
  const jwes = [manifest, ...sections, ...deliveries.map(({ grant }) => grant)]
  const bytes = jwes.reduce((sum, jwe) => sum + (jwe?.ciphertext.length ?? 0), 0)
  return [deliveries.length, sections.length, bytes]
}

function addEnvelopes(write: DeskWrites, { digest: message, deliveries }: SealedMessage): void {
  for (const { envelopeId, digest, organisation } of deliveries)
    write.addEnvelope({
      id: toHex(envelopeId),
      digest: toHex(digest),
      message: toHex(message),
      recipient: organisation,
      closed: '',
    })
}

/** Canonical bytes of a signed object, for keeping. */
export function signedBytes(signed: Jws): Uint8Array {
  return encode(Jws, signed)
}
