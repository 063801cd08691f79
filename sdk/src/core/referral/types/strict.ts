// Types for referrals that a program writes itself, with only the codes that this version supports. docs/spec/referral.md, "Unknown codes"

/** The type T with only supported codes. For example, `{ risk: 'immediate' }` is not a `Strict<Triage>`. Free texts stay texts. */
export type Strict<T> = [NonNullable<T>] extends [string]
  ? StrictText<NonNullable<T>>
  : T extends readonly (infer Entry)[]
    ? readonly Strict<Entry>[]
    : T extends object
      ? { readonly [Name in keyof T]: Strict<T[Name]> }
      : T

/** Only the codes of a type that lists codes and also allows any other text. A type of plain text stays the same. */
type StrictText<T extends string> = [Literals<T>] extends [never] ? T : Literals<T>

type Literals<T extends string> = T extends unknown
  ? Record<never, never> extends Record<T, 1>
    ? never
    : T
  : never
