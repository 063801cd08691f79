// Cases about gaps, forks, and the order of more than two events. docs/spec/thread.md, "Order"
import type { CaseFile } from '../../suite/case.ts'
import { bytesOf } from '../bytes/crypto.ts'
import { message, repeated, utf8 } from '../bytes/wire.ts'
import { ngo } from '../party.ts'
import { happening, saying } from '../threads/events.ts'
import { UNKNOWN } from '../threads/last.ts'
import type { Story, Written } from '../threads/story.ts'
import { gap, tale } from '../threads/tale.ts'

const MOST_FORKS = 16
const byDigest = (list: readonly Written[]) => list.toSorted((a, b) => Buffer.compare(a.digest, b.digest))

/** Writes events with the same counter, each directly after the refer. */
function rivals(story: Story, refer: Written, count: number): Written[] {
  return Array.from({ length: count }, (_, i) =>
    story.write('recipient', happening('note'), { heads: [refer.digest], counter: 0, label: `rival ${i}` }),
  )
}

function forks(): CaseFile[] {
  return [MOST_FORKS, MOST_FORKS + 1].map((count) =>
    tale(`fork_${count}`, (story) => {
      const refer = story.refer()
      const written = rivals(story, refer, count + 1)
      const held = Array.from({ length: MOST_FORKS }, () => 'held fork')
      const surplus = count > MOST_FORKS ? ['refused LIMIT_EXCEEDED'] : []
      return {
        title: `${count} messages have the counter of another.`,
        requirements: ['REX-THR-025', 'REX-ERR-020'],
        judge: 'referrer',
        written: [refer, ...written],
        expected: {
          verdicts: [undefined, 'received', ...held, ...surplus],
          order: [refer, written[0] as Written],
        },
      }
    }),
  )
}

function places(): CaseFile[] {
  return [
    tale('fork_of_held', (story) => {
      const refer = story.refer()
      const held = story.write('recipient', saying('decline', [1, UNKNOWN]), {
        heads: [refer.digest],
        counter: 0,
      })
      const accept = story.write('recipient', happening('accept'), { heads: [refer.digest], counter: 0 })
      return {
        title: 'A message has the counter of one that is held for its code, which has no place.',
        requirements: ['REX-THR-025', 'REX-THR-005'],
        judge: 'referrer',
        written: [refer, held, accept],
        expected: {
          verdicts: [undefined, `held decline.code=${UNKNOWN}`, 'received'],
          state: 'accepted',
          order: [refer, accept],
        },
      }
    }),
    tale('fork_at_recipient', (story) => {
      const refer = story.refer()
      const note = story.say('referrer', happening('note'))
      const withdraw = story.write('referrer', happening('withdraw'), { heads: [refer.digest], counter: 1 })
      return {
        title: 'The referrer gives two messages one counter.',
        requirements: ['REX-THR-025'],
        judge: 'recipient',
        written: [refer, note, withdraw],
        expected: {
          verdicts: ['received', 'received', 'held fork'],
          state: 'requested',
          order: [refer, note],
        },
      }
    }),
  ]
}

function gaps(): CaseFile[] {
  return [
    tale('gap_at_recipient', (story) => {
      const refer = story.refer()
      const note = story.say('referrer', happening('note'))
      const withdraw = story.say('referrer', happening('withdraw'))
      return {
        title: 'A withdrawal comes in before its predecessor, and then the predecessor.',
        requirements: ['REX-THR-020'],
        judge: 'recipient',
        written: [refer, withdraw, note],
        expected: {
          verdicts: ['received', gap(note), 'received'],
          final: ['received', 'received', 'received'],
          state: 'withdrawn',
          order: [refer, note, withdraw],
          heads: [withdraw],
        },
      }
    }),
    tale('gap_of_two', (story) => {
      const refer = story.refer()
      const notes = byDigest(
        [0, 1].map((i) =>
          story.write('recipient', happening('note'), { heads: [refer.digest], counter: i, label: `${i}` }),
        ),
      )
      const [lower, higher] = notes as [Written, Written]
      const accept = story.write('recipient', happening('accept'), {
        heads: notes.map(({ digest }) => digest),
        counter: 2,
      })
      return {
        title: 'Two predecessors are missing: the answer names the first, then the second.',
        requirements: ['REX-THR-020', 'REX-RCP-013'],
        judge: 'referrer',
        written: [refer, accept, lower, higher],
        expected: {
          verdicts: [undefined, gap(lower), 'received', 'received'],
          final: [undefined, 'received', 'received', 'received'],
          order: [refer, lower, higher, accept],
          state: 'accepted',
        },
      }
    }),
  ]
}

