// Reports messages and threads that have waited too long, because a desk is healthy only if nothing needs a person. docs/guide/rex-desk.md, "Status"
import { LIMITS } from '../../core/limits.ts'
import type { GrowingLog } from '../../sqlite/log.ts'
import type { Peer, ThreadSummary } from '../api/desk.ts'
import type { DeskProblem } from '../api/problems.ts'
import { duration } from '../clock/time.ts'
import type { DeskReads, WaitingGroup } from '../store/store.ts'

const DAY = 24 * 60 * 60_000
/** How long a routine message may wait to be stored, and to be received. An urgent message may wait 15 minutes (REX-THR-052). */
const PATIENCE_MS = DAY
const EXPIRY_NOTICE_MS = 14 * DAY
const SPACE = { low: 256 * 1024 ** 2, full: 16 * 1024 ** 2 }
/** The maximum number of threads that are reported individually. */
export const NAMED = 100

/** The dependencies of `waitingProblems`. */
export interface WaitingOptions {
  readonly organisation: string
  readonly read: Pick<DeskReads, 'waiting' | 'heldThreads' | 'parked'>
  readonly peers: () => readonly Peer[]
  /** Returns overdue tracks and unreadable threads, at most `NAMED` + 1. */
  readonly overdue: () => Promise<ThreadSummary[]>
  /** Returns the free bytes on the desk's disk. Undefined if unknown. */
  readonly free: () => Promise<number | undefined>
  /** Returns the write-ahead log of the store if it keeps growing. */
  readonly log: () => GrowingLog | undefined
  readonly now: () => number
}

/** Returns problems that wait for a person or another organisation. The cost grows with the number of open threads. */
export async function waitingProblems(options: WaitingOptions): Promise<DeskProblem[]> {
  const { read, now } = options
  const peers = options.peers()
  return [
    ...arrivalProblems(read.waiting(), {
      now: now(),
      paired: new Set(peers.map((peer) => peer.organisation)),
    }),
    ...threadProblems(await options.overdue(), options.organisation),
    ...heldProblems(read.heldThreads()),
    ...parkedProblems(read.parked()),
    ...peerProblems(peers, now()),
    ...spaceProblems(await options.free()),
    ...logProblems(options.log()),
  ]
}

/** Reports messages of this desk that no desk has answered, by recipient. */
function arrivalProblems(
  groups: readonly WaitingGroup[],
  { now, paired }: { now: number; paired: ReadonlySet<string> },
): DeskProblem[] {
  return groups.flatMap((group): DeskProblem[] => {
    const { recipient, state, urgent, sinceMs } = group
    const waited = now - sinceMs
    const what = `${messages(group)} to ${recipient}`
    const organisation = recipient
    if (state === 'held')
      return [
        {
          code: 'held-there',
          organisation,
          severity: 'warning',
          message: `${what}: no effect until a person there decides. Call them.`,
        },
      ]
    if (!paired.has(recipient))
      return [
        {
          code: 'recipient-unpaired',
          organisation,
          severity: 'critical',
          message: `${what}: no answer can come, because the pairing has ended. Call them, or refer the case to another organisation.`,
        },
      ]
    if (waited < (urgent ? LIMITS.urgentAlarm : PATIENCE_MS)) return []
    const severity = urgent || state === 'sent' ? 'critical' : 'warning'
    if (urgent)
      return [
        {
          code: 'not-received',
          organisation,
          severity,
          message: `${what}: urgent, and not received after ${duration(waited)}. Call them.`,
        },
      ]
    if (state === 'sent')
      return [
        {
          code: 'not-arrived',
          organisation,
          severity,
          message: `${what}: not arrived yet after ${duration(waited)}. Call them, or refer the case to another organisation.`,
        },
      ]
    return [
      {
        code: 'not-received',
        organisation,
        severity,
        message: `${what}: stored at their gateway, but not received by their desk after ${duration(waited)}. Call them.`,
      },
    ]
  })
}

