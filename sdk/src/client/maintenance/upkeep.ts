// Upkeep: what a desk does by itself, so that nothing stops because nobody did a periodic chore. docs/guide/desk.md, "Upkeep"
import type { GetGatewayResponse } from '@rex/proto/mailbox/v1/mailbox'
import { RexError } from '../../core/error.ts'
import { advance, epochAt, epochDecapsulator, oldestEpoch } from '../../core/identity/epoch.ts'
import type { Decapsulator } from '../../core/jose/suite.ts'
import { LIMITS } from '../../core/limits.ts'
import { parseCertificate } from '../../core/pki/certificate.ts'
import { certificateUri, checkChain } from '../../core/pki/chain.ts'
import { isRenewalDue, wasIssuedAhead } from '../../core/pki/issue.ts'
import { readPrivateKey } from '../../core/pki/key.ts'
import { createSigningRequest } from '../../core/pki/request.ts'
import { gravestFirst } from '../../core/problem.ts'
import type { Needs } from '../../core/referral/index.ts'
import type { ConnectOptions, DeskHealth } from '../api/api.ts'
import type { DeskProblem } from '../api/problems.ts'
import type { Cancel, Clock } from '../clock/clock.ts'
import type { DeskTime } from '../clock/time.ts'
import type { MailboxLink } from '../gateway/link.ts'
import type { Peers } from '../gateway/peers.ts'
import { ownStatement } from '../gateway/statement.ts'
import type { CurrentKeys } from '../keys/current.ts'
import type { Keys } from '../keys/keystore.ts'
import type { Alarms } from './alarms.ts'

const HOUR = 60 * 60_000
const DAY = 24 * HOUR
const EVERY_MS = HOUR
const RETRY_MS = 60_000
const PUBLISH_MS = DAY
const CERTIFICATE_WARNING_MS = 7 * DAY
/** Short, because a desk that closes waits for a renewal under way. */
const RENEWAL_CALL_MS = 10_000
const EXPIRY_FAILED = 'What expired or is overdue could not be noted.'
const DESTROYING_FAILED = 'Old encryption keys could not be destroyed.'

/** What upkeep stands on. */
export interface UpkeepOptions {
  readonly keys: Keys
  /** What the organisation needs of referrals, to be published. */
  readonly needs: Needs | undefined
  readonly link: MailboxLink
  readonly peers: Pick<Peers, 'refreshStale' | 'askTime'>
  /** Declares expired what nobody has answered in time. */
  readonly expire: () => Promise<void>
  readonly alarms: Pick<Alarms, 'raise'>
  /** Resolves while the lease of the mailbox is held. */
  readonly fence: () => Promise<number>
  /** Problems that others find: the one place where each adds its own. */
  readonly found: () => readonly DeskProblem[]
  /** What waits for a person or for another organisation. */
  readonly waiting: () => Promise<readonly DeskProblem[]>
  /** Resolves when the gateway was tried and that is done, or after a while. */
  readonly tried: (done: Promise<void>) => Promise<void>
  /** Keeps changed keys durably; resolves when those before are gone. */
  readonly keep: (current: CurrentKeys) => Promise<void>
  readonly clock: Clock
  readonly time: DeskTime
  readonly log: NonNullable<ConnectOptions['log']>
  readonly warn: (message: string, error: RexError) => void
}

/** The upkeep of a desk. */
export interface Upkeep {
  /** Opens grants with the epoch keys that exist. */
  decapsulator(): Decapsulator
  /** The own signed statement, published. */
  statement(): Promise<string>
  /** Publishes the statement at once, after the gateway lost its memory. */
  republish(): Promise<void>
  /** All that lay in the mailbox until now is taken in. */
  drained(): void
  /** How the desk is, after what was due when it opened has been tried. */
  health(): Promise<Omit<DeskHealth, 'referrals'>>
  /** Logs the problems that are new. */
  tellProblems(): void
  /** Ends it; resolves when no keys are being written any more. */
  close(): Promise<void>
}

