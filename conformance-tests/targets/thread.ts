// Judges a thread with @rex/sdk, message by message. docs/guide/conformance.md

import type { JudgeThread, ThreadMessage } from '@rex/proto/conformance/v1/codec'
import type { Value } from '@rex/proto/conformance/v1/conformance'
import { Section } from '@rex/proto/core/v1/envelope'
import { Event, EventType } from '@rex/proto/core/v1/thread'
import {
  dropEvent,
  fromHex,
  type JudgedMessage,
  type JudgedThread,
  judgeMessage,
  manifestDigest,
  parseManifest,
  placeMessage,
  RexError,
  type Track,
  toHex,
  utf8,
} from '@rex/sdk/core'

const GAP = 'held gap:'

/** Judges the messages of a track, and returns the verdicts and the state of the track. */
export function judgeThread({ organisation, referrer, recipient, messages }: JudgeThread): Value[] {
  const opened = messages.map(openedOf)
  const refer = opened.find(({ manifest }) => manifest.type === EventType.REFER)?.manifest
  const [role, other] =
    organisation === referrer ? (['referrer', recipient] as const) : (['recipient', referrer] as const)
  const thread = { organisation, role, others: [other], test: refer?.testTraffic ?? false, refer }
  let track: Track | undefined
  const verdicts = opened.map((message, i) => {
    const { verdict, after } = judged({ ...thread, track }, message)
    track = messages[i]?.ended && after ? dropEvent(after, message.digest) : after
    return verdict
  })
  const end = track
  const final = verdicts.map((verdict, i) => atEnd(verdict, opened[i]?.digest ?? '', end))
  const placed = end?.placed ?? []
  return [
    ...verdicts.map((verdict, i) => text(`verdict ${i}`, verdict)),
    ...final.map((verdict, i) => text(`final ${i}`, verdict)),
    text('state', end?.state ?? ''),
    digests(
      'order',
      placed.map(({ event }) => event.digest),
    ),
    digests(
      'effective',
      placed.filter(({ effective }) => effective).map(({ event }) => event.digest),
    ),
    digests('heads', [...(end?.heads ?? [])].sort()),
  ]
}

function openedOf({ manifest: bytes, event, sections }: ThreadMessage): JudgedMessage {
  const manifest = parseManifest(bytes)
  return {
    digest: toHex(manifestDigest(bytes)),
    manifest,
    event: manifest.event ?? Event.decode(event),
    sections: sections.map(({ index, section }) => ({ index, ...Section.decode(section) })),
  }
}

function judged(thread: JudgedThread, message: JudgedMessage): { verdict: string; after: Track | undefined } {
  try {
    if (message.manifest.sender === thread.organisation)
      return { verdict: 'sent', after: placeMessage(thread, message).track }
    const { track: after, code } = judgeMessage(thread, message)
    return { verdict: code === '' ? 'received' : `held ${code}`, after }
  } catch (error) {
    if (!RexError.is(error)) throw error
    return { verdict: `refused ${error.reason}`, after: thread.track }
  }
}

/** Returns the final verdict: a parked message is judged again when the message that it waits for arrives. */
function atEnd(verdict: string, digest: string, track: Track | undefined): string {
  if (!verdict.startsWith(GAP) || track?.parked.some((waiting) => waiting.digest === digest)) return verdict
  return track?.events.has(digest) ? 'received' : 'refused INVALID_EVENT'
}

function text(name: string, value: string): Value {
  return { name, value: utf8(value) }
}

function digests(name: string, list: readonly string[]): Value {
  return { name, value: fromHex(list.join(''), name) }
}
