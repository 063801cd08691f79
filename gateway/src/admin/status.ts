// Determines the status of the gateway. It describes each problem that needs attention in one sentence. docs/guide/gateway.md, "Status"
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { type EntityConfiguration, gravestFirst, LIMITS, toBase64url } from '@rex/sdk/core'
import type { Clock } from '../clock/clock.ts'
import type { GatewayTime } from '../clock/time.ts'
import { FILES } from '../config/config.ts'
import type { Damage } from '../store/damage.ts'
import type { Store } from '../store/store.ts'
import { type Directory, namesAuthority } from '../trust/directory.ts'
import type { GatewayKeys } from '../trust/keys.ts'
import type { GatewayProblem } from './problems.ts'
import { type Filling, logProblems, spaceProblems } from './space.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How long a condition may last before status reports it, in milliseconds. */
const PATIENCE = {
  desk: HOUR,
  peer: 10 * MINUTE,
  uninformed: HOUR,
  waiting: DAY,
  urgent: LIMITS.urgentAlarm,
} as const
const CERTIFICATE_WARNING = 14 * DAY
const STATEMENT_WARNING = 7 * DAY
const DAMAGE_REPORTED = 7 * DAY
const DISK_WARNING = 1024 ** 3
const DISK_CRITICAL = 128 * 1024 ** 2
const CLOCK_WARNING = MINUTE
const UNCONFIRMED_WARNING = 7 * DAY

/** The parts of a peer's state that are needed to find problems. */
export interface PeerState {
  readonly organisation: string
  readonly queued: number
  readonly connected: boolean
  readonly uninformed: boolean
  readonly waitingMs: number
  readonly unreachableMs: number
  readonly lastError?: { readonly message: string } | undefined
}

/** An organisation whose urgent mail exceeded a budget. */
export interface OverBudget {
  readonly organisation: string
  /**
   * Whether the gateway's own organisation sent the mail to `organisation`. If false, `organisation` sent it.
   */
  readonly sent: boolean
}

/** The components and figures from which the status is determined. */
export interface StatusOptions {
  readonly clock: Clock
  readonly startedMs: number
  readonly dataDir: string
  readonly store: Pick<Store, 'read' | 'full'>
  readonly directory: Pick<Directory, 'own' | 'peers'>
  readonly keys: Pick<GatewayKeys, 'expiresMs' | 'authority'> & {
    readonly receipts: Pick<GatewayKeys['receipts'], 'used'>
  }
  /** Addresses at which other gateways reach this gateway. */
  readonly endpoints: () => readonly string[]
  readonly deskSeenMs: () => number
  readonly peer: (organisation: string) => PeerState
  readonly time: Pick<GatewayTime, 'aheadMs' | 'peersAheadMs' | 'own' | 'atLeast' | 'passed' | 'agreed'>
  readonly urgentOverBudget: () => readonly OverBudget[]
  readonly filling: () => Filling
}

/** Finds problems, gravest first. */
export async function findProblems(options: StatusOptions): Promise<GatewayProblem[]> {
  const problems = [
    ...deskProblems(options),
    ...statementProblems(options),
    ...credentialProblems(options),
    ...ownClockProblems(options),
    ...options.directory.peers().flatMap(({ organisation }) => peerProblems(options, organisation)),
    ...options.urgentOverBudget().map(urgencyProblem),
    ...spaceProblems(options.filling()),
    ...certificateProblems(options),
    ...storeProblems(options),
    ...logProblems(join(options.dataDir, FILES.store)),
    ...(await diskProblems(options)),
  ]
  return gravestFirst(problems)
}

function deskProblems({ clock, startedMs, store, deskSeenMs }: StatusOptions): GatewayProblem[] {
  // Read the credential records too, because they contain calls from before this gateway started.
  const recorded = Math.max(0, ...store.read.desks.list().map(({ seenMs }) => seenMs))
  const since = deskSeenMs() || recorded || startedMs
  const absent = clock.now() - since
  if (absent < PATIENCE.desk) return []
  const waiting = store.read.mailbox.total().items
  const message = `No desk has connected for ${duration(absent)}. Waiting for the desk: ${count(waiting, 'item')}. Start the desk, or check that it can reach the gateway.`
  return [{ code: 'desk-absent', severity: waiting > 0 ? 'critical' : 'warning', message }]
}