function crossings(): CaseFile[] {
  return [
    tale('crossing_four_notes', (story) => {
      const refer = story.refer()
      const notes = [0, 1, 2, 3].map((i) =>
        story.write(i % 2 === 0 ? 'recipient' : 'referrer', happening('note'), {
          heads: [refer.digest],
          counter: 1 + i,
          label: `note ${i}`,
        }),
      )
      return {
        title: 'Four concurrent notes are ordered by their digests.',
        requirements: ['REX-THR-021'],
        judge: 'referrer',
        written: [refer, ...notes],
        expected: { order: [refer, ...byDigest(notes)], heads: notes },
      }
    }),
    tale('crossing_two_withdrawals', (story) => {
      const refer = story.refer()
      const [back, consent] = [
        story.write('referrer', happening('withdraw'), { heads: [refer.digest], counter: 1 }),
        story.write('recipient', happening('consent-withdrawn'), { heads: [refer.digest], counter: 0 }),
      ] as const
      const [lower, higher] = byDigest([back, consent]) as [Written, Written]
      return {
        title: 'Two concurrent events take something back: the one with the lower digest comes first.',
        requirements: ['REX-THR-021', 'REX-THR-022'],
        judge: 'referrer',
        written: [refer, back, consent],
        expected: { order: [refer, lower, higher], state: 'withdrawn' },
      }
    }),
    tale('row_test_in_real', (story) => {
      const refer = story.refer({ test: false })
      const note = story.say('recipient', happening('note'), { test: true })
      return {
        title: 'An event is test traffic, and its refer is not.',
        requirements: ['REX-THR-006', 'REX-ENV-019'],
        judge: 'referrer',
        written: [refer, note],
        expected: { verdicts: [undefined, 'refused POLICY_REFUSED'] },
      }
    }),
  ]
}

/** Makes cases of events that declare others void, and of a message whose chain id the other side uses, too. */
function voids(): CaseFile[] {
  const requirements = ['REX-THR-025', 'REX-THR-027']
  return [
    tale('fork_of_other_side', (story) => {
      const refer = story.refer()
      const note = story.say('recipient', happening('note'), { chain: bytesOf('referrer chain', 16) })
      return {
        title: 'A message has chain and counter of one of the other side.',
        requirements: ['REX-THR-002', 'REX-THR-025'],
        judge: 'referrer',
        expected: { verdicts: [undefined, 'received'], order: [refer, note] },
      }
    }),
    tale('fork_of_own_void', (story) => {
      const refer = story.refer()
      const [note, accept] = replaced(story, refer)
      return {
        title: 'A message names the one in its place void.',
        requirements,
        judge: 'referrer',
        written: [refer, note, accept],
        expected: { verdicts: [undefined, 'received', 'received'], state: 'accepted' },
      }
    }),
    tale('fork_beside_held', (story) => {
      const refer = story.refer()
      const [note, accept] = replaced(story, refer)
      const rival = story.write('recipient', happening('decline'), { heads: [refer.digest], counter: 0 })
      return {
        title: 'A message names one of two others in its place void; the other one is a fork.',
        requirements,
        judge: 'referrer',
        written: [refer, note, rival, accept],
        expected: { verdicts: [undefined, 'received', 'held fork', 'held fork'], state: 'requested' },
      }
    }),
    tale('void_of_invalid', (story) => {
      const { refer, lost, accept, invalid } = invalidWith(story)
      return {
        title: 'An invalid event names a digest void, for which a later event waits.',
        requirements: ['REX-THR-029', 'REX-THR-024'],
        judge: 'referrer',
        written: [refer, invalid, accept],
        expected: {
          verdicts: [undefined, 'refused INVALID_EVENT', gap(lost)],
          state: 'requested',
          heads: [refer],
        },
      }
    }),
    tale('void_of_invalid_later', (story) => {
      const { refer, lost, accept, invalid } = invalidWith(story)
      return {
        title: 'An event waits, and an invalid one names its predecessor void.',
        requirements: ['REX-THR-029', 'REX-THR-024'],
        judge: 'referrer',
        written: [refer, accept, invalid],
        expected: {
          final: [undefined, gap(lost), 'refused INVALID_EVENT'],
          state: 'requested',
          heads: [refer],
        },
      }
    }),
  ]
}

