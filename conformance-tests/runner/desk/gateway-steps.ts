// Steps of the reference gateway: its misbehaviour, and events that affect it.
import { ErrorReason } from '@rex/proto/core/v1/error'
import { field } from '../../generate/bytes/wire.ts'
import { type Ending, type Reason, Refused } from '../../peer/mailbox/call.ts'
import type { SubmissionRefusal } from '../../peer/mailbox/mailbox.ts'
import type { Step } from '../../suite/scenario.ts'
import { organisationOf } from './match.ts'
import { Mismatch } from './mismatch.ts'
import type { Run, World } from './world.ts'

/** Reports that an envelope of the desk was refused, has expired or is delayed, or that a gateway has lost stored data. */
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

/** Returns the gateway's address under the name `localhost`. */
export function namedEndpoint([endpoint = '']: readonly string[]): string {
  return endpoint.replace('127.0.0.1', 'localhost')
}

export const GATEWAY_STEPS: Readonly<Record<string, Run>> = {
  outcome,
  'seen-more': ({ gateway }) => gateway.mailbox.seenMore(),
  forget: ({ gateway }) => gateway.mailbox.forget(),
  cut: ({ gateway }) => gateway.cut(),
  /** The gateway sends 40 MiB that the desk did not request. The desk must close the connection. */
  async flood({ gateway, patience }) {
    const late = new Promise<string>((resolve) => patience.addEventListener('abort', () => resolve('late')))
    if ((await Promise.race([gateway.flood(40 * 2 ** 20), late])) === 'late')
      throw new Mismatch('a closed connection (REX-DLV-109)', 'an open one', { isLate: true })
  },
  'end-streams': ({ gateway }, { reason = 'UNAVAILABLE' }) => gateway.mailbox.endStreams(reason as Reason),
  babble: ({ gateway }) => gateway.mailbox.babble(Uint8Array.of(0xff, 0xff, 0xff)),
  /** The next submissions are refused. */
  'refuse-next'({ gateway }, { reason, retryable = false, times = 1, metadata }) {
    const refusal = { reason, retryable, metadata } as SubmissionRefusal
    gateway.mailbox.script.refusals.push(...Array.from({ length: Number(times) }, () => refusal))
  },
  /** Submissions that are dated ahead are refused, as by a gateway whose clock is right. */
  punctual({ gateway }) {
    gateway.mailbox.script.punctual = true
  },
  /** Submissions are accepted but not answered. */
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
  /** From now on, every message of the mailbox has a field that no version defines. */
  newer({ gateway }) {
    gateway.mailbox.script.surplus = field([200, 'from the future'])
  },
  /**
   * Sets members of the answers to `GetGateway`. `next`: they contain the next authority; `switched`: the next authority is in use;
   * `endpoints`: `there` means the gateway's address under the name `localhost`.
   */
  own({ gateway }, { endpoints, next, switched }) {
    const there = namedEndpoint(gateway.directory.endpoints)
    const { certificate } = gateway.nextAuthority
    gateway.directory.changed = {
      ...(Array.isArray(endpoints) && {
        endpoints: endpoints.map((one) => (one === 'there' ? there : String(one))),
      }),
      ...(next === true && { nextCaCertificate: certificate }),
      ...(switched === true && { caCertificate: certificate }),
    }
  },
  /** Keeps the desk's published statement under a name. */
  'keep-statement'(world, { as }) {
    world.statements.set(String(as), world.gateway.directory.published ?? '')
  },
  /** The gateway presents a certificate from its next authority (or, with `next: false`, from the current one) and cuts all connections. */
  authority({ gateway }, { next = true }) {
    gateway.present(next === true ? gateway.nextAuthority : gateway.authority)
    gateway.cut()
  },
  notice({ gateway }, { subject, about = '', value = {} }) {
    const notice = { organisation: organisationOf(String(about)), subject: { $case: subject, value } }
    gateway.mailbox.put({ $case: 'notice', value: notice as never }, [])
  },
}
