// Tests of an erasure and a message of the same thread in one group commit (T-155, REX-THR-071).
import { expect, test } from 'vitest'
import type { EventContent } from '../../core/thread/event.ts'
import { takeIn } from '../receive/intake.ts'
import { LostMemory } from '../recovery/lost-memory.ts'
import { carry, desksInParts, type Parts } from '../tests/harness/parts.ts'
import { Eraser } from './erase.ts'

const NGO = 'https://ngo.example'
const HOTLINE = 'https://hotline.example'

/** Makes a referral at the NGO, and a note that is on its way. */
async function referred() {
  const [hotline, ngo] = await desksInParts(['hotline', 'ngo'])
  const thread = await hotline.refer({ to: NGO })
  const sending = { sent: ngo.sent, lostMemory: new LostMemory(ngo.desk, async () => {}) }
  const take = async (from: Parts) => {
    for (const envelope of await carry(from, ngo)) await takeIn(ngo.desk, envelope, sending)
  }
  await take(hotline)
  return { hotline, ngo, id: thread.id, sending, thread, take }
}

/** Erases the thread at the NGO. The note is received after the erasure was queued and before it is committed. */
async function eraseBeforeNote(
  { hotline, ngo, id, sending, thread }: Awaited<ReturnType<typeof referred>>,
  reason: 'order' | 'recall',
): Promise<void> {
  await hotline.note(thread, NGO)
  const [note] = await carry(hotline, ngo)
  if (note === undefined) throw new Error('No note.')
  const { store } = ngo.desk
  const taking = Promise.withResolvers<void>()
  const desk = {
    ...ngo.desk,
    store: {
      ...store,
      commit: ((work, undone) => {
        const erasing = store.commit(work, undone)
        taking.resolve(takeIn(ngo.desk, note, sending))
        return erasing
      }) as typeof store.commit,
    },
  }
  const erasing = new Eraser(desk, ngo.composer).erase(ngo.desk.threads.open(id), { reason, force: true })
  await Promise.all([erasing, taking.promise])
}

/** Returns what is left of the thread at the NGO: whether it counts as erased, and the content of its rows. */
function keptAt({ desk: { store, threads } }: Parts, id: string) {
  const row = store.read.thread(id)
  const types = threads.open(id).messages.map(({ event }) => event.content?.$case)
  const withContent = store.read.messages(id).filter(({ content }) => content.length > 0).length
  return { erased: row?.erased?.reason, summary: row?.summary.length, types, withContent }
}

test('T-155 REX-THR-071 a message received within the commit of an erasure is refused and does not revive the thread', async () => {
  const at = await referred()
  await eraseBeforeNote(at, 'order')
  expect(keptAt(at.ngo, at.id)).toEqual({ erased: 'order', summary: 0, types: [], withContent: 0 })
  expect(at.ngo.logged).toContain('A message was refused.')
})

test('T-155 REX-THR-071 nothing but the answer is kept under the key of the answer', async () => {
  const at = await referred()
  const recall: EventContent = {
    $case: 'recall',
    value: { code: 'sent-to-wrong-recipient', messages: [], text: '' },
  }
  await at.hotline.composer.compose(at.thread, NGO, { content: recall })
  await at.take(at.hotline)
  await eraseBeforeNote(at, 'recall')
  expect(keptAt(at.ngo, at.id)).toEqual({
    ...{ erased: 'recall', summary: 0, types: ['recallAttestation'], withContent: 1 },
  })
  expect(at.ngo.desk.threads.open(at.id).summary.recipients).toEqual([HOTLINE])
})

test('T-155 an erased row stays erased, whatever is written to it', async () => {
  const { ngo, id } = await referred()
  const { store, threads } = ngo.desk
  const record = threads.record(threads.open(id), 1)
  await new Eraser(ngo.desk, ngo.composer).erase(threads.open(id), { reason: 'order', force: true })
  await store.commit((write) => write.putThread(record))
  expect(store.read.thread(id)).toMatchObject({ slot: 0, refMac: '', erased: { reason: 'order' } })
  expect(store.read.thread(id)?.summary.length).toBe(0)
})
