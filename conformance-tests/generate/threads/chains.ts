// Cases about forks, void messages and restored desks. docs/spec/thread.md, REX-THR-025 to 029
import type { CaseFile } from '../../suite/case.ts'
import { bytesOf } from '../bytes/crypto.ts'
import { message } from '../bytes/wire.ts'
import { happening } from './events.ts'
import type { Written } from './story.ts'
import { gap, tale, writtenUntil } from './tale.ts'

function forks(): CaseFile[] {
  const requirements = ['REX-THR-025']
  return [
    tale('fork', (story) => {
      const refer = story.refer()
      const accept = story.say('recipient', happening('accept'))
      const decline = story.write('recipient', happening('decline'), { heads: [refer.digest], counter: 0 })
      return {
        title: 'A second message has the counter of the first.',
        requirements,
        judge: 'referrer',
        written: [refer, accept, decline],
        expected: {
          verdicts: [undefined, 'received', 'held fork'],
          order: [refer, accept],
          state: 'accepted',
        },
      }
    }),
    tale('fork_of_waiting', (story) => {
      const refer = story.refer()
      const missing = story.write('recipient', happening('note'), { label: 'missing' })
      const first = story.write('recipient', happening('accept'), { heads: [missing.digest], counter: 1 })
      const second = story.write('recipient', happening('decline'), { heads: [refer.digest], counter: 1 })
      return {
        title: 'A message has the counter of one that waits for its predecessor.',
        requirements,
        judge: 'referrer',
        written: [refer, first, second],
        expected: { verdicts: [undefined, gap(missing), 'held fork'], order: [refer], state: 'requested' },
      }
    }),
    tale('fork_of_refused', (story) => {
      const refer = story.refer()
      const refused = story.write('recipient', happening('progress'), { heads: [refer.digest], counter: 0 })
      const accept = story.write('recipient', happening('accept'), { heads: [refer.digest], counter: 0 })
      return {
        title: 'A message has the counter of one that was refused.',
        requirements,
        judge: 'referrer',
        written: [refer, refused, accept],
        expected: { verdicts: [undefined, 'refused INVALID_EVENT', 'received'], state: 'accepted' },
      }
    }),
    tale('fork_other_chain', (story) => {
      story.refer()
      story.say('recipient', happening('accept'))
      story.say('recipient', happening('progress'), { counter: 0, chain: bytesOf('another chain', 16) })
      return {
        title: 'A message of another chain has the same counter.',
        requirements: [...requirements, 'REX-THR-028'],
        judge: 'referrer',
        expected: { verdicts: [undefined, 'received', 'received'], state: 'in-progress' },
      }
    }),
    tale('fork_other_side', (story) => {
      story.refer({ chain: bytesOf('one chain', 16) })
      story.say('recipient', happening('accept'), { chain: bytesOf('one chain', 16) })
      return {
        title: 'Both sides have the same chain id and counter.',
        requirements: ['REX-THR-002'],
        judge: 'recipient',
        expected: { verdicts: ['received', 'sent'], state: 'accepted' },
      }
    }),
  ]
}

function voids(): CaseFile[] {
  const requirements = ['REX-THR-027']
  return [
    tale('void_ceded', (story) => {
      const refer = story.refer()
      const lost = story.write('recipient', happening('decline'), { counter: 0 })
      const accept = story.say('recipient', happening('accept'), { counter: 0, void: [lost.digest] })
      return {
        title: 'A decline that expired is named void by an accept at its place; then it comes in after all.',
        requirements: [...requirements, 'REX-THR-025'],
        judge: 'referrer',
        written: [refer, accept, lost],
        expected: { verdicts: [undefined, 'received', 'received'], heads: [accept, lost] },
      }
    }),
    tale('void_predecessor', (story) => {
      const refer = story.refer()
      const lost = story.write('recipient', happening('note'), { label: 'lost' })
      const accept = story.say('recipient', happening('accept'), {
        heads: [refer.digest, lost.digest],
        void: [lost.digest],
      })
      return {
        title: 'An event does not wait for a predecessor that it names void.',
        requirements,
        judge: 'referrer',
        written: [refer, accept],
        expected: { verdicts: [undefined, 'received'], order: [refer, accept], state: 'accepted' },
      }
    }),
    tale('void_placed', (story) => {
      const refer = story.refer()
      const accept = story.say('recipient', happening('accept'))
      const note = story.say('recipient', happening('note'), { void: [accept.digest], heads: [refer.digest] })
      return {
        title: 'An accept that the receiver has placed stays placed when it is named void.',
        requirements,
        judge: 'referrer',
        expected: { verdicts: [undefined, 'received', 'received'], state: 'accepted', heads: [accept, note] },
      }
    }),
    tale('void_releases', (story) => {
      const refer = story.refer()
      const lost = story.write('recipient', happening('note'), { label: 'lost', counter: 5 })
      const waiting = story.write('recipient', happening('accept'), { heads: [lost.digest], counter: 6 })
      const next = story.write('recipient', happening('note'), {
        heads: [refer.digest],
        void: [lost.digest],
        counter: 7,
      })
      return {
        title: 'An event that waits is placed when a later one names its predecessor void.',
        requirements: [...requirements, 'REX-THR-029'],
        judge: 'referrer',
        written: [refer, waiting, next],
        expected: { final: [undefined, 'received', 'received'], state: 'accepted', heads: [waiting, next] },
      }
    }),
    tale('void_own', (story) => {
      const refer = story.refer()
      const lost = story.say('recipient', happening('decline'), { ended: true })
      const accept = story.say('recipient', happening('accept'), {
        heads: [refer.digest],
        void: [lost.digest],
        counter: 0,
      })
      return {
        title: 'An own decline expired; its sender computes the track without it, and accepts.',
        requirements,
        judge: 'recipient',
        expected: { order: [refer, accept], state: 'accepted' },
      }
    }),
  ]
}

