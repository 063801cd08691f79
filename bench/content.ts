// Benchmark content: two sections of the requested size. docs/guide/benchmark.md, "The message"
import type { Referral } from '@rex/sdk/referral'
import { encodeSections } from '../sdk/src/core/referral-codec/section.ts'

/** Approximate total size of the granted sections in the end-to-end referral. Bytes. */
const REFERRAL_BYTES = 4096
/** The two sections that every recipient gets immediately. The other sections are granted after acceptance. */
export const GRANTED: readonly string[] = ['triage', 'handling']

const SENTENCE =
  'The page was seen again today; the host was told twice and has not answered; the album still grows. '
/** A section: its type and its bytes. */
export interface Section {
  readonly type: string
  readonly content: Uint8Array
}

/** Returns two sections of equal size, `bytes` in total, with realistic text. */
export function twoSections(bytes: number): Section[] {
  const content = Buffer.alloc(Math.floor(bytes / 2), SENTENCE)
  return GRANTED.map((type) => ({ type, content }))
}

/** Returns a test referral whose granted sections have about `REFERRAL_BYTES` in total, to within a sentence. */
export function testReferral(): Referral {
  let referral = victimSupport(1)
  for (let sentences = 2; grantedBytes(referral) < REFERRAL_BYTES; sentences++)
    referral = victimSupport(sentences)
  return referral
}

function grantedBytes(referral: Referral): number {
  const granted = encodeSections(referral).filter(({ type }) => GRANTED.includes(type))
  return granted.reduce((sum, { content }) => sum + content.length, 0)
}

function victimSupport(sentences: number): Referral {
  const text = { text: SENTENCE.repeat(sentences).trim(), language: 'en' }
  return {
    kind: 'victim-support',
    test: true,
    triage: {
      ageBand: '11-13',
      gender: 'female',
      children: 1,
      country: 'PL',
      area: { scheme: 'iso-3166-2', code: 'PL-14', name: 'Mazowieckie' },
      languages: ['uk', 'pl'],
      interpreter: true,
      risk: 'high',
      services: ['psychosocial', 'child-protection'],
      abuse: ['grooming', 'csam'],
      note: text,
    },
    handling: {
      tlp: 'amber-strict',
      permittedActions: ['internally-visible'],
      purposes: ['victim-support', 'protection'],
      onward: 'ask-first',
      attribution: 'must-not',
      notification: 'must-not',
      conditions: text,
    },
    consents: [{ person: 'child', legalBasis: 'vital-interests', assent: true, services: true }],
    people: [
      {
        id: 'child',
        roles: ['principal-child'],
        names: [{ kind: 'legal', full: 'Testina Exempla', language: 'en' }],
        dateOfBirth: '2014-05~',
      },
    ],
    contact: { channels: [{ person: 'child', type: 'phone', value: '+48 22 555 01 42', device: 'own' }] },
    narrative: [{ text: SENTENCE.trim(), language: 'en' }],
  }
}
