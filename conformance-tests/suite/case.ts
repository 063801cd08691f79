// A case: one object, what a target shall do with it, and what must come of it. docs/guide/conformance.md

/** What a target is asked to do. */
export const OPERATIONS = [
  'parse-envelope',
  'open-envelope',
  'verify-stored',
  'verify-evidence',
  'verify-configuration',
  'verify-invite',
  'judge-thread',
  'check-section',
  'check-referral',
  'seal',
  'sign-stored',
] as const
export type Operation = (typeof OPERATIONS)[number]

/** How a target must refuse. What is absent is not compared. */
export interface Refusal {
  /** Stage of REX-ENV-070. */
  readonly stage?: string
  /** The reasons of REX-ERR-001 that are right: one, unless the specification leaves a choice. */
  readonly reason?: readonly string[]
  /** Path of the part (REX-RCP-026, REX-REF-051). */
  readonly path?: string
}

/** What must come of a case: acceptance with these values (base64url), or a refusal. */
export type Expectation =
  | { readonly accepted: Readonly<Record<string, string>> }
  | { readonly refused: Refusal }

/** One file of a suite. */
export interface CaseFile {
  /** Name of the file without `.json`. */
  readonly name: string
  /** The case as a sentence about the object. */
  readonly title: string
  /** Requirements of `docs/spec` that the case tests. */
  readonly requirements: readonly string[]
  /** Features without which a target skips the case. */
  readonly features: readonly string[]
  readonly operation: Operation
  /** Bytes in base64url, times in Unix milliseconds; organisations and configurations by their names in `parties.json`. */
  readonly input: Readonly<Record<string, unknown>>
  readonly expect: Expectation
}

/** A case of a suite. */
export interface Case extends CaseFile {
  /** Name of the folder in `vectors/`. */
  readonly suite: string
}

/** `vectors/parties.json`: the fictional organisations and their entity configurations. */
export interface Parties {
  readonly parties: Readonly<
    Record<
      string,
      {
        readonly organisation: string
        /** Ed25519 entity key, base64url. */
        readonly entityKey: string
        readonly epoch: number
        /** Seed of the epoch, base64url. */
        readonly seed: string
        /** Private Ed25519 keys, base64url. */
        readonly messageKey: string
        readonly receiptKey: string
      }
    >
  >
  /** Entity configurations (JWT) by name. */
  readonly configurations: Readonly<Record<string, string>>
}
