// Cases about the validity of message keys, tested to the millisecond. docs/spec/identity.md, REX-ID-021
import type { CaseFile } from '../../suite/case.ts'
import { epochKeys, nextSeed } from '../bytes/crypto.ts'
import { NOW, ngo } from '../party.ts'
import { opens, refuses } from './form.ts'

const requirements = ['REX-ID-021']
const has = (validity: string) => ({ configurations: [`hotline_${validity}`, 'ngo'], requirements })

/** Makes cases in which the envelope is sealed to keys of a later epoch (REX-ID-031). */
function epochs(): CaseFile[] {
  const later = nextSeed(nextSeed(ngo.seed))
  return ['REX-1', 'REX-2'].map((suite) =>
    opens(
      `key_later_epoch_${suite.slice(-1)}`,
      { suite, recipient: { ...ngo, keys: epochKeys(later) } },
      {
        title: `The grant is for the key two epochs later, of suite ${suite}.`,
        requirements: ['REX-ID-030', 'REX-ID-031', 'REX-ID-032'],
      },
    ),
  )
}

export function validity(): CaseFile[] {
  const dated = { said: { createdMs: NOW - 60_000 } }
  return [
    ...epochs(),
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
    refuses('key_superseded_after_exp', 'signature', dated, {
      title: 'Stored 14 days and ten minutes after the exp of the key, which was superseded later.',
      storedMs: NOW,
      ...has('superseded_later'),
    }),
    refuses('key_compromised', 'signature', dated, {
      title: 'The key was revoked as compromised, later than the message.',
      storedMs: NOW,
      ...has('compromised'),
    }),
  ]
}
