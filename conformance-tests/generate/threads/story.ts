// A thread as a list of messages, whose verdicts and state a case checks. docs/spec/thread.md
import type { CaseFile } from '../../suite/case.ts'
import { repeated as repeatedFrom } from '../../suite/repeat.ts'
import { bytesOf, digest } from '../bytes/crypto.ts'
import { base64url, message, repeated, utf8 } from '../bytes/wire.ts'
import { type Manifest, manifestBytes, type Section, sectionBytes } from '../objects.ts'
import { DAY, hotline, NOW, ngo, type Party } from '../party.ts'
import { eventBytes, type Happening, happening, TYPES } from './events.ts'

/** The referrer and the recipient of every thread here. */
export const SIDES = { referrer: hotline, recipient: ngo } as const
export type Role = keyof typeof SIDES
export const ROLES: readonly Role[] = ['referrer', 'recipient']
export const otherOf = (role: Role): Role => (role === 'referrer' ? 'recipient' : 'referrer')

/** The parts of a message other than its event. */
export interface Saying {
  /** A label that distinguishes messages that are otherwise equal. */
  readonly label?: string
  readonly heads?: readonly Uint8Array[]
  readonly void?: readonly Uint8Array[]
  readonly counter?: number
  readonly chain?: Uint8Array
  readonly test?: boolean
  readonly sender?: Party
  /** Sections of the referral, by index. */
  readonly sections?: readonly GivenSection[]
  /** Whether the event travels in a section. */
  readonly inSection?: boolean
  /** Whether the message was refused or expired, so that its sender computes the track without it. */
  readonly ended?: boolean
  readonly manifest?: (manifest: Manifest) => Manifest
}

/** A section at its index in the manifest. */
export interface GivenSection {
  readonly index: number
  readonly type: string
  readonly content: Uint8Array
}

/** A message of a story. */
export interface Written {
  readonly digest: Uint8Array
  readonly entry: object
}

const text = (value: string, language = 'en') => message([1, value], [2, language])

/** Canonical `ReferralSection` bytes of the types that every referral has, and of a staged type. */
export const CONTENT = {
  triage: message([1, 'triage'], [2, 1], [3, message([1, '6-12'], [8, 'high'])]),
  handling: message([1, 'handling'], [2, 1], [4, message([1, 'amber'])]),
  narrative: Buffer.concat([
    message([1, 'narrative'], [2, 1]),
    repeated(14, [text('Fictional. Test traffic.')]),
  ]),
} as const

/** The sections of the refer: the first two are granted, and the third is staged. */
export const SECTIONS: readonly GivenSection[] = [
  { index: 0, type: 'triage', content: CONTENT.triage },
  { index: 1, type: 'handling', content: CONTENT.handling },
]
export const STAGED: GivenSection = { index: 2, type: 'narrative', content: CONTENT.narrative }

const sealed = ({ type, content }: GivenSection): Section => ({
  salt: bytesOf(`salt of ${type}`),
  type,
  content,
})
const bytesOfSection = (given: GivenSection) => sectionBytes(sealed(given))

/** A writer of messages. Each message follows the message written before it, unless `heads` says otherwise. */
export class Story {
  readonly written: Written[] = []
  readonly #label: string
  readonly #counters: Record<Role, number> = { referrer: 0, recipient: 0 }

  constructor(label: string) {
    this.#label = label
  }

  /** Writes the refer, which grants triage and handling and stages a narrative. */
  refer(saying: Saying = {}, event: Happening = happening('refer')): Written {
    const sections = saying.sections ?? SECTIONS
    const committed = [...sections, STAGED].map((given) => digest('section', bytesOfSection(given)))
    return this.say('referrer', event, {
      heads: [],
      sections,
      ...saying,
      manifest: (manifest) => (saying.manifest ?? same)({ ...manifest, sectionDigests: padded(committed) }),
    })
  }

  /** Writes and sends a message of one side. */
  say(role: Role, event: Happening, saying: Saying = {}): Written {
    const written = this.write(role, event, saying)
    this.written.push(written)
    return written
  }

  /** Writes and sends a series of messages of one side, each after the one before it. Returns the last one. */
  repeat(role: Role, event: Happening, times: number): Written {
    const { entry } = this.write(role, event)
    this.#counters[role] += times - 1
    const series = [
      ...repeatedFrom(Buffer.from((entry as { manifest: string }).manifest, 'base64url'), times),
    ]
    const last = { digest: series.at(-1)?.digest ?? new Uint8Array(), entry: { ...entry, repeat: times } }
    this.written.push(last)
    return last
  }

