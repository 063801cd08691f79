import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DeskProcess, deskProcess } from '../../../../../examples/network/desk.ts'
import { example, PASSPHRASE, type Party, parties } from '../harness/parties.ts'

const SENDS = 30
const KILLS = 5
const root = mkdtempSync(join(tmpdir(), 'rex-crash-'))
let all: Party[]
let hotline: DeskProcess
let ngo: DeskProcess

beforeAll(async () => {
  all = await parties(root, ['hotline', 'ngo'])
  const passphrase = join(root, 'passphrase')
  writeFileSync(passphrase, PASSPHRASE, { mode: 0o600 })
  ;[hotline, ngo] = all.map(({ directory }) => deskProcess(join(directory, 'desk'), passphrase)) as [
    DeskProcess,
    DeskProcess,
  ]
  for (const { desk } of all) await desk[Symbol.asyncDispose]()
  await Promise.all([hotline.start(), ngo.start()])
})

afterAll(async () => {
  for (const desk of [hotline, ngo]) await desk.stop()
  for (const { gateway } of all) await gateway.drain()
  rmSync(root, { recursive: true, force: true })
})

test('desks that are killed at random while they send and receive neither lose nor duplicate anything', async () => {
  const to = all[1]?.id as string
  const sent = new Map<number, string>()
  /** Repeats all sends up to this number that have no answer yet, each under its own key. */
  const askUpTo = (count: number) =>
    Promise.all(
      Array.from({ length: count }, async (_, i) => {
        if (sent.has(i)) return
        const { id } = await hotline.desk.send(example('content-verification'), { to, key: `send ${i}` })
        sent.set(i, id)
      }),
    )

  for (let kill = 1; kill <= KILLS; kill++) {
    askUpTo((SENDS * kill) / KILLS).catch(() => {}) // The kill makes these calls fail; the next round repeats them.
    const victim = kill % 2 === 0 ? ngo : hotline
    await delay(randomInt(200))
    await victim.kill()
    await victim.start()
  }
  await askUpTo(SENDS)
  const ids = [...sent.values()].sort()
  for (const id of ids) await ngo.inbox.referral({ id })

  expect(new Set(ids).size).toBe(SENDS)
  const threadsOf = async ({ desk }: DeskProcess) =>
    (await desk.threads({ limit: 1000 })).map(({ id }) => id).sort()
  expect(await threadsOf(hotline)).toEqual(ids)
  expect(await threadsOf(ngo)).toEqual(ids)
  expect(ngo.inbox.duplicated).toBe(0)
  const itemIds = new Set(ngo.inbox.items.map(({ id }) => id))
  expect(itemIds.size).toBe(SENDS)
  const received = async () => {
    const views = await Promise.all(ids.map(async (id) => (await hotline.desk.thread(id)).view()))
    return new Set(views.flatMap(({ delivery }) => delivery.map(({ state }) => state)))
  }
  await expect.poll(received).toEqual(new Set(['received']))
})

test('a group is sent completely and once, even if its sender is killed at random and repeats the call', async () => {
  const to = all[1]?.id as string
  const siblings = ['siblings-1-yusuf', 'siblings-2-maryam', 'siblings-3-noor'].map(example)
  const sendGroup = () => hotline.desk.sendGroup(siblings, { to, key: 'family' })
  const known = (await hotline.desk.threads({ limit: 1000 })).length

  for (let kill = 1; kill <= KILLS; kill++) {
    sendGroup().catch(() => {}) // rejected, because the process is killed
    await delay(randomInt(30))
    await hotline.kill()
    await hotline.start()
    expect([0, 3]).toContain((await hotline.desk.threads({ limit: 1000 })).length - known)
  }
  const threads = await sendGroup()
  const received = await Promise.all(threads.map((thread) => ngo.inbox.referral(thread)))
  expect(received.map((item) => item.kind === 'referral' && item.referral.group)).toMatchObject([
    { index: 1, size: 3 },
    { index: 2, size: 3 },
    { index: 3, size: 3 },
  ])
  expect(await hotline.desk.threads({ limit: 1000 })).toHaveLength(known + 3)
  expect(ngo.inbox.duplicated).toBe(0)
})
