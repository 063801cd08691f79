// Lists every primitive operation that the protocol requires for one message, with its source. docs/guide/benchmark.md, "Floor"
import type { Suite } from '@rex/sdk/core'

/** A primitive operation of `node:crypto`. */
export type Operation =
  | 'random'
  | 'sha256'
  | 'sha3-256'
  | 'shake256'
  | 'ed25519 sign'
  | 'ed25519 verify'
  | 'x25519 key pair'
  | 'x25519 agree'
  | 'ml-kem-768 encapsulate'
  | 'ml-kem-768 decapsulate'
  | 'aes-256-gcm seal'
  | 'aes-256-gcm open'

/**
 * A part of a message. If a message has several parts of a kind, such as two sections, an operation is
 * performed once for each.
 */
type Part =
  | 'secrets'
  | 'content key'
  | 'manifest'
  | 'section'
  | 'commitment'
  | 'padded manifest'
  | 'padded section'
  | 'padded grant'
  | 'sealed manifest'
  | 'sealed section'
  | 'sealed grant'
  | 'context'
  | 'envelope digest'
  | 'stored receipt'
  | 'agreement'
  | 'key schedule'

/** The step that performs an operation. */
export type Step = 'seal' | 'parse' | 'store' | 'open' | 'check stored receipt'

/** One row of the table: an operation on a part, and the source that performs it. */
interface Primitive {
  readonly operation: Operation
  readonly part: Part
  /** File below sdk/src/core, function, and purpose. */
  readonly source: string
  /** Suite that needs the operation. If absent, all suites need it. */
  readonly suite?: Suite
}

const row = (operation: Operation, part: Part, source: string, suite?: Suite): Primitive => ({
  operation,
  part,
  source,
  ...(suite && { suite }),
})

const BINDING = [
  row('sha256', 'sealed manifest', 'envelope/digest.ts sealedDigest'),
  row('sha256', 'sealed section', 'envelope/digest.ts sealedDigest'),
  row('sha256', 'context', 'envelope/digest.ts contextDigest'),
  row('sha256', 'sealed grant', 'envelope/digest.ts sealedDigest'),
  row('sha256', 'envelope digest', 'envelope/digest.ts envelopeDigest'),
]

/** The primitive operations of each step. The table omits thumbprints, because they are the same for every message and need not be computed again. */
export const PRIMITIVES: Readonly<Record<Step, readonly Primitive[]>> = {
  seal: [
    row(
      'random',
      'secrets',
      'envelope/seal.ts seal: ids, salts, decoys, content keys, initialization vectors',
    ),
    row('sha256', 'section', 'envelope/seal.ts composeManifest'),
    row('sha256', 'commitment', 'envelope/seal.ts commitmentOf'),
    row('sha256', 'manifest', 'envelope/seal.ts seal'),
    row('ed25519 sign', 'manifest', 'jose/jose.ts signJws'),
    row('sha256', 'content key', 'jose/content.ts sealDir, kc'),
    row('aes-256-gcm seal', 'padded manifest', 'jose/content.ts sealDir'),
    row('aes-256-gcm seal', 'padded section', 'jose/content.ts sealDir'),
    row('x25519 key pair', 'agreement', 'jose/ecdh-es.ts sealEcdhEs', 'REX-1'),
    row('x25519 agree', 'agreement', 'jose/ecdh-es.ts sealEcdhEs', 'REX-1'),
    row('sha256', 'key schedule', 'jose/ecdh-es.ts sealEcdhEs, Concat KDF', 'REX-1'),
    row('ml-kem-768 encapsulate', 'agreement', 'jose/hpke.ts sealHpke', 'REX-2'),
    row('x25519 key pair', 'agreement', 'jose/hpke.ts sealHpke', 'REX-2'),
    row('x25519 agree', 'agreement', 'jose/hpke.ts sealHpke', 'REX-2'),
    row('sha3-256', 'agreement', 'jose/hpke.ts sealHpke, combiner', 'REX-2'),
    row('shake256', 'key schedule', 'jose/hpke.ts sealHpke, one-stage key schedule', 'REX-2'),
    row('aes-256-gcm seal', 'padded grant', 'envelope/grant.ts sealGrant'),
    ...BINDING,
  ],
  parse: BINDING,
  store: [...BINDING, row('ed25519 sign', 'stored receipt', 'receipt/stored.ts signStoredReceipt')],
  open: [
    ...BINDING,
    row('x25519 agree', 'agreement', 'jose/ecdh-es.ts openEcdhEs', 'REX-1'),
    row('sha256', 'key schedule', 'jose/ecdh-es.ts openEcdhEs, Concat KDF', 'REX-1'),
    row('ml-kem-768 decapsulate', 'agreement', 'jose/hpke.ts openHpke', 'REX-2'),
    row('x25519 agree', 'agreement', 'jose/hpke.ts openHpke', 'REX-2'),
    row('sha3-256', 'agreement', 'jose/hpke.ts openHpke, combiner', 'REX-2'),
    row('shake256', 'key schedule', 'jose/hpke.ts openHpke, one-stage key schedule', 'REX-2'),
    row('aes-256-gcm open', 'padded grant', 'envelope/grant.ts openGrant'),
    row('sha256', 'content key', 'jose/content.ts openDir, kc'),
    row('aes-256-gcm open', 'padded manifest', 'jose/content.ts openDir'),
    row('ed25519 verify', 'manifest', 'jose/jose.ts verifyJws'),
    row('sha256', 'manifest', 'envelope/open.ts assemble, manifestDigest'),
    row('sha256', 'commitment', 'envelope/open.ts checkBinding'),
    row('aes-256-gcm open', 'padded section', 'jose/content.ts openDir'),
    row('sha256', 'section', 'envelope/open.ts checkSection'),
  ],
  'check stored receipt': [row('ed25519 verify', 'stored receipt', 'receipt/stored.ts verifyStoredReceipt')],
}

/** Sizes of the parts of a message, in bytes. A missing part has an empty list. */
export type Sizes = Readonly<Record<Part, readonly number[]>>

/** Returns the rows of a step in a suite. */
export function primitivesOf(step: Step, suite: Suite): readonly Primitive[] {
  return PRIMITIVES[step].filter((primitive) => primitive.suite === undefined || primitive.suite === suite)
}

/** Counts how often a step performs each operation for a message of these sizes. */
export function countOperations(
  steps: readonly Step[],
  suite: Suite,
  sizes: Sizes,
): ReadonlyMap<Operation, number> {
  const counts = new Map<Operation, number>()
  for (const { operation, part } of steps.flatMap((step) => primitivesOf(step, suite))) {
    counts.set(operation, (counts.get(operation) ?? 0) + sizes[part].length)
  }
  return counts
}