/** Writes a note, and an accept that takes the note's place and declares it void. */
function replaced(story: Story, refer: Written): readonly [Written, Written] {
  const heads = [refer.digest]
  const note = story.write('recipient', happening('note'), { heads, counter: 0, label: 'note' })
  const accept = story.write('recipient', happening('accept'), { heads, counter: 0, void: [note.digest] })
  return [note, accept]
}

/** Writes an accept that waits for a lost note, and an invalid event that declares the note void. */
function invalidWith(story: Story) {
  const refer = story.refer()
  const lost = story.write('recipient', happening('note'), { label: 'lost' })
  const accept = story.write('recipient', happening('accept'), { heads: [refer.digest, lost.digest] })
  const invalid = story.write('recipient', happening('complete'), {
    heads: [refer.digest],
    void: [lost.digest],
  })
  return { refer, lost, accept, invalid }
}

/** Makes cases of a message that its sender counts as refused or expired, although the message reached the other side. */
function ended(): CaseFile[] {
  const tell = (name: string, title: string, isFirst: boolean) =>
    tale(name, (story) => {
      const refer = story.refer()
      const lost = story.write('recipient', happening('note'), { heads: [refer.digest], ended: true })
      const note = story.write('referrer', happening('note'), { heads: [lost.digest], counter: 1 })
      return {
        title,
        requirements: ['REX-THR-027'],
        judge: 'recipient',
        written: isFirst ? [refer, note, lost] : [refer, lost, note],
        expected: {
          final: isFirst ? [undefined, 'received', undefined] : [undefined, undefined, 'received'],
          order: [refer, note],
          heads: [refer, note],
        },
      }
    })
  return [
    tell('ended_and_followed', 'An own message ended, and then an event comes in that follows it.', false),
    tell('ended_and_awaited', 'An event follows an own message, which then ends.', true),
  ]
}

function opening(): CaseFile[] {
  return [
    tale('refer_by_recipient', (story) => {
      story.refer({ sender: ngo })
      return {
        title: 'The recipient of the thread refers.',
        requirements: ['REX-THR-010', 'REX-THR-024'],
        judge: 'referrer',
        expected: { verdicts: ['refused INVALID_EVENT'] },
      }
    }),
    tale('refer_held_opens', (story) => {
      const refer = story.refer({}, saying('refer', [1, UNKNOWN]))
      const note = story.say('referrer', happening('note'))
      return {
        title: 'A refer that is held for its kind opens its track.',
        requirements: ['REX-THR-005'],
        judge: 'recipient',
        expected: { verdicts: [undefined, 'received'], state: 'requested', order: [refer, note] },
      }
    }),
    tale('consent_withdrawn_of_sections', (story) => {
      story.refer()
      story.say('recipient', {
        type: 'consent-change',
        content: Buffer.concat([message([1, 'withdrawn']), repeated(3, [utf8('narrative')])]),
      })
      return {
        title: 'Consent is withdrawn for one type of section, which does not end the thread.',
        requirements: ['REX-THR-011'],
        judge: 'referrer',
        expected: { verdicts: [undefined, 'received'], state: 'requested' },
      }
    }),
  ]
}

export function orderEdges(): CaseFile[] {
  return [...voids(), ...ended(), ...opening(), ...forks(), ...places(), ...gaps(), ...crossings()]
}
