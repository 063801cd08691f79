// The texts of alerts in each language. docs/guide/alerts.md, "What a mail says"
import { AR } from './ar.ts'
import { EN } from './en.ts'
import { ES } from './es.ts'
import { FR } from './fr.ts'
import type { AlertTexts } from './texts.ts'

export type { AlertTexts } from './texts.ts'

const TEXTS = { en: EN, es: ES, fr: FR, ar: AR } as const
/** A language of alerts. */
export type Language = keyof typeof TEXTS
/** The languages of alerts. */
export const LANGUAGES = Object.keys(TEXTS) as Language[]

/** Returns the texts in a language. */
export const textsIn = (language: Language): AlertTexts => TEXTS[language]
