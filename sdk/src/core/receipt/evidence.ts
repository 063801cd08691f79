// Evidence bundles: one file that proves an exchange offline, using only pinned entity keys. docs/spec/receipts.md, "Evidence"
import { EvidenceBundle } from '@rex/proto/core/v1/receipt'
import { decode, encode } from '../encoding/encoding.ts'
import { RexError } from '../error.ts'
import { type EntityConfiguration, parseEntityConfiguration } from '../identity/entity.ts'
import type { Ed25519PublicJwk } from '../jose/key.ts'
import { LIMITS } from '../limits.ts'
import { type Identities, identitiesOf } from './identities.ts'
import { KnownKeys } from './known-keys.ts'
import { at, type Examination, invalid, verifyMessage } from './message.ts'
import type { EvidenceFindings, EvidenceReport, ProvenMessage } from './report.ts'

const VERSION = 1
const BOUNDS = { bytes: LIMITS.evidence, numbers: 2 ** 20 }

/** The pinned entity key of an organisation, against which a bundle is verified; an earlier or later one of the organisation serves too. */
export type EntityKeys = (organisation: string) => Ed25519PublicJwk | undefined

/** How to verify a bundle. */
export interface EvidenceOptions {
  /** Further statements (JWTs) that the verifier knows, such as the newest of each paired organisation. Default: none. */
  readonly statements?: readonly string[]
}

/** Canonical bytes of a bundle. */
export function encodeEvidence(bundle: Omit<EvidenceBundle, 'version'>): Uint8Array {
  return encode(EvidenceBundle, { ...bundle, version: VERSION })
}

/**
 * Verifies every signature and digest of a bundle (REX-RCP-020 to 028).
 * @throws RexError EVIDENCE_INVALID with the path of the first part that fails, or that a compromised key has signed
 */
export async function verifyEvidence(
  bytes: Uint8Array,
  entityKeys: EntityKeys,
  options: EvidenceOptions = {},
): Promise<EvidenceReport> {
  const { refuted, ...report } = await examineEvidence(bytes, entityKeys, options)
  const [first] = refuted
  if (first !== undefined)
    throw invalid(
      first.path,
      new RexError(
        'KEY_INVALID',
        `${first.organisation} has revoked the key as compromised since ${new Date(first.sinceMs).toISOString()}, and nothing proves that this ${first.what} was stored before.`,
      ),
    )
  return report
}

/**
 * Verifies as `verifyEvidence` does, but does not refuse parts that a compromised key signed: it lists them, and the report does not rely on them.
 * @throws RexError EVIDENCE_INVALID with the path of the first part that fails otherwise
 */
export async function examineEvidence(
  bytes: Uint8Array,
  entityKeys: EntityKeys,
  { statements = [] }: EvidenceOptions = {},
): Promise<EvidenceFindings> {
  const bundle = await at('bundle', () => decode(EvidenceBundle, bytes, 'bundle', BOUNDS))
  if (bundle.version !== VERSION)
    throw new RexError('UNSUPPORTED_VERSION', 'The bundle has another format.', {
      metadata: { version: String(bundle.version) },
    })
  const carried = await Promise.all(
    bundle.entityConfigurations.map((jwt, i) =>
      at(`entity_configurations[${i}]`, async () => parseEntityConfiguration(jwt)),
    ),
  )
  const parties = new Set(carried.map(({ organisation }) => organisation))
  const others = statements
    .map(parseEntityConfiguration)
    .filter(({ organisation }) => parties.has(organisation))
  const identities = await identitiesOf([...carried, ...others], entityKeys)
  await verifyStatements(carried, identities, 'entity_configurations')
  const ofPinned = others.filter((statement) => identities.has(statement))
  await verifyStatements(ofPinned, identities, 'statements')
  const keys = new KnownKeys([...carried, ...ofPinned])
  const examination: Examination = { keys, refuted: [] }
  const messages: ProvenMessage[] = []
  for (const [i, message] of bundle.messages.entries())
    messages.push(...(await verifyMessage(message, examination, `messages[${i}]`)))
  return { messages, known: keys.organisations(), refuted: examination.refuted }
}

async function verifyStatements(
  statements: readonly EntityConfiguration[],
  identities: Identities,
  list: string,
): Promise<void> {
  for (const [i, statement] of statements.entries())
    await at(`${list}[${i}]`, () => identities.verify(statement))
}
