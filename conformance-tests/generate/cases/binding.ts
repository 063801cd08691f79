// Cases of messages that are tampered with, replayed, forwarded, readdressed or granted again.
// docs/spec/envelope.md, "Opening"
import type { CaseFile } from '../../suite/case.ts'
import { bytesOf } from '../bytes/crypto.ts'
import { build, type Plan, ROUTINE, URGENT } from '../message.ts'
import { commitmentOf, type Jwe } from '../objects.ts'
import { DAY, hotline, MINUTE, NOW, ngo, police } from '../party.ts'
import { opens, refuses, type Saying, STORED, type Stage, unparsable } from './form.ts'

const flip = (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, i) => (i === 5 ? byte ^ 1 : byte))
const TWO = ['triage', 'people'].map((type) => ({ type, content: bytesOf(`${type} content`) }))
const LIFETIME = 3 * DAY

type Row = readonly [
  name: string,
  stage: Stage,
  title: string,
  plan: Plan,
  requirements: readonly string[],
  saying?: Partial<Saying>,
]

/** The message to the ngo from which an attacker takes parts. */
const original = build()
const BIND = ['REX-ENV-023', 'REX-ENV-018']

const ROWS: readonly Row[] = [
  [
    'regranted_to_third',
    'binding',
    'The recipient passes the message on, with a grant of its own making.',
    { recipient: police, manifest: () => original.manifest },
    BIND,
    { opener: 'police' },
  ],
  [
    'regranted_fewer_sections',
    'binding',
    'A section was removed, and the grant made anew without it.',
    {
      sections: TWO,
      grant: (grant) => ({ ...grant, sections: grant.sections.slice(0, 1) }),
      sealedSections: (jwes) => jwes.slice(0, 1),
    },
    BIND,
  ],
  [
    'regranted_other_salt',
    'binding',
    'The grant has another commitment salt.',
    { grant: (grant) => ({ ...grant, salt: bytesOf('other salt') }) },
    BIND,
  ],
  [
    'regranted_index_above',
    'binding',
    'The grant names a section that the manifest does not have.',
    {
      manifest: committedTo(4),
      grant: (grant) => ({ ...grant, sections: grant.sections.map((entry) => ({ ...entry, index: 4 })) }),
    },
    ['REX-ENV-070'],
  ],
  [
    'readdressed_lane',
    'binding',
    'The lane is another, and everything but the manifest was made anew.',
    { routing: (routing) => ({ ...routing, lane: ROUTINE }) },
    BIND,
  ],
  [
    'readdressed_sender',
    'binding',
    'The routing names another sender than the manifest.',
    { routing: (routing) => ({ ...routing, sender: police.organisation }) },
    ['REX-ENV-070'],
  ],
  [
    'readdressed_expiry_later',
    'binding',
    'The routing expires a millisecond after the manifest.',
    { routing: (routing) => ({ ...routing, expiresMs: routing.expiresMs + 1 }) },
    ['REX-ENV-070'],
  ],
  [
    'readdressed_expiry_earlier',
    'binding',
    'The routing expires a millisecond before the manifest.',
    { routing: (routing) => ({ ...routing, expiresMs: routing.expiresMs - 1 }) },
    ['REX-ENV-070'],
  ],
  [
    'readdressed_older_routing',
    'binding',
    'The routing is a millisecond older than the manifest.',
    { routing: (routing) => ({ ...routing, createdMs: routing.createdMs - 1 }) },
    ['REX-ENV-060'],
  ],
  [
    'section_missing',
    'binding',
    'The grant has the key of a section that the envelope lacks.',
    { sections: TWO, sealedSections: (jwes) => jwes.slice(0, 1) },
    ['REX-ENV-070'],
  ],
  [
    'section_surplus',
    'binding',
    'The envelope has a section that the grant lacks.',
    { sections: TWO, granted: [0], sealedSections: ([jwe]) => [jwe as Jwe, jwe as Jwe] },
    ['REX-ENV-070'],
  ],
  [
    'kid_other_than_sender_key',
    'manifest',
    'The manifest names another sender key than its kid.',
    { manifest: (manifest) => ({ ...manifest, senderKey: police.message.thumbprint }) },
    ['REX-ENV-011'],
  ],
  [
    'recipient_other',
    'routing',
    'The envelope is for another organisation, and this one has the keys.',
    { routing: (routing) => ({ ...routing, recipient: police.organisation }) },
    ['REX-ENV-070'],
  ],
  [
    'stored_at_expiry',
    'routing',
    'The envelope was stored ten minutes after its expiry.',
    {},
    ['REX-ENV-070'],
    { storedMs: NOW + LIFETIME + 10 * MINUTE },
  ],
  [
    'routing_dated_ahead',
    'routing',
    'The routing is dated ten minutes and a millisecond after storing.',
    {},
    ['REX-ENV-070'],
    { storedMs: NOW - 10 * MINUTE - 1 },
  ],
  [
    'manifest_dated_ahead',
    'signature',
    'The manifest is dated ten minutes and a millisecond after storing; its routing is not.',
    { routing: (routing) => ({ ...routing, createdMs: NOW - MINUTE }) },
    ['REX-ENV-070'],
    { storedMs: NOW - 10 * MINUTE - 1 },
  ],
  [
    'manifest_too_old',
    'signature',
    'The manifest is 14 days, ten minutes and a millisecond older than the storing.',
    { routing: (routing) => ({ ...routing, createdMs: NOW + 14 * DAY, expiresMs: NOW + 15 * DAY }) },
    ['REX-ENV-070'],
    { storedMs: NOW + 14 * DAY + 10 * MINUTE + 1 },
  ],
  [
    'sender_not_paired',
    'signature',
    'The sender is not paired.',
    {},
    ['REX-ENV-070'],
    { configurations: ['ngo', 'police'] },
  ],
  [
    'grant_aad',
    'grant',
    'The context in the header of the grant was replaced by that of another routing, which the encryption of the grant notices.',
    replayedGrant(),
    ['REX-ENV-004', 'REX-JOSE-040'],
  ],
  [
    'grant_ciphertext',
    'grant',
    'One bit of the ciphertext of the grant is another.',
    { sealedGrant: (jwe) => ({ ...jwe, ciphertext: flip(jwe.ciphertext) }) },
    ['REX-JOSE-050'],
  ],
  [
    'grant_rex2_encapsulation',
    'grant',
    'One bit of the encapsulated secret is another.',
    { suite: 'REX-2', sealedGrant: (jwe) => ({ ...jwe, encryptedKey: flip(jwe.encryptedKey) }) },
    ['REX-JOSE-051'],
  ],
  [
    'grant_rex2_ciphertext',
    'grant',
    'One bit of the ciphertext of the grant is another.',
    { suite: 'REX-2', sealedGrant: (jwe) => ({ ...jwe, ciphertext: flip(jwe.ciphertext) }) },
    ['REX-JOSE-051'],
  ],
  [
    'grant_key_short',
    'grant',
    'The manifest key has 31 bytes.',
    { grant: (grant) => ({ ...grant, manifestKey: grant.manifestKey.subarray(1) }) },
    ['REX-ENV-032'],
  ],
  [
    'grant_salt_short',
    'grant',
    'The commitment salt has 31 bytes.',
    { grant: (grant) => ({ ...grant, salt: grant.salt.subarray(1) }) },
    ['REX-ENV-032'],
  ],
  [
    'grant_section_key_short',
    'grant',
    'A section key has 31 bytes.',
    {
      grant: (grant) => ({
        ...grant,
        sections: grant.sections.map(({ index, key }) => ({ index, key: key.subarray(1) })),
      }),
    },
    ['REX-ENV-032'],
  ],
  [
    'grant_descending',
    'grant',
    'The sections of the grant descend.',
    { sections: TWO, grant: (grant) => ({ ...grant, sections: grant.sections.toReversed() }) },
    ['REX-ENV-032'],
  ],
  [
    'grant_index_twice',
    'grant',
    'The grant has the same section twice.',
    {
      sections: TWO,
      grant: (grant) => ({ ...grant, sections: grant.sections.map((entry) => ({ ...entry, index: 0 })) }),
    },
    ['REX-ENV-032'],
  ],
  [
    'manifest_key_other',
    'manifest',
    'The manifest key of the grant is another.',
    { grant: (grant) => ({ ...grant, manifestKey: bytesOf('other key') }) },
    ['REX-JOSE-041'],
  ],
  [
    'manifest_kc',
    'manifest',
    'kc is not the digest of the key that opens the manifest.',
    { manifestKc: () => bytesOf('kc') },
    ['REX-JOSE-041'],
  ],
  [
    'manifest_ciphertext',
    'manifest',
    'One bit of the sealed manifest is another.',
    { sealedManifest: flipped },
    ['REX-JOSE-040'],
  ],
  [
    'section_kc',
    'section',
    'kc is not the digest of the key that opens the section.',
    { sectionKc: () => bytesOf('kc') },
    ['REX-JOSE-041'],
  ],
  [
    'section_ciphertext',
    'section',
    'One bit of a sealed section is another.',
    { sealedSections: (jwes) => jwes.map(flipped) },
    ['REX-JOSE-040'],
  ],
  [
    'section_swapped',
    'section',
    'Two sections changed places.',
    {
      sections: TWO,
      grant: (grant) => ({
        ...grant,
        sections: grant.sections.map(({ index }, i, all) => ({
          index,
          key: (all[1 - i] as { key: Uint8Array }).key,
        })),
      }),
      sealedSections: (jwes) => jwes.toReversed(),
    },
    ['REX-ENV-021'],
  ],
  [
    'section_digest_other',
    'section',
    'The manifest has another digest of the section.',
    {
      manifest: (manifest) => ({
        ...manifest,
        sectionDigests: manifest.sectionDigests.map((entry, i) =>
          i === 0 ? bytesOf('other digest') : entry,
        ),
      }),
    },
    ['REX-ENV-021', 'REX-ENV-017'],
  ],
  [
    'section_salt_short',
    'section',
    'The salt of a section has 31 bytes.',
    { section: (section) => ({ ...section, salt: section.salt.subarray(1) }) },
    ['REX-ENV-021'],
  ],
]

