// Checks a send without a desk, with the functions that a desk uses, before an application stores the send for later.
// docs/guide/postgres.md
import type { Draft, Presets } from '../../core/referral/index.ts'
import { refuseBroken } from '../../core/referral/lint/finding.ts'
import { checkDraft, checkSend } from '../api/options.ts'
import type { SendOptions } from '../api/sending.ts'
import { systemClock } from '../clock/clock.ts'
import { outline, type Parties, planSend } from './plan.ts'

/** Recipients about whom nothing is known. They count as paired and without needs. */
const STRANGERS: Parties = { get: () => ({ party: { codeLists: {} } }) }

/**
 * Checks the parts of a send that do not depend on the desk: the referral, options, handling and findings. Does not check
 * whether the recipients are paired, or what they need. `presets`: the presets of the organisation.
 * @throws RexError INVALID_REFERRAL, CONTENT_REFUSED, HANDLING_REFUSED, LIMIT_EXCEEDED
 */
export function checkSendable(draft: Draft, options: SendOptions, presets: Presets = {}): void {
  const { to, confirm } = checkSend(options)
  const outlined = outline(checkDraft(draft), { to, own: presets })
  refuseBroken(planSend(outlined, { peers: STRANGERS, now: systemClock.now(), confirm }))
}
