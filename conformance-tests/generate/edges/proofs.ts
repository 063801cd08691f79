// Cases of evidence bundles in which a thief of a key, or an organisation that denies what it signed, has chosen the dates.
// docs/spec/receipts.md, REX-RCP-023 to 032
import type { CaseFile } from '../../suite/case.ts'
import { compact, jwsBytes, jwsHeader, sign, signingKey } from '../bytes/crypto.ts'
import { field, split, utf8 } from '../bytes/wire.ts'
import { DELIVERY, verifies } from '../cases/evidence.ts'
import { storedReceipt } from '../cases/receipts.ts'
import { build, ROUTINE } from '../message.ts'
import { commitmentOf } from '../objects.ts'
import { SECOND_KEYS } from '../parties.ts'
import {
  type Claims,
  claimsOf,
  configurationOf,
  DAY,
  hotline,
  MINUTE,
  NOW,
  ngo,
  police,
  seconds,
  statement,
  type Validity,
} from '../party.ts'
import { casesOf, delivery, MANIFEST, type Row, receipts, routed } from './evidence.ts'
import { namedKey } from './form.ts'

const HOTLINE = configurationOf(hotline)
const NGO = configurationOf(ngo)
const second = signingKey(SECOND_KEYS.hotline)
const compromised = (at: number): Validity => ({ revoked: { reason: 'compromised', at } })

/** Makes a configuration of an organisation with changed claims. */
function changed(whose: typeof ngo, change: (claims: Claims) => void, validity: Validity = {}): string {
  const claims = claimsOf(whose, validity)
  change(claims)
  return compact(statement(claims, whose.entity))
}

/** Makes the ngo's configuration, with changes only to its message key. */
const withMessageKey = (change: object) =>
  changed(ngo, ({ metadata }) => Object.assign(metadata.rex_party.message_keys.keys[0], change))

const dated = (validity: Validity, iat: number) =>
  changed(
    hotline,
    (claims) => {
      claims.iat = seconds(iat)
    },
    validity,
  )

/** Changes the date of a desk receipt. */
const receiptAt = (bytes: Uint8Array, timeMs: number) =>
  Buffer.concat([...split(bytes).slice(0, -1), field([5, timeMs])])

/** The hotline's configuration with two message keys, of which the first counts as compromised from a day after `NOW`. */
const TWO_KEYS = changed(
  hotline,
  ({ metadata }) => {
    const { keys } = metadata.rex_party.message_keys
    const { revoked: _, ...usable } = keys[0]
    keys.push({ ...usable, ...namedKey(second) })
    delete metadata.rex_party.gateway.receipt_keys.keys[0].revoked
  },
  compromised(NOW + DAY),
)

