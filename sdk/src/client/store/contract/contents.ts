// Tests of commits, items and the small tables. Part of the contract of every desk store.
import { expect } from 'vitest'
import { LIMITS } from '../../../core/limits.ts'
import { bytes, type ContractTests, hex, NGO, thread } from './records.ts'

export const CONTENTS: ContractTests = {
  'an error of `work` undoes only its own writes': async (store) => {
    const failing = store.commit((write) => {
      write.putThread(thread('t1', 1))
      throw new Error('no')
    })
    const working = store.commit((write) => write.putThread(thread('t2', 2)))
    await expect(failing).rejects.toThrow('no')
    await working
    expect(store.read.thread(hex('t1'))).toBeUndefined()
    expect(store.read.thread(hex('t2'))?.updatedMs).toBe(2)
  },
  'items are given out urgent first, postponed ones when due, parked ones when put back': async (store) => {
    await store.commit((write) => {
      for (const [id, urgent] of [
        ['a', false],
        ['b', true],
        ['c', false],
      ] as const)
        write.addItem({ id, thread: `t-${id}`, urgent, content: bytes(id) })
    })
    const next = (nowMs: number, ...without: string[]) => store.read.nextItem(nowMs, without)
    const [first, second, third] = [next(0), next(0, 't-b'), next(0, 't-b', 't-a')]
    expect([first?.id, second?.id, third?.id]).toEqual(['b', 'a', 'c'])
    expect([first?.urgent, second?.content]).toEqual([true, bytes('a')])
    await store.commit((write) => {
      write.postponeItem(first?.sequence as number, { nowMs: 0, delayMs: 100 })
      write.parkItem(second?.sequence as number, 'reason')
      write.removeItem(third?.sequence as number)
    })
    expect([next(99), next(100)?.id]).toEqual([undefined, 'b'])
    expect(next(100)?.attempts).toBe(1)
    const due = (nowMs: number, ...without: string[]) => store.read.nextItemMs(nowMs, without)
    expect([due(99), due(100), due(99, 't-b'), due(99, 't-a')]).toEqual([100, undefined, undefined, 100])
    const parked = store.read.parkedItems()
    expect(parked).toEqual([{ ...second, reason: 'reason' }])
    await store.commit((write) => {
      write.postponeItem(second?.sequence as number, { nowMs: 0, delayMs: 999 })
      write.unparkItem(second?.sequence as number)
    })
    expect([store.read.parkedItems(), next(0)]).toEqual([[], second])
  },
  'verdicts, send keys, receipts and peers survive reopening': async (store, { reopen }) => {
    await store.commit((write) => {
      write.addVerdict('https://ngo.example', hex('m1'), { digest: hex('d'), status: 1, code: '' })
      write.addSendKey('k', 'content', 't1')
      write.addReceipt('https://ngo.example', bytes('r1'))
      write.putPeer({ organisation: 'https://ngo.example', configuration: 'jwt', pairedMs: 1 })
      for (const configuration of ['jwt', '']) write.putPairing({ organisation: NGO, configuration })
    })
    const again = await reopen()
    expect(again.read.verdict('https://ngo.example', hex('m1'))).toEqual({
      digest: hex('d'),
      status: 1,
      code: '',
    })
    expect(again.read.verdict('https://other.example', hex('m1'))).toBeUndefined()
    expect(again.read.sendKey('k')).toEqual({ content: 'content', thread: 't1' })
    expect(again.read.peers().map(({ organisation }) => organisation)).toEqual(['https://ngo.example'])
    expect(again.read.pairings()).toEqual([{ organisation: NGO, configuration: '' }])
    const [receipt] = again.read.receipts(9)
    await again.commit((write) => {
      write.removeReceipts([receipt?.id as number])
      write.deletePeer('https://ngo.example')
      write.endPairing(NGO)
    })
    expect([again.read.receipts(9), again.read.peers(), again.read.busy()]).toEqual([[], [], false])
    expect(again.read.pairings()).toEqual([])
  },
  'REX-RCP-019 a sent batch of receipts is kept until it has ended': async (store, { reopen }) => {
    const batch = { envelope: hex('e1'), recipient: NGO, createdMs: 7, receipts: bytes('r') }
    await store.commit((write) => {
      write.addSentReceipts(batch)
      write.addSentReceipts({ ...batch, envelope: hex('e2') })
    })
    const again = await reopen()
    expect(again.read.sentReceipts(hex('e1'))).toEqual(batch)
    expect([again.read.oldestSentReceipts(9), again.read.busy()]).toEqual([[hex('e1'), hex('e2')], false])
    await again.commit((write) => write.removeSentReceipts(hex('e1')))
    expect([again.read.sentReceipts(hex('e1')), again.read.oldestSentReceipts(1)]).toEqual([
      undefined,
      [hex('e2')],
    ])
  },
  'REX-RCP-020 the newest statement with each set of signing keys is kept, and a flood of statements displaces none':
    async (store, { reopen }) => {
      const keep = (keys: string, jwt: string, organisation = NGO) =>
        store.commit((write) => write.keepConfiguration({ organisation, keys, jwt }))
      for (const [keys, jwt] of ['a1', 'a2', 'b1', 'a3'].map((jwt) => [jwt[0] as string, jwt] as const))
        await keep(keys, jwt)
      await keep('a', 'other', 'https://other.example')
      expect(store.read.configurations(NGO)).toEqual(['a2', 'b1', 'a3'])
      for (let i = 0; i < LIMITS.configurations; i++) await keep(`c${i}`, `c${i}`)
      const kept = (await reopen()).read.configurations(NGO)
      expect(kept).toHaveLength(LIMITS.configurations)
      expect([...kept.slice(0, 3), kept.at(-1)]).toEqual(['a2', 'b1', 'a3', `c${LIMITS.configurations - 1}`])
    },
  'nothing is written after closing': async (store, { close }) => {
    await close()
    await expect(store.commit(() => 1)).rejects.toMatchObject({ reason: 'CANCELLED' })
  },
}
