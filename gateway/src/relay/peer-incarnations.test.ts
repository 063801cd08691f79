import { randomBytes } from 'node:crypto'
import { DeliveryReport } from '@rex/proto/mailbox/v1/mailbox'
import { expect, test } from 'vitest'
import { virtualClock } from '../clock/virtual.ts'
import { type Item, REPORTS } from '../store/mailbox.ts'
import { testStore } from '../testing/store.ts'
import { createPeerIncarnations } from './peer-incarnations.ts'

const NGO = 'https://ngo.example'

test('REX-DLV-090 the desk is told of a changed incarnation, after all earlier reports', async () => {
  await using store = testStore()
  const clock = virtualClock(Date.UTC(2026, 10, 1))
  let woken = 0
  const noteIncarnation = createPeerIncarnations({ store, clock, wakeDesk: () => woken++ })
  const reports = () =>
    store.read.mailbox.next(REPORTS, 0, 9).map(({ content }) => DeliveryReport.decode(content))
  const [first, second, third] = [randomBytes(16), randomBytes(16), randomBytes(16)]
  await noteIncarnation(NGO, first)
  await noteIncarnation(NGO, first)
  await noteIncarnation('https://police.example', second)
  expect(reports()).toEqual([])
  await noteIncarnation(NGO, second)
  const lost = { envelopeId: expect.anything(), recipient: NGO, outcome: { $case: 'memoryLost', value: {} } }
  const soon = noteIncarnation(NGO, third)
  await clock.advance(999)
  expect(reports()).toEqual([lost])
  const [{ cursor: before }] = store.read.mailbox.next(REPORTS, 0, 9) as [Item]
  await clock.advance(1)
  await soon
  expect(reports()).toEqual([lost])
  expect(store.read.mailbox.next(REPORTS, before, 9)).toHaveLength(1)
  await expect(noteIncarnation(NGO, new Uint8Array(2_000))).rejects.toMatchObject({ reason: 'MALFORMED' })
})
