// Tracks whether the desk's gateway answers. Only the latest result counts. docs/guide/rex-desk.md, "Status"
import type { RexError } from '../../core/error.ts'
import { isEndedCertificate, isWrongCertificate } from '../../transport/messages/status.ts'
import { refusalIn } from '../../transport/network/refusal.ts'
import type { DeskProblem } from '../api/problems.ts'

/** How long `tried` waits for the gateway before silence counts as a problem. */
const PATIENCE_MS = 10_000
/** Errors that mean that the gateway cannot be reached. Any other error is a refusal. */
const AWAY: ReadonlySet<string> = new Set(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'CANCELLED', 'OVERLOADED'])

/** The contact with the desk's gateway. */
export interface Contact {
  answered(): void
  failed(error: RexError): void
  /** Calls `listener` after each result that may have changed the problems. */
  onChange(listener: () => void): void
  /**
   * Resolves once `done` has resolved and the gateway has answered, has refused the desk or was found unreachable. Resolves
   * after 10 s in any case.
   */
  tried(done: Promise<void>): Promise<void>
  /**
   * Returns the problems of the contact. `waits`: whether a message has not left this desk or its gateway. `unmet`: whether the
   * desk signs nothing because the gateway has not answered since the desk was opened.
   */
  problems(waits: boolean, unmet?: boolean): DeskProblem[]
}

/** Creates the contact, without any result yet. */
export function createContact(): Contact {
  const first = Promise.withResolvers<void>()
  let failure: RexError | undefined
  let spoken = false
  /** Whether `tried` has ended before the first result. */
  let silent = false
  let changed = () => {}

  const heard = (error?: RexError): void => {
    if (error !== undefined || failure !== undefined) changed()
    spoken = true
    silent = false
    failure = error
    first.resolve()
  }

  return {
    answered: () => heard(),
    // A lost lease is reported as a problem of the mailbox, so here the gateway counts as answering.
    failed: (error) => heard(error.reason === 'LEASE_LOST' ? undefined : error),
    onChange(listener) {
      changed = listener
    },
    async tried(done) {
      let timer: NodeJS.Timeout | undefined
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, PATIENCE_MS)
      })
      await Promise.race([Promise.all([first.promise, done]), patience])
      clearTimeout(timer)
      silent = !spoken
    },
    problems(waits, unmet = false) {
      // Before the first result, it is unknown whether the gateway is away or refuses the desk.
      if (failure === undefined && !silent) return []
      const severity = waits ? 'critical' : 'warning'
      const before = unmet
        ? ' Until the gateway has answered, this desk signs and sends nothing, because its store may be an older copy.'
        : ''
      const tail = `${waits ? ' Your messages wait.' : ' Nothing is received in the meantime.'}${before}`
      if (failure !== undefined && refusalIn(failure) === 'revoked') {
        const message = `${failure.message} It neither sends nor receives.${waits ? ' Your messages wait.' : ''} ${failure.hint}`
        return [{ code: 'desk-revoked', severity: 'critical', message }]
      }
      if (failure !== undefined && isWrongCertificate(failure)) {
        const message = `The gateway at the address of your gateway has other keys: yours was set up again, the address belongs to another organisation now, or somebody intercepts the connection. Ask the operator of your gateway. If it was set up again, run \`rex-desk enrol\` with a token.${tail}`
        return [{ code: 'gateway-other-keys', severity: 'critical', message }]
      }
      if (failure !== undefined && isEndedCertificate(failure)) {
        const message = `By the clock of this computer, the certificate of your gateway has expired or is not valid yet. Check that clock first. If it is right, ask the operator of your gateway to restart it, which renews its certificate.${tail}`
        return [{ code: 'gateway-unreachable', severity, message }]
      }
      if (failure !== undefined && refusalIn(failure) === 'certificate')
        return [{ code: 'gateway-refuses', severity, message: `${failure.message} ${failure.hint}${tail}` }]
      if (failure === undefined || AWAY.has(failure.reason)) {
        const message = `Your gateway cannot be reached. Check that it runs, and that this computer has a network connection.${tail}`
        return [{ code: 'gateway-unreachable', severity, message }]
      }
      const message = `Your gateway refuses this desk (${failure.reason}): ${failure.message} Ask its operator.${tail}`
      return [{ code: 'gateway-refuses', severity, message }]
    },
  }
}