function waiting(): CaseFile[] {
  const requirements = ['REX-THR-027']
  return [
    tale('void_by_waiting', (story) => {
      const refer = story.refer()
      const [lost, missing] = ['lost', 'missing'].map((label) =>
        story.write('recipient', happening('note'), { label }),
      ) as [Written, Written]
      const heads = [missing.digest]
      const waiting = story.write('recipient', happening('note'), { heads, void: [lost.digest], counter: 6 })
      const accept = story.write('recipient', happening('accept'), { heads: [lost.digest], counter: 7 })
      return {
        title: 'An event that waits itself names the predecessor of another one void.',
        requirements,
        judge: 'referrer',
        written: [refer, waiting, accept],
        expected: {
          verdicts: [undefined, gap(missing), 'received'],
          order: [refer, accept],
          state: 'accepted',
        },
      }
    }),
    tale('void_gap_that_stays', (story) => {
      const refer = story.refer()
      const [lost, missing] = ['lost', 'missing'].map((label) =>
        story.write('recipient', happening('note'), { label }),
      ) as [Written, Written]
      const released = writtenUntil(
        ({ digest }) => Buffer.compare(digest, missing.digest) < 0,
        (label) => story.write('recipient', happening('note'), { heads: [lost.digest], label, counter: 6 }),
      )
      const heads = [released.digest, missing.digest]
      const last = story.write('recipient', happening('note'), { heads, void: [lost.digest], counter: 7 })
      return {
        title: 'An event releases one of its two predecessors, and waits for the other one.',
        requirements: [...requirements, 'REX-THR-020', 'REX-RCP-013'],
        judge: 'referrer',
        written: [refer, released, last],
        expected: { verdicts: [undefined, gap(lost), gap(missing)], order: [refer, released] },
      }
    }),
  ]
}

function restores(): CaseFile[] {
  const chain = bytesOf('restored chain', 16)
  return [
    tale('restore_resumed', (story) => {
      const refer = story.refer()
      const accept = story.say('recipient', happening('accept'))
      const previous = message([1, bytesOf('recipient chain', 16)])
      const resumed = story.say('recipient', { type: 'resumed', content: previous }, { chain, counter: 0 })
      const progress = story.say('recipient', happening('progress'), { chain, counter: 1 })
      return {
        title: 'A restored desk resumes in a new chain and goes on.',
        requirements: ['REX-THR-028'],
        judge: 'referrer',
        expected: { order: [refer, accept, resumed, progress], state: 'in-progress' },
      }
    }),
    tale('restore_without_lost', (story) => {
      const refer = story.refer()
      const accept = story.write('recipient', happening('accept'), { counter: 0 })
      const disclose = story.write('referrer', happening('note'), { heads: [accept.digest], counter: 1 })
      const resumed = story.write('recipient', happening('resumed'), {
        chain,
        counter: 0,
        void: [accept.digest],
      })
      return {
        title:
          'A restored desk that lost its own accept names it void, and computes the track without it; a note that followed it is placed.',
        requirements: ['REX-THR-029'],
        judge: 'recipient',
        written: [refer, disclose, resumed],
        expected: {
          verdicts: ['received', gap(accept), 'sent'],
          final: ['received', 'received', 'sent'],
          state: 'requested',
        },
      }
    }),
  ]
}

/** Makes the case of an event whose predecessors are all void: the event still comes after the refer. */
const withdrawal = () =>
  tale('restore_withdrawal_stays', (story) => {
    const refer = story.refer()
    const accept = story.write('recipient', happening('accept'), { counter: 0 })
    const withdraw = writtenUntil(
      (written) => Buffer.compare(written.digest, refer.digest) < 0,
      (label) =>
        story.write('referrer', happening('withdraw'), { heads: [accept.digest], label, counter: 1 }),
    )
    const saying = { chain: bytesOf('restored chain', 16), counter: 0, void: [accept.digest] }
    const resumed = story.write('recipient', happening('resumed'), saying)
    return {
      title:
        'A withdrawal follows an accept that its sender lost and names void: the thread stays withdrawn.',
      requirements: ['REX-THR-021', 'REX-THR-029'],
      judge: 'recipient',
      written: [refer, withdraw, resumed],
      expected: {
        final: ['received', 'received', 'sent'],
        order: [refer, withdraw, resumed],
        state: 'withdrawn',
      },
    }
  })

export function chains(): CaseFile[] {
  return [...forks(), ...voids(), ...waiting(), ...restores(), withdrawal()]
}