function messages({ count, thread }: WaitingGroup): string {
  return count === 1
    ? `A message in referral ${shortId(thread)}`
    : `${count} messages, the oldest in referral ${shortId(thread)},`
}

/** Returns a problem for each thread. If more than `NAMED` threads have a problem, one further problem covers the rest. */
function threadProblems(tracks: readonly ThreadSummary[], organisation: string): DeskProblem[] {
  const named = tracks.slice(0, NAMED).flatMap((track) => threadProblem(track, organisation))
  if (tracks.length <= NAMED) return named
  const message = `More than ${NAMED} referrals have a step that is overdue: see \`rex-desk inbox\`.`
  return [...named, { code: 'overdue', severity: 'warning', message }]
}

function threadProblem(track: ThreadSummary, organisation: string): DeskProblem[] {
  const { id, counterpart, undelivered, nextStep, state } = track
  const name = shortId(id)
  if (state === 'unreadable')
    return [
      {
        code: 'unreadable',
        severity: 'critical',
        message: `Referral ${name} cannot be read, because the desk store is damaged. Restore the desk from a backup.`,
      },
    ]
  if (nextStep?.overdue !== true || nextStep.what === 'await-arrival') return []
  if (undelivered !== undefined)
    return [
      {
        code: 'undelivered',
        severity: 'critical',
        message: `Referral ${name} never arrived at ${counterpart} (${undelivered.outcome}), so nobody is looking after the child. Refer the child to another organisation, or send the referral again.`,
      },
    ]
  const who = nextStep.who === organisation ? 'you' : nextStep.who
  return [
    {
      code: 'overdue',
      severity: 'warning',
      message: `Referral ${name}, overdue: ${who} should ${nextStep.what}.`,
    },
  ]
}

function heldProblems(threads: readonly string[]): DeskProblem[] {
  return threads.map((id) => ({
    code: 'held',
    severity: 'warning',
    message: `Referral ${shortId(id)} has a message with a code that this desk does not know. The message has no effect until a person decides: see \`rex-desk resolve --help\`.`,
  }))
}

function parkedProblems(count: number): DeskProblem[] {
  if (count === 0) return []
  const message = `${count === 1 ? '1 item waits' : `${count} items wait`} for a person, because a program could not handle ${count === 1 ? 'it' : 'them'}: see \`rex-desk parked\`.`
  return [{ code: 'set-aside', severity: 'warning', message }]
}

function peerProblems(peers: readonly Peer[], now: number): DeskProblem[] {
  if (peers.length === 0)
    return [
      {
        code: 'nobody-paired',
        severity: 'warning',
        message: 'No organisation is paired, so nothing can be sent: see `rex-desk invite`.',
      },
    ]
  return peers.flatMap(({ organisation, expiresMs }): DeskProblem[] => {
    if (expiresMs - now >= EXPIRY_NOTICE_MS) return []
    const day = new Date(expiresMs).toISOString().slice(0, 10)
    const message = `The keys that this desk knows of ${organisation} ${expiresMs <= now ? 'expired' : 'expire'} on ${day}: ask them for a new invite.`
    return [{ code: 'peer-statement', severity: 'warning', message, organisation }]
  })
}

function spaceProblems(free: number | undefined): DeskProblem[] {
  if (free === undefined || free >= SPACE.low) return []
  const message = `Only ${Math.floor(free / 1024 ** 2)} MiB are free on the disk of the desk. Free more: a full disk stops sending and receiving.`
  return [{ code: 'disk-low', severity: free < SPACE.full ? 'critical' : 'warning', message }]
}

/** Reports a write-ahead log that keeps growing (REX-DLV-072). */
function logProblems(log: GrowingLog | undefined): DeskProblem[] {
  if (log === undefined) return []
  const message = `The write-ahead log of the desk store has ${Math.floor(log.bytes / 1024 ** 2)} MiB: the disk does not accept the writes that would empty it. Check the disk and free some space, then open the desk again.`
  return [{ code: 'store-log', severity: log.severity, message }]
}

function shortId(id: string): string {
  return id.slice(0, 8)
}
