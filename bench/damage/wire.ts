// Protocol between the campaign and its processes. docs/guide/testing.md, "Damage"
import { parseReferral } from '@rex/sdk/referral'
import content from '../../examples/referrals/content-verification.json' with { type: 'json' }

export const PASSPHRASE = 'correct horse battery staple of the damaged'

/** Environment variable that states how far the clock of a process is ahead. Milliseconds. */
export const AHEAD = 'REX_DAMAGE_AHEAD_MS'

/** One of the two programs of an organisation. */
export type Place = 'gateway' | 'desk'

/** A call to a desk. */
export interface Ask {
  readonly call: number
  readonly verb: 'caughtUp' | 'invite' | 'pair' | 'send' | 'delivery' | 'state' | 'problems'
  readonly arg: string
}

/** An answer from a process. */
export type Answer =
  | { readonly ready: { readonly token?: string; readonly address?: string; readonly enrolAddress?: string } }
  | { readonly refused: { readonly reason: string; readonly message: string } }
  | { readonly call: number; readonly result?: unknown; readonly error?: string }

/** Returns a fictional referral. */
export function referral() {
  return parseReferral(content)
}
