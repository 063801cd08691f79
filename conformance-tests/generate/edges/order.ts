// Gaps, forks and orders of more than two events. docs/spec/thread.md, "Order"
import type { CaseFile } from '../../suite/case.ts'
import { happening, saying } from '../threads/events.ts'
import { UNKNOWN } from '../threads/last.ts'
import type { Story, Written } from '../threads/story.ts'
import { gap, tale } from '../threads/tale.ts'

const MOST_FORKS = 16
const byDigest = (list: readonly Written[]) => list.toSorted((a, b) => Buffer.compare(a.digest, b.digest))

/** Writes events of one counter, each after the refer. */
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

export function orderEdges(): CaseFile[] {
  return [...forks(), ...places(), ...gaps(), ...crossings()]
}