/** Makes the manifest commit to the section at this index, even if there is no such section. */
function committedTo(index: number): NonNullable<Plan['manifest']> {
  const { salt } = original.grant
  const opening = { salt, recipient: ngo.organisation, lane: URGENT, sections: [index] }
  return (old) => ({
    ...old,
    commitments: [commitmentOf(opening), ...old.commitments.slice(1)].sort(Buffer.compare),
  })
}

function flipped(jwe: Jwe): Jwe {
  return { ...jwe, ciphertext: flip(jwe.ciphertext) }
}

/**
 * Makes the plan of an envelope with the grant of another envelope. Only the `ctx` in the grant's header is that of the new
 * envelope.
 */
function replayedGrant(): Plan {
  let sealed: Jwe | undefined
  build({ sealedGrant: (jwe) => (sealed = jwe) })
  const routing: Plan['routing'] = (old) => ({ ...old, envelopeId: bytesOf('other envelope', 16) })
  const ctx = /"ctx":"[^"]*"/
  return {
    routing,
    sealedGrant: (jwe) => {
      const old = sealed as Jwe
      const [bound = ''] = ctx.exec(String(Buffer.from(jwe.header))) ?? []
      return { ...old, header: Buffer.from(String(Buffer.from(old.header)).replace(ctx, bound)) }
    },
  }
}

