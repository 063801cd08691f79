// Delivers the envelopes of a gateway in memory, each until it has an outcome. docs/spec/delivery.md, "Outcomes"
import { Lane } from '@rex/proto/core/v1/envelope'
import type { ErrorDetail } from '@rex/proto/core/v1/error'
import type { DeliveryReport } from '@rex/proto/mailbox/v1/mailbox'
import type { Clock } from '../../client/clock/clock.ts'
import { parseEnvelope } from '../../core/envelope/parse.ts'
import { RexError } from '../../core/error.ts'
import { LIMITS } from '../../core/limits.ts'
import { toErrorDetail } from '../../transport/messages/status.ts'
import type { Activity } from '../time/activity.ts'
import { elapsed, type Wire } from './wire.ts'

/** Dependencies of delivery. */
export interface DeliveryOptions {
  readonly clock: Clock
  readonly activity: Activity
  readonly wire: Wire
  /** Reports the outcome of an envelope to the desk. */
  readonly report: (report: DeliveryReport) => void
}

type Outcome = NonNullable<DeliveryReport['outcome']>

/** Delivers envelopes. Retries each until it is stored, permanently refused or expired. */
export function createDelivery({
  clock,
  activity,
  wire,
  report,
}: DeliveryOptions): (envelope: Uint8Array) => void {
  return function deliver(envelope) {
    const { envelopeId, sender, recipient, lane, createdMs, expiresMs } = parseEnvelope(envelope).routing
    const urgent = lane === Lane.URGENT
    let lastError: ErrorDetail | undefined
    let isEarly = false
    let ended = false

    const tell = (outcome: Outcome): void => report({ envelopeId, recipient, outcome })
    const end = (outcome: Outcome): void => {
      if (ended) return
      ended = true
      for (const cancel of timers) cancel()
      tell(outcome)
    }
    const timers = [
      clock.after(expiresMs + LIMITS.skew - clock.now(), () =>
        end({ $case: 'expired', value: { lastError } }),
      ),
      ...(urgent
        ? [clock.after(LIMITS.urgentAlarm, () => tell({ $case: 'delayed', value: { lastError } }))]
        : []),
    ]
    void activity.track(attempt())

    async function attempt(): Promise<void> {
      for (let pauseMs: number = LIMITS.retryMin; !ended; pauseMs = Math.min(pauseMs * 2, LIMITS.retryMax)) {
        try {
          const receipt = await wire.carry(envelope, { from: sender, to: recipient })
          return end({ $case: 'stored', value: receipt })
        } catch (error) {
          lastError = toErrorDetail(error)
          isEarly = RexError.is(error, 'CLOCK_SKEW') && createdMs > clock.now() + LIMITS.skew
        }
        // An envelope that is dated ahead is returned to its desk (REX-DLV-144).
        if (!lastError.retryable || isEarly) return end({ $case: 'refused', value: lastError })
        await activity.rest(elapsed(clock, pauseMs))
      }
    }
  }
}
