// Types for referrals that a program writes itself: only codes that this version knows. docs/spec/referral.md, "Unknown codes"

/**
 * The same type with known codes only: `{ risk: 'immediate' }` does not compile where `Strict<Triage>` is wanted. Free texts stay texts.
 */
export type Strict<T> = [NonNullable<T>] extends [string]
  ? StrictText<NonNullable<T>>
  : T extends readonly (infer Entry)[]
    ? readonly Strict<Entry>[]
    : T extends object
      ? { readonly [Name in keyof T]: Strict<T[Name]> }
      : T

/** Of codes or any other text, the codes; of plain text, itself. */
type StrictText<T extends string> = [Literals<T>] extends [never] ? T : Literals<T>

type Literals<T extends string> = T extends unknown
  ? Record<never, never> extends Record<T, 1>
    ? never
    : T
  : never