export function binding(): CaseFile[] {
  return [
    opens(
      'binding_two_sections',
      { sections: TWO },
      { title: 'A referral with two sections.', requirements: ['REX-ENV-023'] },
    ),
    opens(
      'binding_staged',
      { sections: TWO, granted: [1] },
      { title: 'A referral of which the second section alone is granted.', requirements: ['REX-ENV-023'] },
    ),
    opens(
      'binding_stored_before_expiry',
      {},
      {
        title: 'Stored a millisecond before ten minutes after the expiry.',
        requirements: [],
        storedMs: NOW + LIFETIME + 10 * MINUTE - 1,
      },
    ),
    opens(
      'binding_dated_ahead',
      {},
      { title: 'Dated ten minutes after storing.', requirements: [], storedMs: NOW - 10 * MINUTE },
    ),
    ...ROWS.map(([name, stage, title, plan, requirements, saying]) =>
      refuses(`binding_${name}`, stage, plan, { title, requirements, ...saying }),
    ),
    refuses(
      'binding_key_destroyed',
      'grant',
      { recipient: { ...ngo, keys: police.keys } },
      {
        title: 'The grant is for a key that does not exist.',
        requirements: ['REX-ID-034'],
        storedMs: STORED,
      },
      'KEY_EXPIRED',
    ),
    unparsable(
      'binding_ctx',
      { ctx: () => bytesOf('ctx') },
      { title: 'ctx is not the digest of the context.', requirements: ['REX-ENV-004', 'REX-ENV-024'] },
    ),
    unparsable(
      'binding_ctx_other_sender',
      { ctx: () => build({ sender: hotline, routing: (old) => ({ ...old, lane: ROUTINE }) }).envelopeDigest },
      { title: 'ctx is another digest of the message.', requirements: ['REX-ENV-004'] },
    ),
  ]
}
