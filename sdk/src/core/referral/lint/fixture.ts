// Referrals without findings, for tests of the lint. docs/spec/referral.md, "Lint"
import { type Channel, lint, type Person, type Referral } from '../index.ts'
import './warnings.ts'

export const NOW = Date.parse('2026-11-23T12:00Z')

export const CHILD: Person = {
  id: 'child',
  roles: ['principal-child'],
  names: [{ kind: 'legal', full: 'Олена Вигадана' }],
  dateOfBirth: '2017',
}
export const MOTHER: Person = { id: 'mother', roles: ['caregiver'] }
export const PHONE: Channel = {
  person: 'mother',
  type: 'phone',
  value: '+380 44 555 01 99',
  device: 'own',
  voicemail: false,
  safeTimes: [{ from: '09:00', until: '10:00', zone: 'Europe/Kyiv' }],
}

export const CARE: Referral = {
  kind: 'victim-support',
  test: true,
  triage: {
    ageBand: '7-10',
    country: 'UA',
    languages: ['uk'],
    risk: 'high',
    services: ['health'],
    abuse: ['neglect'],
  },
  handling: { tlp: 'amber-strict' },
  consents: [{ legalBasis: 'vital-interests' }],
  people: [CHILD, MOTHER],
  contact: { channels: [PHONE] },
  narrative: [{ text: 'Олена Вигадана is ill.', language: 'en' }],
}
export const channel = (changes: object): Partial<Referral> => ({
  contact: { channels: [{ ...PHONE, ...changes }] },
})

export const REMOVAL: Referral = {
  kind: 'content-removal',
  test: true,
  triage: { abuse: ['csam'] },
  handling: { tlp: 'amber' },
  incident: { types: ['csam'] },
  items: [
    {
      id: 'a',
      url: 'https://a.example/',
      hostingCountry: 'NL',
      classifications: [{ scheme: 'iwf', value: 'A' }],
    },
  ],
}
export const item = (changes: object): Partial<Referral> => ({
  items: [{ ...REMOVAL.items?.[0], id: 'a', ...changes }],
})

export const found = (changes: Partial<Referral>, base = CARE) =>
  lint({ ...base, ...changes }, { now: NOW }).map(({ severity, path }) => `${severity} ${path}`)