function statementProblems(options: StatusOptions): GatewayProblem[] {
  const { clock, directory } = options
  const own = directory.own()
  if (own === undefined) {
    return [
      {
        code: 'nothing-published',
        severity: 'warning',
        message:
          'The desk has not published the keys and addresses of your organisation (its statement) yet. Open the desk: it publishes them automatically. If the organisation has no desk yet, make one with a token and `rex-desk init`.',
      },
    ]
  }
  return [...agreementProblems(own, options), ...endProblems(own.expiresMs - clock.now())]
}

/** Finds differences between this gateway and the statement that partners have. */
function agreementProblems(
  { party }: EntityConfiguration,
  { keys, endpoints }: Pick<StatusOptions, 'keys' | 'endpoints'>,
): GatewayProblem[] {
  const { gateway } = party
  const lead = "The organisation's statement"
  const tail = 'Open the desk: it publishes a new statement.'
  if (!namesAuthority(gateway, keys.authority().certificate))
    return [
      {
        code: 'statement-disagrees',
        severity: 'critical',
        message: `${lead} names another certification authority than this gateway has: no partner accepts its connections. ${tail} Partners then need a new invite.`,
      },
    ]
  if (!gateway.receiptKeys.some(({ jwk }) => jwk.x === toBase64url(keys.receipts.used())))
    return [
      {
        code: 'statement-disagrees',
        severity: 'critical',
        message: `${lead} names another receipt key than this gateway has: partners do not accept its receipts. ${tail}`,
      },
    ]
  const real = endpoints()
  if (gateway.endpoints.join() === real.join()) return []
  const message = `${lead} names other addresses (${gateway.endpoints.join(', ')}) than this gateway has (${real.join(', ')}). ${tail}`
  return [{ code: 'statement-disagrees', severity: 'warning', message }]
}

function endProblems(left: number): GatewayProblem[] {
  if (left > STATEMENT_WARNING) return []
  const message =
    left > 0
      ? `The organisation's statement expires in ${duration(left)}. Open the desk: it publishes a new statement.`
      : "The organisation's statement has expired, and partners refuse it. Open the desk: it publishes a new statement."
  return [{ code: 'statement-ends', severity: left > 0 ? 'warning' : 'critical', message }]
}

/** Finds problems of desk credentials (REX-MBX-101, REX-MBX-104). */
function credentialProblems({ clock, store }: StatusOptions): GatewayProblem[] {
  const now = clock.now()
  const problems: GatewayProblem[] = []
  const taken = store.read.lease.lastTakeOver()
  if (taken !== undefined && now - taken.takenMs < DAY) {
    const message = `The desk with credential ${taken.credential} took the mailbox from ${taken.from} ${duration(now - taken.takenMs)} ago. If nobody at your organisation did this, run \`rex-gateway desks revoke ${taken.credential}\`.`
    problems.push({ code: 'mailbox-taken', severity: 'warning', message })
  }
  for (const { credential, token, enrolledMs, revokedMs } of store.read.desks.list()) {
    if (token !== '' || revokedMs > 0 || now - enrolledMs >= DAY) continue
    const message = `A desk connected with credential ${credential.slice(0, 16)}, of which the store has no record. If it is not your desk, run \`rex-gateway desks revoke ${credential.slice(0, 16)}\`.`
    problems.push({ code: 'credential-unknown', severity: 'warning', message })
  }
  return problems
}

