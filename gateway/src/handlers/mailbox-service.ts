// rex.mailbox.v1.MailboxService: submits and receives the desk's mail. docs/spec/mailbox.md
import {
  DeliveryReport,
  Notice,
  type ReceiveResponse,
  Stored,
  type Submission,
  type SubmitRequest,
  type SubmitResponse,
} from '@rex/proto/mailbox/v1/mailbox'
import type { MailboxServiceDefinition } from '@rex/proto/mailbox/v1/mailbox_service'
import { ensure, giveBack, RexError } from '@rex/sdk/core'
import { type Implementation, Turns, toErrorDetail } from '@rex/sdk/transport'
import type { Mailbox } from '../mailbox/mailbox.ts'
import { checkTogether, type Submit } from '../relay/submit.ts'
import type { Item, ItemKind } from '../store/mailbox.ts'
import { credentialOf, ITEMS_PER_TURN, opening, paced } from './caller.ts'
import { concurrently } from './concurrently.ts'
import { createPlaces } from './place.ts'
import { readSettlements } from './settlements.ts'

/** Maximum number of unanswered submissions on a stream. */
const SUBMIT_WINDOW = 256
/** Overhead of a sealed part, in bytes. */
const HEADER_BYTES = 512

/** Dependencies of the service. */
interface MailboxServiceOptions {
  readonly mailbox: Mailbox
  readonly submit: Submit
}

export function mailboxService({
  mailbox,
  submit,
}: MailboxServiceOptions): Implementation<typeof MailboxServiceDefinition> {
  const places = createPlaces()
  const turns = new Turns({ perKey: ITEMS_PER_TURN })

  async function answerOf(submission: Submission, fence: number): Promise<SubmitResponse> {
    mailbox.sawDesk()
    const { sequence } = submission
    try {
      await submit(submission, fence)
      return { sequence, error: undefined }
    } catch (error) {
      if (RexError.is(error, 'LEASE_LOST')) throw error
      return { sequence, error: toErrorDetail(error) }
    }
  }

  return {
    async acquireLease(asking, context) {
      mailbox.sawDesk()
      return mailbox.leases.acquire({ ...asking, credential: credentialOf(context) })
    },

    async *submit(stream, context) {
      const requests = stream[Symbol.asyncIterator]()
      const { fence } = (await opening(requests, 'open')).value
      const lease = mailbox.leases.hold(fence)
      const place = places.take('')
      yield { sequence: 0, error: undefined }
      yield* concurrently<Submission, SubmitResponse>({
        requests: paced(requests, { itemsOf: inOrder(), ready: () => turns.take('') }),
        sizeOf: bytesOf,
        window: SUBMIT_WINDOW,
        draining: context.draining,
        signal: AbortSignal.any([lease, place, context.signal]),
        answer: (submission) => answerOf(submission, fence),
      })
    },

    async *receive(stream, context) {
      const requests = stream[Symbol.asyncIterator]()
      const { fence, window } = (await opening(requests, 'open')).value
      const failure = new AbortController()
      const fail = (error: unknown) => failure.abort(error)
      const signal = AbortSignal.any([context.signal, context.draining, failure.signal])
      const feed = await mailbox.open({ fence, window, signal })
      readSettlements(requests, (settle) => {
        mailbox.sawDesk()
        return feed.settle(settle)
      }).catch(fail)
      for await (const item of feed.items()) {
        yield toResponse(item)
        // Give back the buffer of this item. The item has been encoded by now, because the stream requests the next item only after that.
        if (item !== 'live') giveBack(item.content)
      }
      if (!context.draining.aborted) feed.signal.throwIfAborted()
    },
  }
}

/** Returns a reader for a stream's submissions, whose sequence numbers must be greater than 0 and ascend. @throws RexError MALFORMED, LIMIT_EXCEEDED (REX-MBX-020) */
function inOrder(): (request: SubmitRequest) => readonly Submission[] {
  let last = 0
  return (request) => {
    const submissions = submissionsOf(request)
    for (const { sequence } of submissions) {
      ensure(sequence > last, 'submissions.sequence')
      last = sequence
    }
    return submissions
  }
}

/**
 * Returns the submissions in a request after the opening. @throws RexError MALFORMED, LIMIT_EXCEEDED (REX-MBX-020,
 * REX-MBX-027)
 */
function submissionsOf({ content }: SubmitRequest): readonly Submission[] {
  const submissions = content?.$case === 'submissions' ? content.value.submissions : []
  if (submissions.length === 0) throw new RexError('MALFORMED', 'Only submissions may follow the opening.')
  if (submissions.length > 1) checkTogether(submissions)
  return submissions
}

/** Returns the approximate size of a submission in bytes. */
function bytesOf({ manifest, sections, deliveries }: Submission): number {
  const sealed = [manifest, ...sections, ...deliveries.map((delivery) => delivery.grant)]
  const sizes = sealed.map((jwe) =>
    jwe ? jwe.ciphertext.length + jwe.encryptedKey.length + HEADER_BYTES : 0,
  )
  return sizes.reduce((all, size) => all + size, 0)
}

function toResponse(item: Item | 'live'): ReceiveResponse {
  if (item === 'live') return { cursor: 0, redelivered: 0, content: { $case: 'live', value: {} } }
  const { cursor, redelivered, kind, content } = item
  return { cursor, redelivered, content: CONTENT[kind](content) }
}

const CONTENT: Readonly<Record<ItemKind, (bytes: Uint8Array) => ReceiveResponse['content']>> = {
  stored: (bytes) => ({ $case: 'stored', value: Stored.decode(bytes) }),
  report: (bytes) => ({ $case: 'report', value: DeliveryReport.decode(bytes) }),
  notice: (bytes) => ({ $case: 'notice', value: Notice.decode(bytes) }),
}
