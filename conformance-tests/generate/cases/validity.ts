// When a message key is usable, to the millisecond. docs/spec/identity.md, REX-ID-021
import type { Case } from '../../suite/case.ts'
import { NOW } from '../party.ts'
import { opens, refuses } from './form.ts'

const requirements = ['REX-ID-021']
const has = (validity: string) => ({ configurations: [`hotline_${validity}`, 'ngo'], requirements })

export function validity(): Case[] {
  const dated = { said: { createdMs: NOW - 60_000 } }
  return [
    opens('key_young', dated, {
      title: 'Stored ten minutes before the nbf of the key.',
      storedMs: NOW,
      ...has('young'),
    }),
    refuses('key_too_young', 'signature', dated, {
      title: 'Stored ten minutes and a millisecond before the nbf of the key.',
      storedMs: NOW - 1,
      ...has('young'),
    }),
    opens('key_old', dated, {
      title: 'Stored a millisecond before the end of 14 days and ten minutes after the exp of the key.',
      storedMs: NOW - 1,
      ...has('old'),
    }),
    refuses('key_too_old', 'signature', dated, {
      title: 'Stored 14 days and ten minutes after the exp of the key.',
      storedMs: NOW,
      ...has('old'),
    }),
    opens('key_superseded', dated, {
      title: 'Stored a millisecond before the end of 14 days and ten minutes after the key was superseded.',
      storedMs: NOW - 1,
      ...has('superseded'),
    }),
    refuses('key_superseded_long_ago', 'signature', dated, {
      title: 'Stored 14 days and ten minutes after the key was superseded.',
      storedMs: NOW,
      ...has('superseded'),
    }),
    refuses('key_compromised', 'signature', dated, {
      title: 'The key was revoked as compromised, later than the message.',
      storedMs: NOW,
      ...has('compromised'),
    }),
  ]
}