function peerProblems(
  { clock, startedMs, peer, time }: StatusOptions,
  organisation: string,
): GatewayProblem[] {
  const { queued, connected, uninformed, waitingMs, unreachableMs, lastError } = peer(organisation)
  const clockDifferenceMs = time.aheadMs(organisation) ?? 0
  const problems: GatewayProblem[] = []
  const away = connected || unreachableMs === 0 ? 0 : clock.now() - unreachableMs
  // After a restart, only the age of waiting mail shows how long a peer has been unreachable, because the store does not record since when that is
  // so.
  const tried = unreachableMs > 0 || clock.now() - startedMs > MINUTE
  const gone = connected || !tried ? 0 : Math.max(away, waitingMs)
  const why = lastError === undefined ? '' : ` Last failure: ${lastError.message}`
  if (uninformed && away > PATIENCE.uninformed) {
    const message = `${organisation} could not be told the current addresses of this gateway for ${duration(away)}, so its mail may not reach you.${why} Ask its operator, or exchange new invites.`
    problems.push({ code: 'peer-untold', severity: 'warning', message })
  }
  if (queued > 0 && gone > PATIENCE.peer) {
    const message = `The gateway of ${organisation} has been unreachable for ${duration(gone)}. Waiting for it: ${count(queued, 'envelope')}.${why} Ask its operator.`
    problems.push({ code: 'peer-unreachable', severity: 'critical', message })
  } else if (queued > 0 && waitingMs > PATIENCE.waiting) {
    const message = `The gateway of ${organisation} can be reached, but has not stored your mail for ${duration(waitingMs)}. Waiting for it: ${count(queued, 'envelope')}.${why} Ask its operator.`
    problems.push({ code: 'envelopes-wait', severity: 'critical', message })
  }
  if (Math.abs(clockDifferenceMs) > CLOCK_WARNING) {
    const ours =
      Math.abs(time.peersAheadMs() ?? 0) <= CLOCK_WARNING
        ? ' The clock of this computer agrees with the others: inform the operator of that gateway.'
        : ' Check both clocks.'
    const message = `The clock of the gateway of ${organisation} is ${ahead(clockDifferenceMs)} the clock of this computer.${ours}`
    problems.push({ code: 'clock-differs', severity: clockSeverity(clockDifferenceMs), message })
  }
  return problems
}

/** Reports a wrong clock of this gateway, by the median difference to other gateways' clocks, so that one wrong clock has no effect (REX-DLV-143). */
function ownClockProblems({ directory, time }: StatusOptions): GatewayProblem[] {
  const differences = directory.peers().flatMap(({ organisation }) => time.aheadMs(organisation) ?? [])
  const median = time.peersAheadMs()
  if (median === undefined) return unconfirmedProblems(directory, time)
  const against = differences.filter((ms) => Math.abs(ms - median) <= LIMITS.skew).length
  if (Math.abs(median) <= CLOCK_WARNING || against < 2) return unagreedProblems(directory, time)
  const message = `The clock of this computer is ${ahead(-median)} those of ${against} other organisations. Correct it.`
  return [{ code: 'clock-wrong', severity: clockSeverity(median), message }]
}

/** Reports a doubtful clock while no gateway has greeted since the start. Until a gateway greets, only the stored time is confirmed. */
function unconfirmedProblems(
  directory: StatusOptions['directory'],
  time: StatusOptions['time'],
): GatewayProblem[] {
  const [now, confirmed] = [time.own(), time.atLeast()]
  if (confirmed === 0 || directory.peers().length === 0) return []
  const [here, then] = [now, confirmed].map((ms) => new Date(ms).toISOString().slice(0, 10))
  if (confirmed > now + LIMITS.skew) {
    const message = `It is ${here} by the clock of this computer, but other organisations have already confirmed ${then}. Correct the clock.`
    return [{ code: 'clock-wrong', severity: 'critical', message }]
  }
  if (now - confirmed < UNCONFIRMED_WARNING) return []
  const message = `It is ${here} by the clock of this computer. No other organisation has confirmed a time after ${then}. Check the clock, and check that partners can be reached.`
  return [{ code: 'clock-unconfirmed', severity: 'warning', message }]
}

