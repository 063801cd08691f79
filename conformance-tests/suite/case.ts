// A case: one object, the operation that a target performs on it, and the expected result. docs/guide/conformance.md

/** The operations of cases. */
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

/** The refusal that a case expects. Absent members are not compared. */
export interface Refusal {
  /** Stage of REX-ENV-070. */
  readonly stage?: string
  /** The permitted reasons of REX-ERR-001: one, unless the specification leaves a choice. */
  readonly reason?: readonly string[]
  /** Path of the refused part (REX-RCP-026, REX-REF-051). */
  readonly path?: string
}

/** The expected result of a case: acceptance with these values (base64url), or a refusal. */
export type Expectation =
  | { readonly accepted: Readonly<Record<string, string>> }
  | { readonly refused: Refusal }

/** One file of a suite. */
export interface CaseFile {
  /** Name of the file without `.json`. */
  readonly name: string
  /** A sentence about the object that describes the case. */
  readonly title: string
  /** Requirements of `docs/spec` that the case tests. */
  readonly requirements: readonly string[]
  /** Features that the case needs. A target that lacks one skips the case. */
  readonly features: readonly string[]
  readonly operation: Operation
  /** The input. Bytes are base64url, times Unix milliseconds; organisations and configurations are names from `parties.json`. */
  readonly input: Readonly<Record<string, unknown>>
  readonly expect: Expectation
}

/** A case of a suite. */
export interface Case extends CaseFile {
  /** Name of the folder in `vectors/`. */
  readonly suite: string
}

/** Content of `vectors/parties.json`: the fictional organisations and their entity configurations. */
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