/** Starts the upkeep of a desk: at once, then every hour; after a failure sooner. */
export async function startUpkeep(options: UpkeepOptions): Promise<Upkeep> {
  const { link, peers, clock, time, log, needs } = options
  const { now } = clock
  const stop = new AbortController()
  const { signal } = stop
  const openedMs = clock.steady()
  let keys = options.keys
  let opener = await openerAt(now())
  let published: Published | undefined
  /** When the mailbox was read up to then, by the steady clock. */
  let drainedMs: number | undefined
  let destroyedUnread = false
  let failures = 0
  let cancel: Cancel = () => {}
  const told = new Set<string>()
  const renewalTried = Promise.withResolvers<void>()
  const publishingTried = Promise.withResolvers<void>()
  let unpublished: RexError | undefined
  let work: Promise<unknown> = run()

  return {
    decapsulator: () => opener.decapsulator,
    async statement() {
      if (published !== undefined) return published.jwt
      await options.fence()
      return publish(await link.directory.getGateway({}))
    },
    async republish() {
      await publish(await link.directory.getGateway({}, { signal }))
    },
    drained() {
      drainedMs = clock.steady()
      void inTurn(() => attempt(forgetRestore, 'The new chain could not be noted.'))
      void inTurn(() => attempt(destroyOldKeys, DESTROYING_FAILED))
      void inTurn(() => attempt(conclude, EXPIRY_FAILED))
    },
    health: async () => {
      await renewalTried.promise
      await options.tried(publishingTried.promise)
      return health(await options.waiting())
    },
    tellProblems,
    async close() {
      stop.abort()
      cancel()
      await work
    },
  }

  /** Keys change one after the other. */
  function inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = work.then(step)
    work = turn.catch(() => {})
    return turn
  }

  async function run(): Promise<void> {
    const done = [
      await attempt(renewCertificate, 'The certificate could not be renewed.').finally(renewalTried.resolve),
      await attempt(openComingEpochs, 'Coming epochs could not be opened.'),
      await attempt(publishOwn, 'The statement could not be published.').finally(publishingTried.resolve),
      await attempt(() => peers.refreshStale(signal), 'The statement of an organisation is out of date.'),
      await attempt(destroyOldKeys, DESTROYING_FAILED),
      await attempt(expireUnanswered, EXPIRY_FAILED),
    ]
    tellProblems()
    failures = done.includes(false) ? failures + 1 : 0
    const pause = failures === 0 ? EVERY_MS : Math.min(RETRY_MS * 2 ** (failures - 1), EVERY_MS)
    if (!signal.aborted) cancel = clock.after(pause, () => inTurn(run))
  }

  /** Whether the step was done. What fails is told, stops no other step, and is tried again; a desk that closes fails only to call. */
  async function attempt(step: () => Promise<void>, failure: string): Promise<boolean> {
    try {
      await step()
      return true
    } catch (error) {
      if (!signal.aborted) options.warn(failure, RexError.from(error))
      return false
    }
  }

  async function replace(next: Keys): Promise<void> {
    await options.keep(next)
    keys = next
  }

  /** The threads were told before upkeep began, and the mailbox is taken over: the chain is one like any other. */
  async function forgetRestore(): Promise<void> {
    const { resumes, ...rest } = keys
    if (resumes !== undefined) await replace(rest)
  }

  /** REX-MBX-004. What the gateway answers is checked before the certificate in use is given up. */
  async function renewCertificate(): Promise<void> {
    const life = parseCertificate(keys.tls.certificate)
    const isDue = () => isRenewalDue(life, time.own())
    // Another clock than this one may know better, if it can be asked.
    if (isDue()) await options.fence().catch(() => {})
    const issuer = parseCertificate(keys.tls.authority)
    const wrong = time.confirmed() && wasIssuedAhead(life, { authority: issuer, now: time.now() })
    if (!isDue() && !wrong) return
    const { organisation } = keys
    const { authority, privateKey } = keys.tls
    const signingRequest = createSigningRequest({ privateKey, uri: certificateUri(organisation, 'desk') })
    const { certificate } = await link.renewal.renew(
      { signingRequest },
      { signal: AbortSignal.timeout(RENEWAL_CALL_MS) },
    )
    const leaf = checkChain({ leaf: certificate, authority, organisation, usage: 'desk', now: time.own() })
    if (!leaf.x509.checkPrivateKey(readPrivateKey(privateKey)))
      throw new RexError('CERTIFICATE_INVALID', 'The gateway certified another key.')
    if (leaf.notAfterMs < life.notAfterMs && !wrong)
      throw new RexError('CERTIFICATE_INVALID', 'The new certificate ends before the one in use.')
    await replace({ ...keys, tls: { authority, certificate, privateKey } })
    link.present(keys.tls)
    log({
      level: wrong ? 'warn' : 'info',
      message: wrong
        ? 'The certificate was made by a clock that was ahead; it is replaced.'
        : 'The certificate is renewed.',
      fields: { expires: isoDay(leaf.notAfterMs) },
    })
  }

  /** REX-RCP-014. Answers may lie in the mailbox: it is read first, if it can be. */
  async function expireUnanswered(): Promise<void> {
    if (drainedMs !== undefined || clock.steady() - openedMs >= LIMITS.skew) await conclude()
  }

  /** What has expired is late no more: it goes first. */
  async function conclude(): Promise<void> {
    await options.expire()
    await options.alarms.raise()
  }

  async function openComingEpochs(): Promise<void> {
    if (epochAt(now()) !== opener.epoch) opener = await openerAt(now())
  }

  /** A desk store from which the mailbox was taken over speaks for nobody: its keys must not follow those of the one that has it (REX-MBX-012). */
  async function publishOwn(): Promise<void> {
    try {
      await tryToPublish()
      unpublished = undefined
    } catch (error) {
      unpublished = RexError.from(error)
      throw error
    }
  }

  async function tryToPublish(): Promise<void> {
    const [gateway] = await Promise.all([link.directory.getGateway({}, { signal }), options.fence()])
    await publishIfDue(gateway)
  }

  /** REX-ID-011: every day, and as soon as the gateway has another address, authority or receipt key. */
  async function publishIfDue(gateway: GetGatewayResponse): Promise<void> {
    if (
      published === undefined ||
      clock.steady() - published.ms >= PUBLISH_MS ||
      published.of !== partOf(gateway)
    )
      await publish(gateway)
  }

  async function publish(gateway: GetGatewayResponse): Promise<string> {
    const jwt = await ownStatement({ keys, needs }, gateway, time.date())
    await link.directory.publish({ entityConfiguration: jwt }, { signal })
    published = { jwt, ms: clock.steady(), of: partOf(gateway) }
    return jwt
  }

  /** REX-ID-034. The keys are gone durably before they are gone here. */
  async function destroyOldKeys(): Promise<void> {
    if (keysWait()) await peers.askTime(signal)
    const oldest = oldestAt(time.now())
    if (oldest <= keys.epochs.epoch) return
    if (oldest > oldestEpoch({ now: 0, drainedMs: drainedAt(time.now()) })) destroyedUnread = true
    await replace({ ...keys, epochs: advance(keys.epochs, oldest) })
    opener = await openerAt(now())
    log({
      level: 'info',
      message: 'Old encryption keys are destroyed.',
      fields: { before: isoDay(oldest * LIMITS.epoch) },
    })
    tellProblems()
  }

  /** Whether keys would be destroyed if the own clocks were trusted. */
  function keysWait(): boolean {
    return oldestAt(time.own()) > Math.max(keys.epochs.epoch, oldestAt(time.now()))
  }

  function oldestAt(ms: number): number {
    return oldestEpoch({ now: ms, drainedMs: drainedAt(ms) })
  }

  /** When the mailbox was last read up to then, if it is `ms` now; 0: not since the desk was opened. */
  function drainedAt(ms: number): number {
    return drainedMs === undefined ? 0 : Math.max(ms - (clock.steady() - drainedMs), 0)
  }

  async function openerAt(ms: number): Promise<{ epoch: number; decapsulator: Decapsulator }> {
    const epoch = epochAt(ms)
    return { epoch, decapsulator: await epochDecapsulator(keys.epochs, epoch + LIMITS.epochsAhead + 1) }
  }

  function health(waiting: readonly DeskProblem[] = []): Omit<DeskHealth, 'referrals'> {
    const { notAfterMs, keyFingerprint: credential } = parseCertificate(keys.tls.certificate)
    const problems = [
      ...certificateProblems(notAfterMs, time),
      ...(destroyedUnread ? [KEYS_DESTROYED] : []),
      ...publishingProblems(unpublished),
      ...clockAndOthers(),
      ...waiting,
    ]
    return {
      certificateExpiresMs: notAfterMs,
      credential,
      keysSinceMs: keys.epochs.epoch * LIMITS.epoch,
      keysWait: keysWait(),
      problems: gravestFirst(problems),
    }
  }

  /** Which clock is wrong says more than that something waits because of it. */
  function clockAndOthers(): DeskProblem[] {
    const found = options.found()
    const [clock] = [...time.problems(), ...found.filter(({ code }) => code === 'clock')]
    return [...(clock === undefined ? [] : [clock]), ...found.filter(({ code }) => code !== 'clock')]
  }

  function tellProblems(): void {
    for (const { code, message } of health().problems) {
      if (told.has(message)) continue
      told.add(message)
      log({ level: 'error', message, fields: { problem: code } })
    }
  }
}

