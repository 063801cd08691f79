// Cases of encoding and padding faults in every object of an envelope. docs/spec/overview.md, REX-ENC-001;
// docs/spec/envelope.md, REX-ENV-040
import type { CaseFile } from '../../suite/case.ts'
import { bytesOf } from '../bytes/crypto.ts'
import { ENCODING_FAULTS, type EncodingFault, PADDING_FAULTS } from '../bytes/faults.ts'
import { NOTE, NOTE_EVENT, type Plan } from '../message.ts'
import { opens, refuses, type Stage, unparsable } from './form.ts'

type Spoil = EncodingFault['spoil']

/** Unencrypted objects, with the plan that spoils each object. */
const CLEAR: Readonly<Record<string, readonly [title: string, plan: (spoil: Spoil) => Plan]>> = {
  envelope: ['The envelope', (spoil) => ({ envelopeBytes: spoil })],
  routing: ['The routing', (spoil) => ({ routingBytes: spoil })],
  grant_jwe: ['The JWE of the grant', (spoil) => ({ grantJwe: spoil })],
}

/** The plan of a note, whose event is in a section. */
export const NOTE_PLAN: Plan = {
  label: 'note',
  said: { type: NOTE, event: undefined, heads: [bytesOf('head')], counter: 1 },
  sections: [{ type: 'event', content: NOTE_EVENT }],
}

/** Sealed objects, with the stage that decodes each object and the plan that spoils it. */
const SEALED: Readonly<Record<string, readonly [title: string, stage: Stage, plan: (spoil: Spoil) => Plan]>> =
  {
    grant: ['The grant', 'grant', (spoil) => ({ grantBytes: spoil })],
    signed_manifest: ['The JWS of the manifest', 'manifest', (spoil) => ({ signedBytes: spoil })],
    manifest: ['The manifest', 'manifest', (spoil) => ({ manifestBytes: spoil })],
    section: ['A section', 'section', (spoil) => ({ sectionBytes: spoil })],
    event: [
      'The event in a section',
      'section',
      (spoil) => ({ ...NOTE_PLAN, sections: [{ type: 'event', content: spoil(NOTE_EVENT) }] }),
    ],
  }

const PADDED: Readonly<
  Record<string, readonly [title: string, stage: Stage, part: 'padGrant' | 'padManifest' | 'padSection']>
> = {
  grant: ['The grant', 'grant', 'padGrant'],
  manifest: ['The manifest', 'manifest', 'padManifest'],
  section: ['A section', 'section', 'padSection'],
}

export function encodings(): CaseFile[] {
  const requirements = ['REX-ENC-001']
  const faults = Object.entries(ENCODING_FAULTS)
  const clear = Object.entries(CLEAR).flatMap(([object, [title, plan]]) =>
    faults.map(([fault, { title: what, reason, spoil }]) =>
      unparsable(`${object}_encoding_${fault}`, plan(spoil), {
        title: `${title} ${what}.`,
        requirements,
        reason,
      }),
    ),
  )
  // Skip faults of field order for the event, because it has only one field.
  const isPossible = (object: string, fault: string) => object !== 'event' || fault !== 'order'
  const sealed = Object.entries(SEALED).flatMap(([object, [title, stage, plan]]) =>
    faults
      .filter(([fault]) => isPossible(object, fault))
      .map(([fault, { title: what, spoil }]) =>
        refuses(`${object}_encoding_${fault}`, stage, plan(spoil), {
          title: `${title} ${what}.`,
          requirements: [
            ...requirements,
            ...(object.endsWith('manifest') ? ['REX-ENV-010'] : []),
            'REX-JOSE-052',
          ],
        }),
      ),
  )
  const padded = Object.entries(PADDED).flatMap(([object, [title, stage, part]]) =>
    Object.entries(PADDING_FAULTS).map(([fault, { title: what, pad }]) =>
      refuses(
        `${object}_padding_${fault}`,
        stage,
        { [part]: pad },
        { title: `${title} is ${what}.`, requirements: ['REX-ENV-040', 'REX-ENV-041'] },
      ),
    ),
  )
  const note = opens('event_in_section', NOTE_PLAN, {
    title: 'A note, whose event is in a section.',
    requirements: ['REX-ENV-015'],
  })
  return [note, ...clear, ...sealed, ...padded]
}
