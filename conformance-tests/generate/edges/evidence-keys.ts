// Cases of evidence bundles whose keys are at the limits of their validity, superseded or compromised.
// docs/spec/receipts.md, REX-RCP-021, 028, 031
import type { CaseFile } from '../../suite/case.ts'
import { compact } from '../bytes/crypto.ts'
import { DELIVERY } from '../cases/evidence.ts'
import { storedReceipt } from '../cases/receipts.ts'
import { claimsOf, configurationOf, DAY, hotline, MINUTE, NOW, ngo, seconds, statement } from '../party.ts'
import { casesOf, delivery, MANIFEST, type Row } from './evidence.ts'

const LATEST = 14 * DAY + 10 * MINUTE
const [HOTLINE, NGO] = [configurationOf(hotline), configurationOf(ngo)]
const newer = (whose: typeof hotline, validity: Parameters<typeof claimsOf>[1], now = NOW) =>
  compact(statement({ ...claimsOf(whose, validity), iat: seconds(now) }, whose.entity))
const superseded = (at: number) => ({ revoked: { reason: 'superseded', at } })

const ROWS: Readonly<Record<string, Row>> = {
  key_when_stored: [
    undefined,
    'The key of the message was not usable yet when the message was made, and was when it was stored.',
    ['REX-RCP-021', 'REX-ID-021'],
    { configurations: [configurationOf(hotline, { from: NOW + 10 * MINUTE + 1000 }), NGO] },
  ],
  key_not_when_stored: [
    MANIFEST,
    'The key of the message became usable a millisecond after it was stored.',
    ['REX-RCP-021', 'REX-ID-021'],
    {
      configurations: [configurationOf(hotline, { from: NOW + 10 * MINUTE + 1000 }), NGO],
      stored: (right) => storedReceipt({ ...right, storedMs: NOW + 999 }),
    },
  ],
  key_when_made: [
    MANIFEST,
    'Without a stored receipt, the key was not usable yet when the message was made.',
    ['REX-RCP-021', 'REX-ID-021'],
    {
      ...delivery(4, undefined),
      configurations: [configurationOf(hotline, { from: NOW + 10 * MINUTE + 1000 }), NGO],
    },
  ],
  key_stored_early: [
    MANIFEST,
    'The stored receipt is older than the message, whose key was superseded just before it was made.',
    ['REX-RCP-021', 'REX-RCP-031'],
    {
      configurations: [newer(hotline, superseded(NOW - LATEST), NOW - 60 * DAY), NGO],
      stored: (right) => storedReceipt({ ...right, storedMs: NOW - DAY }),
    },
  ],
  key_superseded: [
    MANIFEST,
    'The newest configuration says that the key was superseded 14 days and ten minutes before the message was stored.',
    ['REX-RCP-031'],
    { configurations: [newer(hotline, superseded(NOW + 1000 - LATEST)), NGO] },
  ],
  key_superseded_later: [
    undefined,
    'The key was superseded a second later.',
    ['REX-RCP-031'],
    { configurations: [newer(hotline, superseded(NOW + 2000 - LATEST)), NGO] },
  ],
  key_superseded_back: [
    undefined,
    'A newer configuration dates the end of a key back, which an earlier one names as in use.',
    ['REX-RCP-031'],
    { configurations: [HOTLINE, newer(hotline, superseded(NOW - 60 * DAY)), NGO] },
  ],
  key_superseded_taken_back: [
    undefined,
    'An older configuration says that the key was superseded, and the newest names it as in use.',
    ['REX-RCP-031'],
    { configurations: [newer(hotline, superseded(NOW - 60 * DAY), NOW - 2 * DAY), newer(hotline, {}), NGO] },
  ],
  key_earlier_nbf: [
    undefined,
    'A newer configuration says that the key was not valid yet; an earlier one that it was.',
    ['REX-RCP-031'],
    { configurations: [HOTLINE, newer(hotline, { from: NOW + 20 * DAY }), NGO] },
  ],
  compromised_at_storing: [
    MANIFEST,
    'The key counts as compromised from the moment of storing on.',
    ['REX-RCP-028'],
    { configurations: [configurationOf(hotline, { revoked: { reason: 'compromised', at: NOW } }), NGO] },
  ],
  compromised_after_storing: [
    undefined,
    'The key counts as compromised from a second after the desk receipt on.',
    ['REX-RCP-028'],
    {
      configurations: [configurationOf(hotline, { revoked: { reason: 'compromised', at: NOW + 1000 } }), NGO],
    },
  ],
  compromised_refused: [
    MANIFEST,
    'The key was compromised later, and the only desk receipt says refused.',
    ['REX-RCP-028'],
    {
      configurations: [configurationOf(hotline, { revoked: { reason: 'compromised', at: NOW + DAY } }), NGO],
      receipt: (said) => ({ ...said, status: 4 }),
    },
  ],
  compromised_receipt_key: [
    DELIVERY,
    'The key of the stored receipt alone is compromised.',
    ['REX-RCP-028'],
    { configurations: [HOTLINE, withReceiptKey('compromised')], noReceipts: true },
  ],
}

function withReceiptKey(reason: string): string {
  const claims = claimsOf(ngo)
  const [key] = claims.metadata.rex_party.gateway.receipt_keys.keys
  key.revoked = { reason, revoked_at: seconds(NOW + DAY) }
  return compact(statement(claims, ngo.entity))
}

export function evidenceKeyEdges(): CaseFile[] {
  return casesOf(ROWS)
}
