// The words of one language: labels of codes, and the phrases around the labels. docs/spec/referral.md, "Showing"
import type { ListName } from '../codes/codes.ts'

/** For each list, the labels of all its codes as one text, in the order of the codes, separated by "|". */
export type Labels = Readonly<Record<ListName, string>>

/** All words of one language. */
export interface Words {
  /** BCP 47 tag. */
  readonly language: string
  readonly labels: Labels
  /** Lists whose labels a competent person has confirmed (REX-REF-102). English needs no confirmation. */
  readonly confirmed: readonly ListName[]
  readonly phrases: Phrases
  readonly phrasesConfirmed: boolean
}

/** Texts between the labels of a description. */
export interface Phrases {
  readonly test: string
  readonly child: string
  readonly children: string
  readonly where: string
  readonly languages: string
  readonly interpreter: string
  readonly risk: string
  readonly services: string
  readonly abuse: string
  readonly urgent: string
  readonly until: string
  readonly priority: string
  readonly neededBy: string
  readonly handling: string
  readonly people: string
  readonly items: string
  readonly group: string
  readonly never: string
  readonly only: string
  readonly timesUnknown: string
  readonly noVoicemail: string
  readonly noMessages: string
  readonly noVisit: string
  readonly device: string
  readonly say: string
  readonly everyDay: string
}
