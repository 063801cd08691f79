// Cases with several configurations or keys: which of them the opener must use for a signature or a grant.
// docs/spec/envelope.md, "Opening"; REX-JOSE-013
import type { CaseFile } from '../../suite/case.ts'
import { digest, type SigningKey, signingKey } from '../bytes/crypto.ts'
import { base64url, field, split } from '../bytes/wire.ts'
import { opens, refuses } from '../cases/form.ts'
import { build, event, type Plan, REFER_EVENT } from '../message.ts'
import { SECOND_KEYS } from '../parties.ts'
import { hotline, ngo, recipientKey } from '../party.ts'

const TWO = ['hotline_two_keys', 'ngo']
const requirements = ['REX-JOSE-013', 'REX-ENV-070']
const second: SigningKey = signingKey(SECOND_KEYS.hotline)

/** Returns the plan of a message whose header and manifest name the key `kid`, and which `signer` signs. */
const named = (kid: SigningKey, signer: SigningKey) => ({
  sender: { ...hotline, message: kid },
  signer,
})

function newest(): CaseFile[] {
  const configurations = (...names: string[]) => ({ configurations: [...names, 'ngo'], requirements })
  return [
    refuses(
      'newest_configuration_first',
      'signature',
      {},
      {
        title: 'Of two configurations of the sender, the newer one, given first, no longer has a usable key.',
        ...configurations('hotline_newer_revoked', 'hotline'),
      },
    ),
    refuses(
      'newest_configuration_last',
      'signature',
      {},
      {
        title: 'Of two configurations of the sender, the newer one, given last, no longer has a usable key.',
        ...configurations('hotline', 'hotline_newer_revoked'),
      },
    ),
    opens(
      'newest_configuration_names_key',
      {},
      {
        title: 'Of two configurations of the sender, the older one, given last, does not name the key yet.',
        ...configurations('hotline', 'hotline_older_key'),
      },
    ),
    refuses('newest_configuration_dropped_key', 'signature', named(second, second), {
      title: 'Of two configurations of the sender, the older one alone names the key.',
      ...configurations('hotline', 'hotline_older_key'),
    }),
  ]
}

/**
 * Returns the plan of a message whose grant is sealed with the suite `suite`, but names the recipient's key for the suite
 * `other`.
 */
function underOther(suite: string, other: string): Plan {
  const [own, named] = [recipientKey(ngo, suite), recipientKey(ngo, other)]
  const context = split(build({ suite }).context).map((part, i) => (i === 1 ? field([2, named]) : part))
  return {
    suite,
    ctx: () => digest('context', Buffer.concat(context)),
    grantHeader: (header) => header.replace(base64url(own), base64url(named)),
  }
}

function suites(): CaseFile[] {
  return [
    ['REX-1', 'REX-2'],
    ['REX-2', 'REX-1'],
  ].map(([suite = '', other = '']) =>
    refuses(
      `grant_${suite.replace('-', '').toLowerCase()}_under_other_key`,
      'grant',
      underOther(suite, other),
      {
        title: `A grant of ${suite} is under the thumbprint of the recipient's key for ${other}.`,
        requirements,
      },
    ),
  )
}

export function keyEdges(): CaseFile[] {
  const having = { configurations: TWO, requirements }
  return [
    ...newest(),
    ...suites(),
    refuses(
      'event_two_members',
      'manifest',
      { said: { event: Buffer.concat([REFER_EVENT, event(3, new Uint8Array())]) } },
      { title: 'The event has the members of two types.', requirements: ['REX-ENC-001', 'REX-ENV-015'] },
    ),
    opens('two_keys_second', named(second, second), {
      title: 'The second of two message keys signs under its kid.',
      ...having,
    }),
    refuses('two_keys_second_under_first', 'signature', named(hotline.message, second), {
      title: 'The second of two message keys signs under the kid of the first.',
      ...having,
    }),
    refuses('two_keys_first_under_second', 'signature', named(second, hotline.message), {
      title: 'The first of two message keys signs under the kid of the second.',
      ...having,
    }),
  ]
}
