// Cases about entity identifiers, and about the sizes that a gateway checks before anything else. docs/spec/identity.md,
// REX-ID-001; docs/spec/envelope.md, "Parsing"
import type { CaseFile } from '../../suite/case.ts'
import { base64url, field } from '../bytes/wire.ts'
import { build, type Plan } from '../message.ts'
import { DAY } from '../party.ts'
import { unparsable } from './form.ts'

const LABEL = 'a'.repeat(63)

/** Valid identifiers at the limits of the rules. */
const RIGHT: Readonly<Record<string, string>> = {
  label_63: `https://${LABEL}.example`,
  last_label_63: `https://ngo.${LABEL}`,
  host_247: `https://${`${LABEL}.`.repeat(3)}${'a'.repeat(55)}`,
  two_labels: 'https://a.bc',
  hyphen: 'https://a-b--c.example',
  digits: 'https://1.2.example',
  path: 'https://ngo.example/a/b_c~d-e.f',
  path_hyphen: 'https://ngo.example/-a',
  length_255: `https://ngo.example/${'a'.repeat(235)}`,
}

const WRONG: Readonly<Record<string, string>> = {
  label_64: `https://${LABEL}a.example`,
  one_label: 'https://localhost',
  empty_label: 'https://ngo..example',
  hyphen_first: 'https://-ngo.example',
  hyphen_last: 'https://ngo-.example',
  last_label_digit: 'https://ngo.1example',
  address: 'https://192.0.2.1',
  capital: 'https://NGO.example',
  underscore: 'https://n_go.example',
  port: 'https://ngo.example:443',
  user: 'https://me@ngo.example',
  query: 'https://ngo.example?a',
  fragment: 'https://ngo.example#a',
  percent: 'https://ngo.example/%61',
  percent_inside: 'https://ngo.example/a%61',
  line_end: 'https://ngo.example\n',
  slash: 'https://ngo.example/',
  empty_segment: 'https://ngo.example//a',
  dots: 'https://ngo.example/...',
  dot_first: 'https://ngo.example/.a',
  segment_capital: 'https://ngo.example/A',
  segment_plus: 'https://ngo.example/a+b',
  scheme: 'http://ngo.example',
  trailing_dot: 'https://ngo.example.',
  not_ascii: 'https://ngö.example',
  length_256: `https://ngo.example/${'a'.repeat(236)}`,
}

const from = (sender: string): Plan => ({ routing: (routing) => ({ ...routing, sender }) })

/** Routing faults other than those of identifiers: title, reason and change. */
const ROUTINGS: Readonly<
  Record<string, readonly [title: string, reason: string, change: NonNullable<Plan['routing']>]>
> = {
  version: ['is of version 2', 'UNSUPPORTED_VERSION', (routing) => ({ ...routing, version: 2 })],
  id_short: [
    'has an id of 15 bytes',
    'MALFORMED',
    (routing) => ({ ...routing, envelopeId: routing.envelopeId.subarray(1) }),
  ],
  lane: ['is for lane 3', 'MALFORMED', (routing) => ({ ...routing, lane: 3 })],
  lane_none: ['is for no lane', 'MALFORMED', (routing) => ({ ...routing, lane: 0 })],
  created_zero: ['has no date', 'MALFORMED', (routing) => ({ ...routing, createdMs: 0, expiresMs: 1 })],
  lifetime: [
    'lives for 14 days and a millisecond',
    'MALFORMED',
    (routing) => ({ ...routing, expiresMs: routing.createdMs + 14 * DAY + 1 }),
  ],
  lifetime_zero: [
    'expires when it was made',
    'MALFORMED',
    (routing) => ({ ...routing, expiresMs: routing.createdMs }),
  ],
}

export function identifiers(): CaseFile[] {
  const requirements = ['REX-ID-001', 'REX-ENV-002']
  const right = Object.entries(RIGHT).map(([name, sender]): CaseFile => {
    const built = build(from(sender))
    return {
      name: `identifier_right_${name}`,
      title: `The routing names the sender ${sender}.`,
      requirements,
      features: [],
      operation: 'parse-envelope',
      input: { envelope: base64url(built.bytes) },
      expect: { accepted: { envelope_digest: base64url(built.envelopeDigest) } },
    }
  })
  const wrong = Object.entries(WRONG).map(([name, sender]) =>
    unparsable(`identifier_wrong_${name}`, from(sender), {
      title: `The routing names the sender ${sender.replace('\n', ', then a line end')}.`,
      requirements,
    }),
  )
  const large = unparsable(
    'routing_1025',
    { routingBytes: (bytes) => Buffer.concat([bytes, field([200, 'a'.repeat(1025 - bytes.length - 4)])]) },
    {
      title: 'The routing has 1025 bytes, and a field that nobody knows.',
      requirements: ['REX-ENV-002', 'REX-ERR-020'],
      reason: ['LIMIT_EXCEEDED'],
    },
  )
  const sections = unparsable(
    'envelope_65_sections',
    { sealedSections: ([jwe]) => Array(65).fill(jwe) },
    { title: 'The envelope has 65 sections.', requirements: ['REX-ENV-001'], reason: ['LIMIT_EXCEEDED'] },
  )
  const costly = unparsable(
    'envelope_1025_numbers',
    { envelopeBytes: () => Buffer.concat(Array(513).fill(field([4, '']))) },
    {
      title: 'The envelope has 1026 numbers in little space.',
      requirements: ['REX-ENC-007'],
      reason: ['LIMIT_EXCEEDED'],
    },
  )
  // A field that nobody knows has a tag and a number.
  const unknown = Buffer.concat(Array(512).fill(field([200, 1])))
  const counted = [
    unparsable(
      'envelope_1024_numbers',
      { envelopeBytes: () => unknown },
      {
        title: 'The envelope has as many tags and numbers as it may, in fields that nobody knows.',
        requirements: ['REX-ENC-007'],
        reason: ['NOT_CANONICAL', 'MALFORMED'],
      },
    ),
  ]
  const routings = Object.entries(ROUTINGS).map(([name, [title, reason, routing]]) =>
    unparsable(
      `routing_${name}`,
      { routing },
      { title: `The routing ${title}.`, requirements: ['REX-ENV-002'], reason: [reason] },
    ),
  )
  return [...right, ...wrong, ...routings, large, sections, costly, ...counted]
}
