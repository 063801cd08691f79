// Sends envelopes from a desk, and counts how often each is reported. For tests.
import { parseEnvelope, parseRouting, toHex } from '@rex/sdk/core'
import type { TestDesk } from './desk.ts'
import { testSubmission } from './envelope.ts'

/** Envelopes that a desk has sent, and how often each, by its id in hex, was reported as stored or received. */
interface Traffic {
  readonly sent: ReadonlySet<string>
  readonly stored: ReadonlyMap<string, number>
  readonly received: ReadonlyMap<string, number>
  /** Submits an envelope with a manifest of `size` bytes, and returns its id. @throws Error if the gateway refuses it */
  send(options?: { readonly urgent?: boolean; readonly size?: number }): Promise<string>
}

/** Opens both streams of a desk. Any outcome except `stored` is an unhandled rejection. */
export async function openTraffic(desk: TestDesk, sender: string, recipient: string): Promise<Traffic> {
  const fence = await desk.lease()
  const [outbox, inbox] = [await desk.submit(fence), desk.receive(fence, 256)]
  const [stored, received, sent] = [new Map<string, number>(), new Map<string, number>(), new Set<string>()]
  const count = (map: Map<string, number>, id: Uint8Array) =>
    map.set(toHex(id), (map.get(toHex(id)) ?? 0) + 1)
  const read = async () => {
    for (;;) {
      const { content, cursor } = await inbox.next()
      if (content?.$case === 'report' && content.value.outcome?.$case === 'stored')
        count(stored, content.value.envelopeId)
      else if (content?.$case === 'report') throw new Error(`${content.value.outcome?.$case} after all`)
      if (content?.$case === 'stored')
        count(received, parseEnvelope(content.value.envelope).routing.envelopeId)
      if (cursor > 0) inbox.settle([cursor])
    }
  }
  read().catch((error: Error) => {
    if (error.message.endsWith('after all')) throw error
  })
  return {
    stored,
    received,
    sent,
    async send(options = {}) {
      const submission = testSubmission({ sender, recipient, ...options })
      const { error } = await outbox.send(submission)
      if (error !== undefined) throw new Error(`not taken: ${error.reason}`)
      const [delivery] = submission.deliveries
      const id = toHex(parseRouting(delivery?.routing ?? new Uint8Array()).envelopeId)
      sent.add(id)
      return id
    },
  }
}
