// All English words. docs/spec/referral.md, "Showing"
import type { Words } from '../words.ts'
import { CONFIRMED, LABELS } from './labels.ts'
import { PHRASES } from './phrases.ts'

export const EN: Words = {
  language: 'en',
  labels: LABELS,
  confirmed: CONFIRMED,
  phrases: PHRASES,
  phrasesConfirmed: true,
}