  /** Writes a message without sending it. */
  write(role: Role, event: Happening, saying: Saying = {}): Written {
    const { sections = [], inSection = false, ended, sender = SIDES[role] } = saying
    const counter = saying.counter ?? this.#counters[role]++
    const label = `${this.#label} ${role} ${counter} ${saying.label ?? ''}`
    const manifest: Manifest = {
      messageId: bytesOf(`${label} id`, 16),
      threadId: bytesOf(`${this.#label} thread`, 16),
      sender: sender.organisation,
      senderKey: sender.message.thumbprint,
      chain: saying.chain ?? bytesOf(`${role} chain`, 16),
      counter,
      heads: ascending(saying.heads ?? this.written.slice(-1).map(({ digest: last }) => last)),
      void: ascending(saying.void ?? []),
      createdMs: NOW + this.written.length,
      expiresMs: NOW + 3 * DAY,
      type: TYPES[event.type],
      event: inSection ? undefined : eventBytes(event),
      sectionDigests: padded(sections.map((given) => digest('section', bytesOfSection(given)))),
      commitments: ascending([0, 1, 2, 3].map((i) => bytesOf(`${label} commitment ${i}`))),
      testTraffic: saying.test ?? true,
    }
    const bytes = manifestBytes((saying.manifest ?? same)(manifest))
    const given = sections.map((section) => ({
      index: section.index,
      section: base64url(bytesOfSection(section)),
    }))
    return {
      digest: digest('manifest', bytes),
      entry: {
        manifest: base64url(bytes),
        ...(inSection && { event: base64url(eventBytes(event)) }),
        ...(given.length > 0 && { sections: given }),
        ...(ended === true && { ended }),
      },
    }
  }
}

/** The expectations of a case. Absent members are not compared. */
export interface Expected {
  /** Verdict on each message when it arrives. Undefined verdicts are not compared. */
  readonly verdicts?: readonly (string | undefined)[]
  /** Verdict on each message at the end of the case. */
  readonly final?: readonly (string | undefined)[]
  readonly state?: string
  /** The placed events, in order. */
  readonly order?: readonly Written[]
  readonly effective?: readonly Written[]
  readonly heads?: readonly Written[]
}

/** Makes a case in which the messages arrive at the organisation of `judge`, in the given order. */
export function judged(
  name: string,
  {
    title,
    requirements,
    judge,
    story,
    expected,
    features = [],
    written = story.written,
  }: {
    readonly title: string
    readonly requirements: readonly string[]
    readonly judge: Role
    readonly story: Story
    readonly expected: Expected
    /** Default: none. */
    readonly features?: readonly string[]
    readonly written?: readonly Written[]
  },
): CaseFile {
  const { verdicts = [], final = [], state, order, effective, heads } = expected
  const digests = (list: readonly Written[]) => base64url(Buffer.concat(list.map(({ digest: one }) => one)))
  const sorted = heads?.toSorted((a, b) => Buffer.compare(a.digest, b.digest))
  const texts = (kind: string, list: readonly (string | undefined)[]) =>
    list.flatMap((verdict, i) => (verdict === undefined ? [] : [[`${kind} ${i}`, base64url(utf8(verdict))]]))
  return {
    name,
    title,
    requirements,
    features,
    operation: 'judge-thread',
    input: {
      organisation: judge === 'referrer' ? 'hotline' : 'ngo',
      referrer: 'hotline',
      recipient: 'ngo',
      messages: written.map(({ entry }) => entry),
    },
    expect: {
      accepted: {
        ...Object.fromEntries([...texts('verdict', verdicts), ...texts('final', final)]),
        ...(state !== undefined && { state: base64url(utf8(state)) }),
        ...(order && { order: digests(order) }),
        ...(effective && { effective: digests(effective) }),
        ...(sorted && { heads: digests(sorted) }),
      },
    },
  }
}

const same = <T>(part: T): T => part

function ascending(list: readonly Uint8Array[]): Uint8Array[] {
  return [...list].sort(Buffer.compare)
}

/** Pads section digests with decoys to the next multiple of four. */
function padded(digests: readonly Uint8Array[]): Uint8Array[] {
  const decoys = Array.from({ length: (4 - (digests.length % 4)) % 4 }, (_, i) => bytesOf(`decoy ${i}`))
  return [...digests, ...decoys]
}
