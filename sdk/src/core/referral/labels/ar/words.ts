// All Arabic words. docs/spec/referral.md, "Showing"
import type { Words } from '../words.ts'
import { CONFIRMED, LABELS } from './labels.ts'
import { PHRASES } from './phrases.ts'

export const AR: Words = {
  language: 'ar',
  labels: LABELS,
  confirmed: CONFIRMED,
  phrases: PHRASES,
  phrasesConfirmed: false,
}
