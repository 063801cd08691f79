// What the campaign and its processes say to each other. docs/guide/testing.md, "Damage"
import { readFileSync } from 'node:fs'
import { parseReferral } from '@rex/sdk/referral'

export const PASSPHRASE = 'correct horse battery staple of the damaged'

/** Which of an organisation's two programs. */
export type Place = 'gateway' | 'desk'

/** What a desk is asked. */
export interface Ask {
  readonly call: number
  readonly verb: 'invite' | 'pair' | 'send' | 'delivery' | 'state' | 'problems'
  readonly arg: string
}

/** What a process says. */
export type Answer =
  | { readonly ready: { readonly token?: string; readonly address?: string; readonly enrolAddress?: string } }
  | { readonly refused: { readonly reason: string; readonly message: string } }
  | { readonly call: number; readonly result?: unknown; readonly error?: string }

/** A referral that is nobody's. */
export function referral() {
  const path = new URL('../../examples/referrals/content-verification.json', import.meta.url)
  return parseReferral(JSON.parse(readFileSync(path, 'utf8')))
}
