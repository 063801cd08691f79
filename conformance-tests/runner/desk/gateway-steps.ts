// Steps of the reference gateway: what it does wrong, and what happens to it.
import { ErrorReason } from '@rex/proto/core/v1/error'
import { field } from '../../generate/bytes/wire.ts'
import { type Ending, type Reason, Refused } from '../../peer/mailbox/call.ts'
import type { SubmissionRefusal } from '../../peer/mailbox/mailbox.ts'
import type { Step } from '../../suite/scenario.ts'
import { organisationOf } from './match.ts'
import type { Run, World } from './world.ts'

/** Reports the outcome of an envelope of the desk: refused, expired or delayed, or that a gateway lost its memory. */
function outcome(world: World, step: Step): void {
  const { of, is, reason = 'UNAVAILABLE', from } = step
  const named = of === undefined ? undefined : world.aliases.opened(of)
  const error = { reason: ErrorReason[reason as Reason], message: '', retryable: false, metadata: [] }
  const envelopeId = named?.routing.envelopeId ?? new Uint8Array()
  const recipient = named?.routing.recipient ?? organisationOf(String(from))
  const outcomes = {
    refused: { $case: 'refused', value: error },
    expired: { $case: 'expired', value: { lastError: undefined } },
    delayed: { $case: 'delayed', value: { lastError: undefined } },
    'memory-lost': { $case: 'memoryLost', value: {} },
  } as const
  const value = { envelopeId, recipient, outcome: outcomes[is as keyof typeof outcomes] }
  world.gateway.mailbox.put({ $case: 'report', value }, [Buffer.from(envelopeId).toString('hex')])
}

export const GATEWAY_STEPS: Readonly<Record<string, Run>> = {
  outcome,
  'seen-more': ({ gateway }) => gateway.mailbox.seenMore(),
  forget: ({ gateway }) => gateway.mailbox.forget(),
  cut: ({ gateway }) => gateway.cut(),
  'end-streams': ({ gateway }, { reason = 'UNAVAILABLE' }) => gateway.mailbox.endStreams(reason as Reason),
  babble: ({ gateway }) => gateway.mailbox.babble(Uint8Array.of(0xff, 0xff, 0xff)),
  /** The next submissions are refused. */
  'refuse-next'({ gateway }, { reason, retryable = false, times = 1, metadata }) {
    const refusal = { reason, retryable, metadata } as SubmissionRefusal
    gateway.mailbox.script.refusals.push(...Array.from({ length: Number(times) }, () => refusal))
  },
  /** Submissions are accepted without an answer. */
  silent({ gateway }, { is = true }) {
    gateway.mailbox.script.silent = is === true
  },
  /** Members of the answers to `AcquireLease`; times are milliseconds from now. */
  lease({ gateway }, { timeMs, agreedMs, trustedMs, ...members }) {
    const { do: _, ...rest } = members
    const at = (ms: unknown) => Date.now() + Number(ms)
    gateway.mailbox.script.lease = {
      ...rest,
      ...(timeMs !== undefined && { timeMs: at(timeMs) }),
      ...(agreedMs !== undefined && { agreedMs: at(agreedMs) }),
      ...(trustedMs !== undefined && { trustedMs: at(trustedMs) }),
    }
  },
  /** Another desk has taken the mailbox. */
  'lose-lease'({ gateway }, { credential = '0123456789abcdef' }) {
    const holder = { credential: String(credential), since: String(Date.now()) }
    gateway.mailbox.script.holder = holder
    gateway.mailbox.endStreams('LEASE_LOST', holder)
  },
  /** The next call of this name is refused. */
  'refuse-call'({ gateway }, { call, reason, metadata, ...ending }) {
    const refusal = new Refused(reason as Reason, metadata as Record<string, string>, ending as Ending)
    gateway.directory.refusals.set(String(call), refusal)
  },
  /** Every message of the mailbox has a field that no version knows. */
  newer({ gateway }) {
    gateway.mailbox.script.surplus = field([200, 'from the future'])
  },
  notice({ gateway }, { subject, about = '', value = {} }) {
    const notice = { organisation: organisationOf(String(about)), subject: { $case: subject, value } }
    gateway.mailbox.put({ $case: 'notice', value: notice as never }, [])
  },
}