const PROVEN: Readonly<Record<string, Row>> = {
  routing_sender_stored: [
    DELIVERY,
    'The routing names another sender than the manifest, and so does the stored receipt.',
    ['REX-RCP-023'],
    {
      ...routed({ sender: police.organisation }),
      stored: (right) => storedReceipt({ ...right, sender: police.organisation }),
    },
  ],
  opening_lane_committed: [
    DELIVERY,
    'The message commits to both lanes, and the opening is of the one that the routing does not name.',
    ['REX-RCP-023'],
    { message: { manifest: alsoRoutine() }, opening: (opening) => ({ ...opening, lane: ROUTINE }) },
  ],
  batch_key_compromised: [
    DELIVERY,
    'The key of the desk receipts alone is compromised.',
    ['REX-RCP-028'],
    {
      configurations: [
        HOTLINE,
        withMessageKey({ revoked: { reason: 'compromised', revoked_at: seconds(NOW + DAY) } }),
      ],
    },
  ],
  batch_key_when_made: [
    DELIVERY,
    'The key of the desk receipts was usable when the envelope was stored, and not yet when they were made.',
    ['REX-RCP-025'],
    { configurations: [HOTLINE, withMessageKey({ nbf: seconds(NOW + 10 * MINUTE + 1000) })] },
  ],
  compromised_stored_before: [
    undefined,
    'The desk receipt is dated after the compromise, and the stored receipt before it.',
    ['REX-RCP-028'],
    {
      configurations: [configurationOf(hotline, compromised(NOW + DAY)), NGO],
      ...receipts((right) => [receiptAt(right, NOW + 2 * DAY)]),
    },
  ],
  compromised_stored_long_before: [
    MANIFEST,
    'The stored receipt is dated more than 14 days before the desk receipt, and the compromise is between.',
    ['REX-RCP-028'],
    {
      configurations: [configurationOf(hotline, compromised(NOW - 15 * DAY)), NGO],
      stored: (right) => storedReceipt({ ...right, storedMs: NOW - 20 * DAY }),
    },
  ],
  compromised_first_receipt: [
    undefined,
    'Of two desk receipts, the first is dated before the compromise.',
    ['REX-RCP-028'],
    {
      ...delivery(4, undefined),
      configurations: [configurationOf(hotline, compromised(NOW + DAY)), NGO],
      ...receipts((right) => [right, receiptAt(right, NOW + 2 * DAY)]),
    },
  ],
  compromised_earliest: [
    MANIFEST,
    'Of two configurations, one dates the compromise before the message, and the other after it.',
    ['REX-RCP-020', 'REX-RCP-028'],
    {
      configurations: [
        dated(compromised(NOW - DAY), NOW - 2 * DAY),
        dated(compromised(NOW + DAY), NOW - DAY),
        NGO,
      ],
    },
  ],
  compromised_by_itself: [
    MANIFEST,
    'The organisation whose key is compromised has the message and the receipts that prove it, under a second key.',
    ['REX-RCP-028'],
    {
      configurations: [TWO_KEYS],
      message: { recipient: hotline },
      opening: (opening) => ({ ...opening, recipient: hotline.organisation }),
      stored: (right) => storedReceipt(right, { signer: hotline.receipt, kid: hotline.receipt.thumbprint }),
      batch: { sender: { ...hotline, message: second }, recipient: hotline },
    },
  ],
  superseded_once: [
    undefined,
    'An older configuration says that the key was superseded, and the newest, long before the message, names it as in use.',
    ['REX-RCP-031'],
    {
      configurations: [
        dated({ revoked: { reason: 'superseded', at: NOW - 60 * DAY } }, NOW - 40 * DAY),
        dated({}, NOW - 20 * DAY),
        NGO,
      ],
    },
  ],
}

/** Makes the manifest commit to the routine lane, too, with the salt of the commitment to the urgent lane. */
function alsoRoutine(): NonNullable<NonNullable<Row[3]['message']>['manifest']> {
  const { salt } = build().grant
  const [urgent, routine] = [2, ROUTINE].map((lane) =>
    commitmentOf({ salt, recipient: ngo.organisation, lane, sections: [0] }),
  ) as [Uint8Array, Uint8Array]
  return (old) => {
    const decoys = old.commitments.filter((entry) => Buffer.compare(entry, urgent) !== 0).slice(1)
    return { ...old, commitments: [urgent, routine, ...decoys].sort(Buffer.compare) }
  }
}

const EARLIER = signingKey('hotline entity 0')

/** Makes a configuration of the hotline that its earlier entity key signed. `iat`: Unix milliseconds. */
function underEarlier(iat: number, signer = EARLIER): string {
  const claims = claimsOf(hotline)
  claims.iat = seconds(iat)
  claims.jwks = { keys: [namedKey(EARLIER)] }
  return compact(statement(claims, signer, EARLIER.thumbprint))
}

/**
 * Makes a configuration of the hotline with another message key. It is signed by the hotline's next entity
 * key, which replaced the first key at `rotatedMs`.
 */
function rotatedAt(rotatedMs: number): string {
  const claims = claimsOf({ ...hotline, message: second })
  const given = {
    iss: hotline.organisation,
    iat: seconds(rotatedMs),
    jwks: { keys: [namedKey(EARLIER), namedKey(hotline.entity)] },
  }
  const header = jwsHeader('rex-rotation+jwt', EARLIER.thumbprint)
  claims.metadata.rex_party.entity_rotations = [compact(sign(header, utf8(JSON.stringify(given)), EARLIER))]
  return compact(statement(claims, hotline.entity))
}

