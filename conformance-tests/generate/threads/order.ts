// Cases about concurrent events, and about events that wait for a predecessor. docs/spec/thread.md, "Order"
import type { CaseFile } from '../../suite/case.ts'
import { happening, saying } from './events.ts'
import type { Role, Story, Written } from './story.ts'
import { gap, tale, writtenUntil } from './tale.ts'

/** Writes two concurrent events. If `isLower`, the first event has the lower digest. */
function crossing(
  story: Story,
  [one, other]: readonly [readonly [Role, string], readonly [Role, string]],
  isLower: boolean,
): [Written, Written] {
  const heads = story.written.slice(-1).map(({ digest }) => digest)
  const first = story.write(one[0], happening(one[1]), { heads, counter: 7 })
  const second = writtenUntil(
    (written) => Buffer.compare(first.digest, written.digest) < 0 === isLower,
    (label) => story.write(other[0], happening(other[1]), { heads, label, counter: 8 }),
  )
  return [first, second]
}

const ORDER = ['REX-THR-021', 'REX-THR-022', 'REX-THR-023']

/** Makes cases of retractions: they prevail over concurrent transitions, whatever the order of arrival and the digests. */
function retractions(): CaseFile[] {
  const transitions = ['withdraw', 'recall-thread', 'consent-withdrawn', 'entered-in-error']
  return transitions.flatMap((transition) =>
    [true, false].flatMap((isLower) =>
      [true, false].map((comesFirst) => {
        const how = `${isLower ? 'low' : 'high'}_${comesFirst ? 'first' : 'second'}`
        return tale(`crossing_${transition.replaceAll('-', '_')}_${how}`, (story) => {
          const refer = story.refer()
          const [back, accept] = crossing(
            story,
            [
              ['referrer', transition],
              ['recipient', 'accept'],
            ],
            isLower,
          )
          const written = comesFirst ? [refer, back, accept] : [refer, accept, back]
          return {
            title: `The ${transition} has the ${isLower ? 'lower' : 'higher'} digest and comes in ${comesFirst ? 'before' : 'after'} the concurrent accept.`,
            requirements: ORDER,
            judge: comesFirst ? 'recipient' : 'referrer',
            written,
            expected: {
              state: transition === 'entered-in-error' ? 'entered-in-error' : 'withdrawn',
              order: [refer, back, accept],
              effective: [refer, back],
              heads: [back, accept],
            },
          }
        })
      }),
    ),
  )
}

/** Makes cases of two concurrent events that retract nothing: the event with the lower digest comes first. */
function byDigest(): CaseFile[] {
  return [true, false].map((isLower) =>
    tale(`crossing_disclose_complete_${isLower ? 'low' : 'high'}`, (story) => {
      const before = [story.refer(), story.say('recipient', happening('accept'))]
      const [correct, complete] = crossing(
        story,
        [
          ['referrer', 'recall'],
          ['recipient', 'complete'],
        ],
        isLower,
      )
      const pair = isLower ? [correct, complete] : [complete, correct]
      return {
        title: 'Of two concurrent events that take nothing back, the one with the lower digest comes first.',
        requirements: ['REX-THR-021'],
        judge: 'referrer',
        written: [...before, correct, complete],
        expected: { order: [...before, ...pair], state: 'completed', heads: [correct, complete] },
      }
    }),
  )
}

const ancestors = () =>
  tale('crossing_ancestors_first', (story) => {
    const refer = story.refer()
    const heads = [refer.digest]
    const accept = story.write('recipient', happening('accept'), { heads })
    const note = writtenUntil(
      (written) => Buffer.compare(written.digest, accept.digest) > 0,
      (label) => story.write('referrer', happening('note'), { heads, label, counter: 1 }),
    )
    const withdraw = story.write('referrer', happening('withdraw'), { heads: [note.digest], counter: 2 })
    return {
      title: 'A note that a withdrawal follows comes before a concurrent accept of lower digest.',
      requirements: ['REX-THR-022'],
      judge: 'recipient',
      written: [refer, accept, note, withdraw],
      expected: {
        order: [refer, note, withdraw, accept],
        effective: [refer, note, withdraw],
        state: 'withdrawn',
      },
    }
  })

/** Makes the case of an event that a withdrawal has overridden: later events do not restore its effect. */
const kept = () =>
  tale('crossing_withdraw_kept', (story) => {
    const before = [story.refer(), story.say('recipient', happening('accept'))]
    const [complete, withdraw] = crossing(
      story,
      [
        ['recipient', 'complete'],
        ['referrer', 'withdraw'],
      ],
      true,
    )
    const heads = [complete.digest, withdraw.digest]
    const consent = story.write('recipient', happening('consent-withdrawn'), { heads, counter: 9 })
    const note = story.write('referrer', happening('note'), { counter: 10 })
    const written = [...before, complete, withdraw, consent, note]
    return {
      title:
        'A withdrawal has beaten a completion of lower digest. A withdrawal of consent that follows both, and a note that crosses them, do not change that.',
      requirements: ORDER,
      judge: 'referrer',
      written,
      expected: {
        state: 'withdrawn',
        order: [...before, withdraw, complete, consent, note],
        effective: [...before, withdraw, consent, note],
        heads: [consent, note],
      },
    }
  })

