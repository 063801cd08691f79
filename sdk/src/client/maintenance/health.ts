// Collects the problems of a desk, and logs each once. docs/guide/rex-desk.md, "Status"

import { LIMITS } from '../../core/limits.ts'
import { gravestFirst } from '../../core/problem.ts'
import type { ConnectOptions, DeskHealth } from '../api/desk.ts'
import type { DeskProblem } from '../api/problems.ts'
import type { DeskTime } from '../clock/time.ts'
import type { MailboxLink } from '../gateway/link.ts'
import type { Keyring } from '../keys/replacing/keyring.ts'
import { certificateProblems } from './certificate.ts'
import type { EpochKeys } from './epochs.ts'

/** The dependencies of `Health`. */
export interface HealthOptions {
  readonly keyring: Keyring
  readonly epochs: EpochKeys
  readonly link: Pick<MailboxLink, 'address'>
  readonly time: DeskTime
  /** The parts of the desk that report problems. */
  readonly sources: () => readonly { problems(): readonly DeskProblem[] }[]
  readonly log: NonNullable<ConnectOptions['log']>
}

/** The health of a desk, as far as it is known without reading threads. */
export class Health {
  readonly #options: HealthOptions
  readonly #reported = new Set<string>()

  constructor(options: HealthOptions) {
    this.#options = options
  }

  /** Reports certificate, keys and problems. `waiting` adds problems of messages that wait for a person or another organisation. */
  report(waiting: readonly DeskProblem[] = []): Omit<DeskHealth, 'referrals'> {
    const { keyring, epochs, time } = this.#options
    const { certificate } = keyring
    const problems = [
      ...certificateProblems(certificate, time),
      ...epochs.problems(),
      ...this.#found(),
      ...waiting,
    ]
    return {
      timeMs: time.date(),
      certificateExpiresMs: certificate.notAfterMs,
      credential: certificate.keyFingerprint,
      gateway: this.#options.link.address,
      keysSinceMs: keyring.keys.epochs.epoch * LIMITS.epoch,
      keysWait: epochs.wait(),
      problems: gravestFirst(problems),
    }
  }

  /** Logs the problems that are not logged yet. */
  readonly logNew = (): void => {
    for (const { code, message } of this.report().problems) {
      if (this.#reported.has(message)) continue
      this.#reported.add(message)
      this.#options.log({ level: 'error', message, fields: { problem: code } })
    }
  }

  /** Lists the problems, with at most one problem about clocks, because a single wrong clock can cause several problems. */
  #found(): DeskProblem[] {
    const found = [
      ...this.#options.time.problems(),
      ...this.#options.sources().flatMap((one) => one.problems()),
    ]
    const clock = found.find(({ code }) => code === 'clock')
    const others = found.filter(({ code }) => code !== 'clock')
    return clock === undefined ? others : [clock, ...others]
  }
}