const rotated = (path: string | undefined, title: string, earlier: string, rotatedMs: number): Row => [
  path,
  title,
  ['REX-RCP-029', 'REX-RCP-032'],
  { configurations: [earlier, rotatedAt(rotatedMs), NGO] },
]

const FIRST = 'entity_configurations[0]'
const ROTATED: Readonly<Record<string, Row>> = {
  rotated_key_ended: rotated(
    MANIFEST,
    'The message key is named under an entity key that gave way 20 days before the message.',
    underEarlier(NOW - 21 * DAY),
    NOW - 20 * DAY,
  ),
  rotated_key_overlaps: rotated(
    undefined,
    'The message key is named under an entity key that gave way 14 days before the message.',
    underEarlier(NOW - 21 * DAY),
    NOW - 14 * DAY,
  ),
  rotated_statement_in_time: rotated(
    undefined,
    'A configuration is dated ten minutes after its entity key gave way.',
    underEarlier(NOW - DAY + 10 * MINUTE),
    NOW - DAY,
  ),
  rotated_statement_late: rotated(
    FIRST,
    'A configuration is dated ten minutes and a second after its entity key gave way.',
    underEarlier(NOW - DAY + 10 * MINUTE + 1000),
    NOW - DAY,
  ),
  rotated_statement_unsigned: rotated(
    FIRST,
    'A configuration under an entity key that gave way is signed by another organisation.',
    underEarlier(NOW - 2 * DAY, police.entity),
    NOW - DAY,
  ),
}

const content = (part: Uint8Array) => part.subarray(part.findIndex((byte, i) => i > 0 && byte < 128) + 1)
const withMessage = (entry: Uint8Array) => (bytes: Uint8Array) => Buffer.concat([bytes, field([3, entry])])

/** Bundles in which only the second of two similar parts is wrong. */
const SECOND: Readonly<Record<string, Row>> = {
  second_batch_none: [
    DELIVERY,
    'The second of two receipt batches has no manifest.',
    ['REX-RCP-025'],
    { delivery: (bytes) => Buffer.concat([bytes, field([5, new Uint8Array()])]) },
  ],
  second_delivery_unopened: [
    'messages[0].deliveries[1]',
    'The second of two deliveries has no opening.',
    ['REX-RCP-023'],
    {
      bytes: (bytes) => {
        const parts = split(bytes)
        const entry = content(parts.at(-1) as Uint8Array)
        const fields = split(content(split(entry).at(-1) as Uint8Array))
        const unopened = field([3, Buffer.concat(fields.filter((_, i) => i !== 2))])
        return Buffer.concat([...parts.slice(0, -1), field([3, Buffer.concat([entry, unopened])])])
      },
    },
  ],
  second_message_compromised: [
    'messages[1].manifest',
    'The key of the second of two messages is compromised, and nothing proves when it was stored.',
    ['REX-RCP-028'],
    {
      configurations: [HOTLINE, NGO, configurationOf(police, compromised(NOW + DAY))],
      bytes: withMessage(field([1, jwsBytes(build({ label: 'second', sender: police }).signed)])),
    },
  ],
}

/** Makes cases of a bundle from a sender whose key the verifier has not pinned. */
function unpinned(): CaseFile {
  const refused = { reason: ['EVIDENCE_INVALID'], path: FIRST }
  const title = 'The verifier has pinned no key of the sender.'
  const given = verifies('edge_unpinned', title, ['REX-RCP-020', 'REX-RCP-029'], {}, refused)
  return { ...given, input: { ...given.input, pins: ['ngo', 'police'] } }
}

export function proofs(): CaseFile[] {
  return [...casesOf({ ...PROVEN, ...ROTATED, ...SECOND }), unpinned()]
}
