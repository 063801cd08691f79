// Idempotency keys: what a repeat with the same key must equal. docs/guide/desk.md, "Sending"
import { hash } from 'node:crypto'
import { toHex } from '../core/encoding.ts'
import type { SendOptions } from './api.ts'
import type { Outline } from './plan.ts'

/** Under what sends with one key are kept: the key itself for the first or only referral, one derived from it for each sibling. */
export function sendKeys(key: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => digest(i === 0 ? key : `${key}\u0000${i + 1}`))
}

/** Digest of what is sent, as it is encoded: the order of members does not count. What time and recipients decide is left out. */
export function contentDigest({ referral, sections, recipients }: Outline, options: SendOptions): string {
  const { kind, test, lane = 'routine', group } = referral
  const { ref, minimumSuite, lifetimeMs, follows } = options
  const carried = sections.map(({ type, content }) => [type, digest(content)])
  const to = recipients.map(({ organisation, granted, staged }) => [organisation, granted, staged]).sort()
  const place = group && [group.id, group.index, group.size]
  return digest(
    JSON.stringify([kind, test, lane, place, carried, to, ref, minimumSuite, lifetimeMs, follows]),
  )
}

function digest(content: string | Uint8Array): string {
  return toHex(hash('sha256', content, 'buffer'))
}