/** Reports that for more than a week, only one of several organisations has confirmed the time (REX-ID-071). */
function unagreedProblems(
  directory: StatusOptions['directory'],
  time: StatusOptions['time'],
): GatewayProblem[] {
  const [confirmed, agreed] = [time.passed(), time.agreed()]
  if (directory.peers().length < 2 || confirmed - agreed < UNCONFIRMED_WARNING) return []
  const day = new Date(confirmed).toISOString().slice(0, 10)
  const message = `Only one other organisation confirms that it is ${day}. Nothing irreversible happens until a second one does. Check the clock, check that partners can be reached, and unpair partners that no longer exist.`
  return [{ code: 'clock-unconfirmed', severity: 'warning', message }]
}

function clockSeverity(ms: number): GatewayProblem['severity'] {
  return Math.abs(ms) > LIMITS.skew ? 'critical' : 'warning'
}

/** Describes a clock difference, for example `3 days ahead of`. */
function ahead(ms: number): string {
  return `${duration(Math.abs(ms))} ${ms > 0 ? 'ahead of' : 'behind'}`
}

function urgencyProblem({ organisation, sent }: OverBudget): GatewayProblem {
  const message = sent
    ? `So much urgent mail of yours waits at ${organisation} that some of it waits like routine mail. Mark only urgent mail as urgent.`
    : `So much urgent mail of ${organisation} waits here that some of it waits like routine mail. Open the desk, so that it reads its mailbox; call the sender if this continues.`
  return { code: 'urgent-over-budget', severity: 'warning', message }
}

function certificateProblems({ clock, keys }: StatusOptions): GatewayProblem[] {
  const left = keys.expiresMs() - clock.now()
  if (left > CERTIFICATE_WARNING) return []
  const message = `The gateway's certificate expires in ${duration(Math.max(0, left))} and was not renewed. Restart the gateway and see its log.`
  return [{ code: 'certificate-ends', severity: left > DAY ? 'warning' : 'critical', message }]
}

const DAMAGES: Readonly<Record<Damage['kind'], string>> = {
  forgot: 'the gateway found that its store had lost written data, or was an older copy.',
  damaged: 'the gateway found its store damaged, set it aside, and began a new one.',
  row: 'the gateway found damaged rows in its store, and moved them to the table `quarantine`.',
}

function storeProblems({ clock, store }: StatusOptions): GatewayProblem[] {
  const damage = store.read.damage.last()
  if (damage === undefined || clock.now() - damage.foundMs >= DAMAGE_REPORTED) return []
  const day = new Date(damage.foundMs).toISOString().slice(0, 10)
  const message = `On ${day}, ${DAMAGES[damage.kind]} Your desk and partners send the lost mail again. Check the disk.`
  return [{ code: 'store-damaged', severity: 'warning', message }]
}

async function diskProblems({ dataDir: directory, store }: StatusOptions): Promise<GatewayProblem[]> {
  const { bavail, bsize } = await statfs(directory)
  const free = bavail * bsize
  if (store.full() && free > DISK_CRITICAL) {
    const message = `The disk of ${directory} is full, or the quota of the user that runs the gateway is used up. Free some space, or raise the quota; traffic resumes automatically.`
    return [{ code: 'disk-low', severity: 'critical', message }]
  }
  if (free > DISK_WARNING) return []
  const message = `Only ${Math.floor(free / 1024 ** 2)} MiB are free on the disk of ${directory}. Free more; a full disk stops all traffic.`
  return [{ code: 'disk-low', severity: free > DISK_CRITICAL ? 'warning' : 'critical', message }]
}

/** Formats a duration, for example `3 days` or `20 minutes`. */
export function duration(ms: number): string {
  if (ms >= 2 * DAY) return `${Math.floor(ms / DAY)} days`
  if (ms >= 2 * HOUR) return `${Math.floor(ms / HOUR)} hours`
  if (ms >= 2 * MINUTE) return `${Math.floor(ms / MINUTE)} minutes`
  return count(Math.floor(ms / 1000), 'second')
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
