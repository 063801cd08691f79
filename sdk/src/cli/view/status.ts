// How the desk is: what there is, and one sentence for each problem. docs/guide/rex-desk.md
import type { DeskHealth, ParkedItem, Peer, ThreadSummary } from '../../client/api.ts'
import { bad, bold, good, type Line } from '../output/lines.ts'
import { localTime } from '../output/time.ts'
import { counted, facts, shortId, type Viewer } from './words.ts'

const EXPIRY_NOTICE = 14 * 86_400_000

/** What a desk is judged by. */
export interface DeskState {
  readonly threads: readonly ThreadSummary[]
  readonly parked: readonly ParkedItem[]
  readonly peers: readonly Peer[]
  readonly health: DeskHealth
}

/** How the desk is. */
export interface Status {
  readonly organisation: string
  /** Referrals in which somebody owes a step. */
  readonly threads: number
  /** Threads where this organisation owes the next step. */
  readonly mine: number
  /** Items set aside for a person. */
  readonly parked: number
  readonly peers: number
  /** When the certificate ends with which the gateway lets the desk in; it renews itself. */
  readonly certificateExpiresMs: number
  /** Fingerprint of the key of that certificate: the operator's list of desks names this desk by it. */
  readonly credential: string
  /** Old encryption keys would be destroyed if another organisation confirmed the time. */
  readonly keysWait: boolean
  /** One sentence each. */
  readonly problems: readonly string[]
}

/** Judges threads, peers and the desk itself. */
export function readStatus({ threads, parked, peers, health }: DeskState, viewer: Viewer): Status {
  const mine = threads.filter(({ nextStep }) => nextStep?.who === viewer.organisation)
  return {
    organisation: viewer.organisation,
    threads: threads.length,
    mine: mine.length,
    parked: parked.length,
    peers: peers.length,
    certificateExpiresMs: health.certificateExpiresMs,
    credential: health.credential,
    keysWait: health.keysWait,
    problems: [
      ...health.problems.map(({ message }) => message),
      ...(peers.length === 0
        ? ['No organisation is paired, so nothing can be sent: see `rex-desk invite`.']
        : []),
      ...(parked.length === 0
        ? []
        : [`Set aside for a person: ${counted(parked.length, 'item')}. See \`rex-desk parked\`.`]),
      ...peers.flatMap((peer) => expiryProblem(peer, viewer)),
      ...threads.flatMap((thread) => threadProblem(thread, viewer)),
    ],
  }
}

const KEYS_WAIT: [string, string] = [
  'old keys',
  'kept until another organisation confirms the time; they go by themselves',
]

/** For people. */
export function statusLines(status: Status): Line[] {
  const { organisation, threads, mine, peers, certificateExpiresMs, credential, keysWait, problems } = status
  return [
    [bold(organisation)],
    ...facts([
      ['open referrals', `${threads}, of which ${mine} wait for you`],
      ['paired', counted(peers, 'organisation')],
      ['certificate', `until ${localTime(certificateExpiresMs)}, renews itself`],
      ['credential', credential.slice(0, 16)],
      ...(keysWait ? [KEYS_WAIT] : []),
    ]),
    ...(problems.length === 0 ? [[good('All is well.')]] : problems.map((problem) => [bad('! '), problem])),
  ]
}

function expiryProblem({ organisation, expiresMs }: Peer, { now }: Viewer): string[] {
  if (expiresMs - now >= EXPIRY_NOTICE) return []
  const verb = expiresMs <= now ? 'ended' : 'ends'
  return [`What is known of ${organisation} ${verb} on ${localTime(expiresMs)}: ask them for a new invite.`]
}

function threadProblem(thread: ThreadSummary, { organisation }: Viewer): string[] {
  const { id, counterpart, undelivered, unreceived, nextStep } = thread
  if (unreceived)
    return [`${shortId(id)} is urgent, and ${counterpart} has not received what you sent: call them.`]
  if (nextStep?.overdue !== true) return []
  if (undelivered !== undefined)
    return [
      `${shortId(id)} never arrived at ${counterpart} (${undelivered.outcome}): refer it elsewhere or send it again.`,
    ]
  return [
    `${shortId(id)} is overdue: ${nextStep.who === organisation ? 'you' : nextStep.who} should ${nextStep.what}.`,
  ]
}
