// rex.federation.v1.DeliveryService: envelopes from other gateways. docs/spec/delivery.md, "Deliver stream"
import type { DeliverRequest, DeliverResponse, Hello, Outcome } from '@rex/proto/federation/v1/delivery'
import type { DeliveryServiceDefinition } from '@rex/proto/federation/v1/delivery_service'
import { giveBack, RexError } from '@rex/sdk/core'
import { type Implementation, Turns, toErrorDetail } from '@rex/sdk/transport'
import type { Pace } from '../admission/pace.ts'
import { requireVersion } from '../delivery/version.ts'
import type { Accept } from '../relay/accept.ts'
import { callerOf, ITEMS_PER_TURN, opening, paced } from './caller.ts'
import { concurrently } from './concurrently.ts'
import { createPlaces } from './place.ts'

/** Dependencies of the service. */
interface DeliveryServiceOptions {
  readonly accept: Accept
  readonly pace: Pace
  /** This gateway's current greeting. */
  readonly hello: () => Hello
  /** Called when the caller has contacted this gateway. */
  readonly alive: (organisation: string) => void
  /** Called when the caller has greeted. */
  readonly greeted: (organisation: string, greeting: Pick<Hello, 'incarnation' | 'timeMs'>) => Promise<void>
  /** Returns whether the caller has more urgent mail waiting than its remaining budget. */
  readonly urgentOverBudget: (organisation: string) => boolean
  /** Called for each refusal, with its reason. */
  readonly onRefusal: (peer: string, error: RexError) => void
}

interface Received {
  readonly envelope: Uint8Array
  /** Whether the message in which the envelope arrived contained no other envelope. */
  readonly isAlone: boolean
}

export function deliveryService(
  options: DeliveryServiceOptions,
): Implementation<typeof DeliveryServiceDefinition> {
  const { accept, pace, alive, greeted, onRefusal } = options
  const places = createPlaces()
  const turns = new Turns({ perKey: ITEMS_PER_TURN })

  /** Waits until the caller may continue. Each caller gets a limited part of a turn of the event loop, so a busy caller delays no other (T-130). */
  function ready(peer: string): Promise<void> | undefined {
    return pace.ready(peer)?.then(() => turns.take(peer)) ?? turns.take(peer)
  }

  async function outcomeOf(peer: string, envelope: Uint8Array): Promise<Outcome['result']> {
    try {
      return { $case: 'stored', value: await accept(peer, envelope) }
    } catch (error) {
      const refusal = RexError.from(error)
      pace.refused(peer, refusal)
      onRefusal(peer, refusal)
      return { $case: 'refused', value: toErrorDetail(refusal) }
    }
  }

  return {
    async *deliver(stream, context) {
      const peer = callerOf(context)
      const requests = stream[Symbol.asyncIterator]()
      const greeting = (await opening(requests, 'hello')).value
      requireVersion(greeting.versions)
      alive(peer)
      await greeted(peer, greeting)
      const place = places.take(peer)
      const hello = options.hello()
      yield { content: { $case: 'hello', value: hello } }
      let received = 0
      yield* concurrently<Received, DeliverResponse>({
        requests: paced(requests, { itemsOf: envelopesOf, ready: () => ready(peer) }),
        sizeOf: ({ envelope }) => envelope.length,
        window: hello.window,
        draining: context.draining,
        signal: AbortSignal.any([place, context.signal]),
        async answer({ envelope, isAlone }) {
          received += 1
          const sequence = received
          const result = await outcomeOf(peer, envelope)
          if (isAlone) giveBack(envelope)
          const urgentOverBudget = options.urgentOverBudget(peer)
          return { content: { $case: 'outcome', value: { sequence, result, urgentOverBudget } } }
        },
      })
    },
  }
}

/** Returns the envelopes in a request after the greeting. @throws RexError MALFORMED (REX-DLV-016) */
function envelopesOf({ content }: DeliverRequest): readonly Received[] {
  const envelopes = content?.$case === 'envelopes' ? content.value.envelopes : []
  if (envelopes.length === 0) throw new RexError('MALFORMED', 'Only envelopes may follow the greeting.')
  return envelopes.map((envelope) => ({ envelope, isAlone: envelopes.length === 1 }))
}