interface Published {
  readonly jwt: string
  /** When, by the steady clock. */
  readonly ms: number
  /** The gateway's part of it. */
  readonly of: string
}

const KEYS_DESTROYED: DeskProblem = {
  code: 'keys-destroyed',
  severity: 'warning',
  message:
    'The mailbox was not read for 180 days. Older messages must be sent again; their senders are told.',
}

/** That the gateway was not reached, or another desk has the mailbox, is told by itself. */
function publishingProblems(error: RexError | undefined): DeskProblem[] {
  if (
    error === undefined ||
    error.retryable ||
    error.reason === 'LEASE_LOST' ||
    error.reason === 'UNAUTHENTICATED'
  )
    return []
  const severity = error.reason === 'STATEMENT_INVALID' ? 'critical' : 'warning'
  const message = `The organisation's statement could not be published (${error.reason}): ${error.message} Partners go on with the one before.`
  return [{ code: 'statement-unpublished', severity, message }]
}

function certificateProblems(notAfterMs: number, time: DeskTime): DeskProblem[] {
  const now = time.own()
  if (now > notAfterMs && time.atLeast() <= notAfterMs && !time.confirmed())
    return [
      {
        code: 'certificate',
        severity: 'critical',
        message: `The certificate has ended, if it is ${isoDay(now)} today. Check the clock of this computer first; if it is right, enrol the desk again with \`rex-desk enrol\`.`,
      },
    ]
  if (now > notAfterMs)
    return [
      {
        code: 'certificate',
        severity: 'critical',
        message:
          'The certificate has ended: the gateway does not let this desk in. Enrol it again with `rex-desk enrol`.',
      },
    ]
  if (notAfterMs - now >= CERTIFICATE_WARNING_MS) return []
  const day = isoDay(notAfterMs)
  return [
    {
      code: 'certificate',
      severity: 'warning',
      message: `The certificate ends on ${day} and could not be renewed. See that the gateway runs and is reached.`,
    },
  ]
}

function partOf({ endpoints, caCertificate, receiptKey }: GetGatewayResponse): string {
  return JSON.stringify([endpoints, [...caCertificate], [...receiptKey]])
}

function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
