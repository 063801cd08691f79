// A dialled Deliver stream, on which envelopes go out and outcomes come back in any order. docs/spec/delivery.md, "Deliver stream"
import type { DeliverRequest, DeliverResponse, Hello, Outcome } from '@rex/proto/federation/v1/delivery'
import { DeliveryServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { RexError } from '@rex/sdk/core'
import { BATCH_BYTES, batches, createClient, createQueue, type openChannel } from '@rex/sdk/transport'
import type { Answer, PeerLink } from '../delivery/link.ts'
import { requireVersion } from '../delivery/version.ts'

/** Dependencies of a link. */
interface LinkOptions {
  /** A connected channel, which is closed together with the link. */
  readonly channel: ReturnType<typeof openChannel>
  readonly endpoint: string
  /** This gateway's greeting. */
  readonly hello: Hello
  /** Timeout for the other side's greeting. Milliseconds. */
  readonly greetMs: number
  /** Called when the other side has more urgent mail of this organisation than its remaining budget. */
  readonly urgentOverBudget: () => void
  /** Ends the link, with its reason. */
  readonly signal: AbortSignal
}

/** Opens the stream and greets. @throws RexError DEADLINE_EXCEEDED, UNSUPPORTED_VERSION, UNAUTHENTICATED and others */
export async function openLink(options: LinkOptions): Promise<PeerLink> {
  const { channel, endpoint, hello, greetMs } = options
  const closing = new AbortController()
  const requests = createQueue<DeliverRequest>(Number.POSITIVE_INFINITY)
  const responses = createClient(DeliveryServiceDefinition, channel)
    .deliver(requests, { signal: closing.signal })
    [Symbol.asyncIterator]()
  const ended = Promise.withResolvers<RexError>()
  const unanswered = new Map<number, PromiseWithResolvers<Answer>>()
  const ready: Uint8Array[] = []
  let sent = 0

  /** Sends the envelopes that were delivered in one turn of the event loop in one message. */
  function sendReady() {
    if (closing.signal.aborted) return
    for (const envelopes of batches(ready.splice(0), (envelope) => [envelope.length], [BATCH_BYTES]))
      requests.offer({ content: { $case: 'envelopes', value: { envelopes } } })
  }

  function end(error: RexError) {
    requests.end()
    closing.abort(error)
    // End the stream: the deadline timer of an abandoned stream would keep the process running for a day.
    void responses.return?.().catch(() => {})
    channel.close()
    for (const { reject } of unanswered.values()) reject(error)
    unanswered.clear()
    ended.resolve(error)
  }

  const endWithReason = () => end(RexError.from(options.signal.reason))
  options.signal.addEventListener('abort', endWithReason)
  void ended.promise.then(() => options.signal.removeEventListener('abort', endWithReason))
  if (options.signal.aborted) endWithReason()
  else requests.offer({ content: { $case: 'hello', value: hello } })
  const timer = setTimeout(
    () => end(new RexError('DEADLINE_EXCEEDED', 'The other side did not greet.')),
    greetMs,
  )
  try {
    const greeting = greetingOf(await Promise.race([responses.next(), ended.promise]))
    void readOutcomes(responses, { unanswered, urgentOverBudget: options.urgentOverBudget }).then(end)
    return {
      endpoint,
      window: greeting.window,
      maxEnvelopeBytes: greeting.maxEnvelopeBytes,
      incarnation: greeting.incarnation,
      timeMs: greeting.timeMs,
      ended: ended.promise,
      close: () => end(new RexError('CANCELLED', 'The link was closed.')),
      deliver(envelope) {
        if (closing.signal.aborted) return Promise.reject(closing.signal.reason)
        sent += 1
        const answer = Promise.withResolvers<Answer>()
        unanswered.set(sent, answer)
        if (ready.push(envelope) === 1) queueMicrotask(sendReady)
        return answer.promise
      },
    }
  } catch (error) {
    end(RexError.from(error))
    throw error
  } finally {
    clearTimeout(timer)
  }
}

function greetingOf(first: IteratorResult<DeliverResponse, unknown> | RexError): Hello {
  if (first instanceof RexError) throw first
  const content = first.done === true ? undefined : first.value.content
  if (content?.$case !== 'hello') throw new RexError('MALFORMED', 'The other side did not greet first.')
  requireVersion(content.value.versions)
  return content.value
}

/** Reads outcomes. Resolves with the cause when the stream has ended. */
async function readOutcomes(
  responses: AsyncIterator<DeliverResponse>,
  {
    unanswered,
    urgentOverBudget,
  }: {
    unanswered: Map<number, PromiseWithResolvers<Answer>>
    urgentOverBudget: () => void
  },
): Promise<RexError> {
  try {
    for (let next = await responses.next(); next.done !== true; next = await responses.next()) {
      const { content } = next.value
      if (content?.$case !== 'outcome') throw new RexError('MALFORMED', 'The other side sent no outcome.')
      const { sequence, result, urgentOverBudget: isOver } = content.value
      const answered = unanswered.get(sequence)
      if (answered === undefined) throw unasked()
      answered.resolve(answerOf(result))
      unanswered.delete(sequence)
      if (isOver) urgentOverBudget()
    }
    return new RexError('UNAVAILABLE', 'The other side has ended the stream.')
  } catch (error) {
    return RexError.from(error)
  }
}

/** Returns the error for an answer to an envelope that is not in flight, so that useless answers cannot keep this gateway busy (T-134). */
function unasked(): RexError {
  return new RexError('MALFORMED', 'The other side answered an envelope that is not in flight.')
}

function answerOf(result: Outcome['result']): Answer {
  if (result?.$case === 'stored') return { kind: 'stored', receipt: result.value }
  if (result?.$case === 'refused') return { kind: 'refused', error: result.value }
  throw new RexError('MALFORMED', 'The other side sent an empty outcome.')
}
