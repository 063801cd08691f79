// How the desk is: what there is, and one sentence for each problem. docs/guide/rex-desk.md
import type { DeskHealth, Peer, ThreadSummary } from '../../client/api/desk.ts'
import type { ParkedItem } from '../../client/api/items.ts'
import { bad, bold, good, type Line } from '../output/lines.ts'
import { localTime } from '../output/time.ts'
import { counted, facts } from './words.ts'

/** What a desk is judged by. */
export interface DeskState {
  readonly organisation: string
  /** Where this organisation owes the next step. */
  readonly mine: readonly ThreadSummary[]
  readonly parked: readonly ParkedItem[]
  readonly peers: readonly Peer[]
  readonly health: DeskHealth
}

/** How the desk is. */
export interface Status {
  readonly organisation: string
  readonly threads: number
  /** Tracks where this organisation owes the next step. */
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
  /** Those of the desk's health, and no others. */
  readonly problems: DeskHealth['problems']
}

/** Counts, and the problems as the desk tells them. */
export function readStatus({ organisation, mine, parked, peers, health }: DeskState): Status {
  const { referrals, certificateExpiresMs, credential, keysWait, problems } = health
  return {
    organisation,
    threads: referrals,
    mine: mine.length,
    parked: parked.length,
    peers: peers.length,
    certificateExpiresMs,
    credential,
    keysWait,
    problems,
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
    ...(problems.length === 0
      ? [[good('All is well.')]]
      : problems.map(({ severity, message }) => [bad(severity === 'critical' ? '!! ' : ' ! '), message])),
  ]
}
