// Fake remote gateways whose answers a test controls. For tests.
import { LIMITS, parseEnvelope, RexError } from '@rex/sdk/core'
import { toErrorDetail } from '@rex/sdk/transport'
import type { Answer, Dial, PeerLink } from '../delivery/link.ts'

/** An envelope that has arrived at the other end and awaits its answer. */
export interface Unanswered {
  readonly bytes: Uint8Array
  readonly urgent: boolean
  answer(answer: Answer): void
}

/** The fake gateway at the other end of a link. */
export interface Remote {
  readonly dial: Dial
  /** Number of dial attempts. */
  dials(): number
  /** Unanswered envelopes. */
  readonly arrived: Unanswered[]
  /** Whether the gateway can be reached. */
  reachable: boolean
  /** Cuts the link. */
  cut(): void
}

/** Creates a remote gateway with this window and maximum envelope size. */
export function remote(window = 4, maxEnvelopeBytes: number = LIMITS.envelope): Remote {
  let dials = 0
  let link: (PeerLink & { end(error: RexError): void }) | undefined
  const self: Remote = {
    reachable: true,
    arrived: [],
    dials: () => dials,
    cut: () => link?.end(new RexError('UNAVAILABLE', 'The link was cut.')),
    async dial() {
      dials += 1
      if (!self.reachable) throw new RexError('UNAVAILABLE', 'The other side cannot be reached.')
      link = openRemoteLink(self.arrived, { window, maxEnvelopeBytes })
      return link
    },
  }
  return self
}

function openRemoteLink(arrived: Unanswered[], limits: { window: number; maxEnvelopeBytes: number }) {
  const ended = Promise.withResolvers<RexError>()
  const rejections = new Set<(error: RexError) => void>()
  const end = (error: RexError) => {
    arrived.length = 0
    for (const reject of rejections) reject(error)
    ended.resolve(error)
  }
  return {
    endpoint: 'gateway.example:7443',
    ...limits,
    incarnation: new Uint8Array(16),
    timeMs: 0,
    ended: ended.promise,
    end,
    close: () => end(new RexError('CANCELLED', 'The link was closed.')),
    deliver(bytes: Uint8Array) {
      const { promise, resolve, reject } = Promise.withResolvers<Answer>()
      rejections.add(reject)
      const urgent = parseEnvelope(bytes).routing.lane === 2
      arrived.push({
        bytes,
        urgent,
        answer(answer) {
          rejections.delete(reject)
          arrived.splice(
            arrived.findIndex((entry) => entry.bytes === bytes),
            1,
          )
          resolve(answer)
        },
      })
      return promise
    },
  }
}

/** Creates an answer that refuses an envelope. */
export function refusal(...error: ConstructorParameters<typeof RexError>): Answer {
  return { kind: 'refused', error: toErrorDetail(new RexError(...error)) }
}