function gaps(): CaseFile[] {
  const requirements = ['REX-THR-020', 'REX-RCP-013']
  return [
    tale('gap_filled', (story) => {
      const refer = story.refer()
      const accept = story.say('recipient', happening('accept'))
      const progress = story.say('recipient', happening('progress'))
      return {
        title:
          'A progress comes in before the accept that it follows, and is placed when the accept is there.',
        requirements,
        judge: 'referrer',
        written: [refer, progress, accept],
        expected: {
          verdicts: [undefined, gap(accept), 'received'],
          final: [undefined, 'received', 'received'],
          order: [refer, accept, progress],
          state: 'in-progress',
        },
      }
    }),
    tale('gap_stays', (story) => {
      const refer = story.refer()
      const accept = story.write('recipient', happening('accept'))
      const progress = story.write('recipient', happening('progress'), { heads: [accept.digest] })
      return {
        title: 'A progress follows an accept that never comes in.',
        requirements,
        judge: 'referrer',
        written: [refer, progress],
        expected: { final: [undefined, gap(accept)], order: [refer], state: 'requested', heads: [refer] },
      }
    }),
    tale('gap_invalid', (story) => {
      const refer = story.refer()
      const decline = story.say('recipient', happening('decline'))
      const accept = story.say('recipient', happening('accept'))
      return {
        title:
          'An accept that follows a decline comes in before it, and is refused when the decline is there.',
        requirements: [...requirements, 'REX-THR-024'],
        judge: 'referrer',
        written: [refer, accept, decline],
        expected: {
          verdicts: [undefined, gap(decline)],
          final: [undefined, 'refused INVALID_EVENT', 'received'],
          state: 'declined',
        },
      }
    }),
    ...[64, 65].map((count) =>
      tale(`gap_${count}`, (story) => {
        const refer = story.refer()
        const missing = story.write('recipient', happening('note'), { label: 'missing' })
        for (let i = 0; i < count; i++)
          story.say('recipient', happening('note'), { heads: [missing.digest], label: String(i) })
        const last = count === 64 ? gap(missing) : 'refused LIMIT_EXCEEDED'
        return {
          title: `${count} events wait for the same predecessor.`,
          requirements: ['REX-THR-020'],
          judge: 'referrer',
          expected: { verdicts: [...Array(count), last], order: [refer], state: 'requested' },
        }
      }),
    ),
  ]
}

/** Makes the case of an event that was not permitted in the state that its sender knew. */
const invalid = () =>
  tale('crossing_invalid', (story) => {
    const refer = story.refer()
    const accept = story.say('recipient', happening('accept'))
    const entered = story.say('referrer', happening('feedback'), { heads: [refer.digest] })
    return {
      title: 'A feedback, which its sender could not give before the end, crosses an accept.',
      requirements: ['REX-THR-024'],
      judge: 'recipient',
      written: [refer, accept, entered],
      expected: { verdicts: ['received', 'sent', 'refused INVALID_EVENT'], order: [refer, accept] },
    }
  })

/** Makes the case of an event that was permitted in the state that its sender knew, and that crossed a withdrawal. */
const crossed = () =>
  tale('crossing_received', (story) => {
    const refer = story.refer()
    const withdraw = story.say('referrer', happening('withdraw'))
    const accept = story.say('recipient', happening('accept'), { heads: [refer.digest] })
    return {
      title:
        'An accept comes in after a withdrawal of which its sender did not know: received, without effect.',
      requirements: ['REX-THR-023', 'REX-THR-024'],
      judge: 'referrer',
      written: [refer, withdraw, accept],
      expected: {
        verdicts: [undefined, undefined, 'received'],
        order: [refer, withdraw, accept],
        effective: [refer, withdraw],
        state: 'withdrawn',
      },
    }
  })

/** Makes cases of events that look like retractions but are not, and of heads and counters whose rules bind only senders. */
function unmoved(): CaseFile[] {
  const crossed = ['decline', 'consent-change'].map((transition) =>
    tale(`crossing_${transition.replaceAll('-', '_')}_in_place`, (story) => {
      const refer = story.refer()
      const pair = [
        ['referrer', 'note'],
        ['recipient', transition],
      ] as const
      const [note, later] = crossing(story, pair, true)
      return {
        title: `A ${transition}, which takes nothing back, comes after a concurrent note of lower digest.`,
        requirements: ['REX-THR-022'],
        judge: 'referrer',
        written: [refer, note, later],
        expected: { order: [refer, note, later] },
      }
    }),
  )
  const narrowed = tale('consent_narrowed', (story) => {
    story.refer()
    story.say('recipient', saying('consent-change', [1, 'narrowed']))
    return {
      title: 'Consent is narrowed, which ends nothing.',
      requirements: ['REX-THR-011'],
      judge: 'referrer',
      expected: { state: 'requested' },
    }
  })
  const related = tale('order_heads_related', (story) => {
    story.refer()
    const accept = story.say('recipient', happening('accept'), { counter: 5 })
    const progress = story.say('recipient', happening('progress'), { counter: 4 })
    story.say('recipient', happening('note'), { heads: [accept.digest, progress.digest], counter: 9 })
    return {
      title: 'One of the heads of an event follows the other, and the counters are in no order.',
      requirements: ['REX-THR-002'],
      judge: 'referrer',
      expected: { verdicts: [undefined, 'received', 'received', 'received'], state: 'in-progress' },
    }
  })
  return [...crossed, narrowed, related]
}

export function order(): CaseFile[] {
  return [invalid(), crossed(), ...retractions(), ...byDigest(), ancestors(), kept(), ...unmoved(), ...gaps()]
}
