// The language of a run. Every text for people passes through this file; output for programs never does. docs/guide/rex-desk.md,
// "Languages"
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Phrases } from '../../client/thread/view/phrases.ts'
import type { ListName } from '../../core/referral/codes/codes.ts'
import type { FormTexts } from '../../core/referral/forms/languages.ts'
import { label as englishLabel, safeContact as englishSafeContact } from '../../core/referral/labels/index.ts'
import { LISTS } from '../../core/referral/lists.ts'
import type { Referral } from '../../core/referral/types.ts'
import { isolated } from './isolate.ts'

/**
 * The texts of one language, by their English versions; {0}, {1}, … stand for values. A text that depends on a number
 * has one form for each plural category.
 */
export interface Texts {
  /** BCP 47 tag of the language. */
  readonly language: string
  /** True until a competent person has confirmed the texts. */
  readonly unconfirmed: boolean
  readonly texts: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

/** A language, with its labels of codes, states and events. */
export interface Language extends Texts {
  readonly rightToLeft: boolean
  readonly label: (list: ListName, code: string) => string
  readonly safeContact: (referral: Partial<Referral>) => string[]
  readonly phrases: Phrases | undefined
  /** Translated titles of fields, by their English titles. */
  readonly titles: FormTexts['texts']
}

type Value = string | number

const running = new AsyncLocalStorage<Language | undefined>()

/** Runs a function with `language` as the language of the run. */
export const inLanguage = <T>(language: Language, run: () => T): T => running.run(language, run)

/** Runs a function in English, for output that is not translated at all. */
export const inEnglish = <T>(run: () => T): T => running.run(undefined, run)

/** Returns the language of the run; undefined for English. */
export const languageOfRun = (): Language | undefined => running.getStore()

/**
 * Translates a text to the language of the run: a template, as in t`Saved as ${file}.`, or a constant, as in t(TEXT). Returns the English
 * text if the language lacks it.
 */
export function t(english: TemplateStringsArray | string, ...values: readonly Value[]): string {
  return said(keyOf(english), values)
}

/** Translates a text on which the safety of a person depends. Adds the English text until a competent person has confirmed the translation. */
export function safety(english: TemplateStringsArray, ...values: readonly Value[]): string {
  const key = keyOf(english)
  const text = said(key, values)
  const own = filled(key, values)
  return languageOfRun()?.unconfirmed === true && text !== own ? `${text} [${isolate(own)}]` : text
}

/** Whether the language of the run has a translation of this English text. */
export const isTranslated = (english: string): boolean => languageOfRun()?.texts[english] !== undefined

/** Returns the label of a code. */
export const label = (list: ListName, code: string): string =>
  (languageOfRun()?.label ?? englishLabel)(list, code)

/** Returns the rules of safe contact, prohibitions first (REX-REF-100). */
export const safeContact = (referral: Partial<Referral>): string[] =>
  (languageOfRun()?.safeContact ?? englishSafeContact)(referral)

/** Returns the title of a field or of a section. */
export const fieldTitle = (english: string): string => languageOfRun()?.titles[english] ?? english

/** Returns the words for a state, an event or a code of any list. Returns undefined in English, and if the language has no words for the code. */
export function wordsFor(code: string): string | undefined {
  const language = languageOfRun()
  if (language === undefined) return undefined
  const { states, events }: { readonly [Kind in 'states' | 'events']?: Readonly<Record<string, string>> } =
    language.phrases ?? {}
  const lists = Object.keys(LISTS) as ListName[]
  return (
    states?.[code] ??
    events?.[code] ??
    lists.map((list) => language.label(list, code)).find((text) => text !== code)
  )
}

/** Isolates a value or a cell, so that it keeps its place in a right-to-left language. */
export const isolate = (text: string): string =>
  languageOfRun()?.rightToLeft === true ? isolated(text) : text

/** Marks a text for translation. Pass the result to `t` to translate it. */
export const later = (english: TemplateStringsArray): string => english.join('')

/** Returns the English text of a template, with a numbered placeholder for each value. */
export function keyOf(english: TemplateStringsArray | string): string {
  if (typeof english === 'string') return english
  return english.reduce((text, part, i) => (i === 0 ? part : `${text}{${i - 1}}${part}`), '')
}

function said(key: string, values: readonly Value[]): string {
  const language = languageOfRun()
  const own = language?.texts[key]
  if (language === undefined || own === undefined) return filled(key, values)
  const form = typeof own === 'string' ? own : formFor(language, own, values)
  return filled(
    form,
    values.map((value) => isolate(String(value))),
  )
}

/** Returns the plural form for the first number among the values. */
function formFor(
  { language }: Language,
  forms: Readonly<Record<string, string>>,
  values: readonly Value[],
): string {
  const count = Number(values.find((value) => typeof value === 'number') ?? values[0])
  return forms[new Intl.PluralRules(language).select(count)] ?? forms.other ?? ''
}

function filled(text: string, values: readonly Value[]): string {
  return text.replaceAll(/\{(\d)\}/g, (all, at) => String(values[Number(at)] ?? all))
}
