// Cases of evidence bundles with revoked or rotated keys. docs/spec/receipts.md, REX-RCP-020, REX-RCP-028, REX-RCP-029
import type { CaseFile } from '../../suite/case.ts'
import { compact, type SigningKey, signingKey } from '../bytes/crypto.ts'
import { VALIDITIES } from '../parties.ts'
import {
  claimsOf,
  configurationOf,
  configurationUnder,
  hotline,
  NOW,
  ngo,
  type Party,
  police,
  rotation,
  seconds,
  statement,
  type Validity,
} from '../party.ts'
import { type BundlePlan, DELIVERY, verifies } from './evidence.ts'

const [EARLY, LATE, GONE] = [VALIDITIES.compromised_early, VALIDITIES.compromised, VALIDITIES.old] as [
  Validity,
  Validity,
  Validity,
]
const newer = (whose: Party, validity?: Validity) =>
  compact(statement({ ...claimsOf(whose, validity), iat: seconds(NOW) }, whose.entity))
const [HOTLINE, NGO] = [configurationOf(hotline), configurationOf(ngo)]
const MANIFEST = 'messages[0].manifest'

/** Bundles with revoked keys: title, refuted path (undefined if the bundle is accepted), and plan. */
const REVOKED: Readonly<
  Record<string, readonly [title: string, path: string | undefined, plan: BundlePlan]>
> = {
  later: [
    'The key counts as compromised from a day after the receipt on.',
    undefined,
    { configurations: [configurationOf(hotline, LATE), NGO] },
  ],
  before: [
    'The key counts as compromised from a day before the message on.',
    MANIFEST,
    { configurations: [configurationOf(hotline, EARLY), NGO] },
  ],
  unproven: [
    'The key was compromised later, and no desk receipt proves that the message was stored before.',
    MANIFEST,
    { configurations: [configurationOf(hotline, LATE), NGO], noReceipts: true },
  ],
  receipts: [
    'The keys of the receipts were compromised, later than their date.',
    DELIVERY,
    { configurations: [HOTLINE, configurationOf(ngo, LATE)] },
  ],
  known: [
    'A configuration that only the verifier has says that the key was compromised.',
    MANIFEST,
    { known: ['hotline_compromised_early'] },
  ],
  taken_back: [
    'A newer configuration names the compromised key as in use.',
    MANIFEST,
    { configurations: [configurationOf(hotline, EARLY), newer(hotline), NGO] },
  ],
  order: [
    'The same, in the other order.',
    MANIFEST,
    { configurations: [newer(hotline), configurationOf(hotline, EARLY), NGO] },
  ],
  expired: [
    'A newer configuration says that the key had expired before: it takes nothing back.',
    undefined,
    { configurations: [HOTLINE, newer(hotline, GONE), NGO] },
  ],
  only_expired: [
    'The only configuration with the key says that it had expired before.',
    MANIFEST,
    { configurations: [newer(hotline, GONE), NGO] },
  ],
  foreign: [
    'A configuration of a third organisation is in the bundle.',
    undefined,
    { configurations: [HOTLINE, NGO, configurationOf(police)] },
  ],
  forged: [
    'A configuration in the bundle is signed by another organisation under the right kid.',
    'entity_configurations[2]',
    {
      configurations: [
        HOTLINE,
        NGO,
        compact(statement(claimsOf(hotline), police.entity, hotline.entity.thumbprint)),
      ],
    },
  ],
}

const [EARLIER, LATER, OTHER] = [0, 2, 3].map((n) => signingKey(`ngo entity ${n}`)) as [
  SigningKey,
  SigningKey,
  SigningKey,
]
const [TO_OWN, TO_LATER] = [rotation(EARLIER, ngo.entity), rotation(ngo.entity, LATER)]
const SECOND = 'entity_configurations[1]'

/** Configurations of the ngo under entity keys that are not pinned (REX-RCP-029): title, refuted path (undefined if accepted), and JWTs. */
const ROTATED: Readonly<
  Record<string, readonly [title: string, path: string | undefined, configurations: readonly string[]]>
> = {
  later: [
    'The pinned key leads to the key of the configuration.',
    undefined,
    [configurationUnder(LATER, [TO_LATER])],
  ],
  later_alone: ['Nothing leads to the key of the configuration.', SECOND, [configurationUnder(LATER)]],
  forked: [
    'The pinned key leads to two other keys.',
    SECOND,
    [configurationUnder(LATER, [TO_LATER]), configurationUnder(OTHER, [rotation(ngo.entity, OTHER)])],
  ],
  earlier: [
    'A configuration under the pinned key carries a rotation from an earlier one.',
    undefined,
    [configurationUnder(EARLIER), configurationUnder(ngo.entity, [TO_OWN])],
  ],
  earlier_alone: [
    'An earlier key says by itself that it gave way to the pinned one.',
    SECOND,
    [configurationUnder(EARLIER, [TO_OWN]), NGO],
  ],
}

export function evidenceKeys(): CaseFile[] {
  return [
    ...Object.entries(REVOKED).map(([name, [title, path, plan]]) =>
      verifies(
        `key_${name}`,
        title,
        ['REX-RCP-020', 'REX-RCP-028', 'REX-RCP-031'],
        plan,
        path === undefined ? undefined : { reason: ['EVIDENCE_INVALID'], path },
      ),
    ),
    ...Object.entries(ROTATED).map(([name, [title, path, configurations]]) =>
      verifies(
        `rotated_${name}`,
        title,
        ['REX-RCP-029', 'REX-RCP-032', 'REX-ID-075'],
        { configurations: [HOTLINE, ...configurations] },
        path === undefined ? undefined : { reason: ['EVIDENCE_INVALID'], path },
      ),
    ),
  ]
}
