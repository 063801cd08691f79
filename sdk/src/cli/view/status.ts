// The state of the desk: its contents, and one sentence for each problem. docs/guide/rex-desk.md

import type { DeskHealth, Peer, ThreadSummary } from '../../client/api/desk.ts'
import type { ParkedItem } from '../../client/api/items.ts'
import { DESK_PROBLEMS } from '../../client/api/problems.ts'
import { isTranslated, later, t } from '../language/language.ts'
import { bad, block, bold, good, type Line } from '../output/lines.ts'
import { localTime } from '../output/time.ts'
import { counted, facts } from './words.ts'

/** The facts from which the status is computed. */
interface DeskState {
  readonly organisation: string
  /** Tracks in which this organisation has to take the next step. */
  readonly mine: readonly ThreadSummary[]
  readonly parked: readonly ParkedItem[]
  readonly peers: readonly Peer[]
  readonly health: DeskHealth
}

/** The status of the desk. */
export interface Status {
  readonly organisation: string
  readonly threads: number
  /** Number of tracks in which this organisation has to take the next step. */
  readonly mine: number
  /** Items set aside for a person. */
  readonly parked: number
  readonly peers: number
  /** When the desk's certificate for its gateway expires. The desk renews it automatically. */
  readonly certificateExpiresMs: number
  /** Fingerprint of the key in the desk's certificate. It identifies this desk in the operator's list of desks. */
  readonly credential: string
  /** Address of the desk's gateway that is currently used, `host:port`. */
  readonly gateway: string
  /** Whether old encryption keys are kept until other organisations have confirmed the time. */
  readonly keysWait: boolean
  /** The problems of the desk's health. */
  readonly problems: DeskHealth['problems']
}

/** Returns the status of a desk: counts, and the problems that the desk reports. */
export function readStatus({ organisation, mine, parked, peers, health }: DeskState): Status {
  const { referrals, certificateExpiresMs, credential, gateway, keysWait, problems } = health
  return {
    organisation,
    threads: referrals,
    mine: mine.length,
    parked: parked.length,
    peers: peers.length,
    certificateExpiresMs,
    credential,
    gateway,
    keysWait,
    problems,
  }
}

/** Shows the status to people. */
export function statusLines(status: Status): Line[] {
  const { organisation, threads, mine, peers, certificateExpiresMs, credential, gateway } = status
  const { keysWait, problems } = status
  return [
    [bold(organisation)],
    ...facts([
      ['open referrals', t`${threads}, of which ${mine} wait for you`],
      ['paired', counted(peers, later`{0} organisation`, later`{0} organisations`)],
      ['certificate', t`until ${localTime(certificateExpiresMs)}, renewed automatically`],
      ['credential', credential.slice(0, 16)],
      ['gateway', gateway],
      ...(keysWait
        ? [
            [
              'old keys',
              t`kept until other organisations have confirmed the time, then destroyed automatically`,
            ] as const,
          ]
        : []),
    ]),
    ...(problems.length === 0 ? [[good(t`All is well.`)]] : problems.flatMap(problemLines)),
  ]
}

/**
 * Describes a problem. In a language other than English, the meaning of the code and the remedy come first; the message with its values
 * follows in English.
 */
function problemLines({ code, severity, message }: DeskHealth['problems'][number]): Line[] {
  const mark = bad(severity === 'critical' ? '!! ' : ' ! ')
  const { when, action } = DESK_PROBLEMS[code]
  if (!isTranslated(when)) return [[mark, message]]
  return [
    [mark, t(when)],
    ...block(t(action), { indent: 3 }),
    ...block(t`In English: ${message}`, { indent: 3 }),
  ]
}
