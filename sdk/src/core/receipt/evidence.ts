// Evidence bundles: one file that proves an exchange offline, using only pinned entity keys. docs/spec/receipts.md, "Evidence"
import { EvidenceBundle } from '@rex/proto/core/v1/receipt'
import { decode, encode, toHex } from '../encoding/encoding.ts'
import { manifestDigest } from '../envelope/digest.ts'
import { ensure, RexError } from '../error.ts'
import { type EntityConfiguration, parseEntityConfiguration } from '../identity/entity.ts'
import { verifyJwt } from '../jose/jose.ts'
import type { Ed25519PublicJwk } from '../jose/key.ts'
import { LIMITS } from '../limits.ts'
import { identitiesOf } from './identities.ts'
import { KnownKeys } from './known-keys.ts'
import { at, type Examination, invalid, verifyMessage } from './message.ts'
import type { EvidenceFindings, EvidenceReport, ProvenMessage } from './report.ts'

const VERSION = 1
const BOUNDS = { bytes: LIMITS.evidence, numbers: 2 ** 20 }

/** Returns the entity key by which to identify an organisation: its pinned key, or a predecessor or successor of this key. */
export type EntityKeys = (organisation: string) => Ed25519PublicJwk | undefined

/** Options for verifying a bundle. */
export interface EvidenceOptions {
  /** Further statements (JWTs) that the verifier has, such as the newest statement of each paired organisation. Default: none. */
  readonly statements?: readonly string[]
}

/** Encodes a bundle canonically. */
export function encodeEvidence(bundle: Omit<EvidenceBundle, 'version'>): Uint8Array {
  return encode(EvidenceBundle, { ...bundle, version: VERSION })
}

/** Decodes a bundle without verifying it. @throws RexError EVIDENCE_INVALID, UNSUPPORTED_VERSION */
export function decodeEvidence(bytes: Uint8Array): EvidenceBundle {
  const bundle = parseBundle(bytes)
  if (bundle.version !== VERSION)
    throw new RexError('UNSUPPORTED_VERSION', 'The bundle has another format.', {
      metadata: { version: String(bundle.version) },
    })
  return bundle
}

function parseBundle(bytes: Uint8Array): EvidenceBundle {
  try {
    const bundle = decode(EvidenceBundle, bytes, 'bundle', BOUNDS)
    const { length } = bundle.entityConfigurations
    if (length > LIMITS.evidenceConfigurations)
      throw new RexError('LIMIT_EXCEEDED', `It has ${length} statements, more than a referral can need.`)
    return bundle
  } catch (cause) {
    throw invalid('bundle', cause)
  }
}

/**
 * Verifies every signature and digest of a bundle (REX-RCP-020 to 032).
 * @throws RexError EVIDENCE_INVALID with the path of the first part that fails or was signed with a compromised key
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
 * Verifies like `verifyEvidence`, but does not throw for parts that a compromised key signed: it lists them. The report does
 * not rely on these parts.
 * @throws RexError EVIDENCE_INVALID with the path of the first part that fails for another reason
 */
export async function examineEvidence(
  bytes: Uint8Array,
  entityKeys: EntityKeys,
  { statements = [] }: EvidenceOptions = {},
): Promise<EvidenceFindings> {
  const bundle = decodeEvidence(bytes)
  const carried = await intact(bundle.entityConfigurations, 'entity_configurations')
  const parties = new Set(carried.map(({ organisation }) => organisation))
  const others = await intact(statements, 'statements', (organisation) => parties.has(organisation))
  const identities = await identitiesOf([...carried, ...others], entityKeys)
  for (const [i, statement] of carried.entries())
    await at(`entity_configurations[${i}]`, () => identities.check(statement))
  const ofPinned = others.filter(identities.has)
  const keys = new KnownKeys([...carried, ...ofPinned], identities.untilMs)
  const examination: Examination = { keys, refuted: [] }
  const messages: ProvenMessage[] = []
  const seen = new Set<string>()
  for (const [i, message] of bundle.messages.entries()) {
    const digest = toHex(manifestDigest(message.manifest?.payload ?? new Uint8Array()))
    await at(`messages[${i}]`, () => ensure(!seen.has(digest), 'manifest'))
    seen.add(digest)
    messages.push(...(await verifyMessage(message, examination, `messages[${i}]`)))
  }
  return { messages, known: keys.organisations(), refuted: examination.refuted }
}

/**
 * Parses statements and verifies the signature of each with the key that the statement itself names; whether this key belongs to the
 * organisation is checked later. Leaves out statements of organisations that are not wanted. Verifies one statement at a time, so that other
 * work gets its turn: each takes milliseconds.
 */
async function intact(
  jwts: readonly string[],
  list: string,
  isWanted: (organisation: string) => boolean = () => true,
): Promise<EntityConfiguration[]> {
  const statements: EntityConfiguration[] = []
  for (const [i, jwt] of jwts.entries())
    await at(`${list}[${i}]`, async () => {
      const statement = parseEntityConfiguration(jwt)
      if (!isWanted(statement.organisation)) return
      await verifyJwt('entity-statement', jwt, statement.entityKey)
      statements.push(statement)
    })
  return statements
}
