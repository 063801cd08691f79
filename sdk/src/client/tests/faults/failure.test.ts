import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Item } from '../../api/items.ts'
import { openDesk } from '../../desk.ts'
import { type MailboxLink, openLink } from '../../gateway/link.ts'
import { type Keys, openKeystore } from '../../keys/keystore.ts'
import { openSqliteDeskStore, STORE_FILE } from '../../store/sqlite.ts'
import {
  changeKeys,
  eventOf,
  example,
  next,
  openAgain,
  PASSPHRASE,
  type Party,
  referralOf,
  withParties,
} from '../harness/parties.ts'

const canary = `canary-${randomBytes(8).toString('hex')}`
const logged: string[] = []
const log = (line: string) => void logged.push(line)
let hotline: Party
let ngo: Party

const root = withParties(
  ['hotline', 'ngo'],
  (made) => {
    ;[hotline, ngo] = made as [Party, Party]
  },
  log,
)

const failureOf = (id: string) => (item: Item) => item.kind === 'failure' && item.thread.id === id
const send = (options: object = {}) =>
  hotline.desk.send(example('content-verification'), { to: ngo.id, ...options })

async function restart(party: Party): Promise<void> {
  await party.desk[Symbol.asyncDispose]()
  party.desk = await openAgain(party.directory, log)
}

/** Opens the hotline's desk with signing keys that its gateway never publishes. */
async function openUnpublished(change: Partial<Keys>): Promise<void> {
  await hotline.desk[Symbol.asyncDispose]()
  const directory = join(hotline.directory, 'desk')
  const keys = { ...(await openKeystore(directory, PASSPHRASE)), ...change }
  const link = openLink(keys)
  const publish = async () => ({})
  const mute: MailboxLink = { ...link, directory: { ...link.directory, publish } }
  hotline.desk = await openDesk({ keys, store: openSqliteDeskStore(join(directory, STORE_FILE)), link: mute })
}

const statesOf = async (id: string) =>
  (await (await hotline.desk.thread(id)).view()).delivery.map(({ state }) => state)

test('T-023 a message sealed to a key that is gone is resealed to the new one and received', async () => {
  await changeKeys(ngo, ({ epochs }) => ({ epochs: { ...epochs, seed: randomBytes(32) } }), log)
  const mine = await send()
  await next(ngo.desk, referralOf(mine.id))
  await expect.poll(() => statesOf(mine.id)).toEqual(['received'])
  expect((await mine.view()).undelivered).toBeUndefined()
})

describe('a message that the recipient cannot open', () => {
  test('ends as a failure with my own reference and no longer counts, even after a restart; the next one continues', async () => {
    const mine = await send({ ref: canary })
    await next(ngo.desk, referralOf(mine.id))
    await openUnpublished({ messageSeed: randomBytes(32) })
    await (await hotline.desk.thread(mine.id)).withdraw({ code: 'no-longer-needed', text: canary })
    const failure = await next(hotline.desk, failureOf(mine.id))
    expect(failure).toMatchObject({
      ref: canary,
      outcome: 'refused',
      recipient: ngo.id,
      reason: 'UNOPENABLE',
    })
    const state = async () => (await (await hotline.desk.thread(mine.id)).view()).state
    expect(await state()).toBe('requested')
    await restart(hotline)
    expect(await state()).toBe('requested')
    await (await hotline.desk.thread(mine.id)).note({ text: `Still wanted: ${canary}.` })
    const { thread } = await next(ngo.desk, eventOf(mine.id, 'note'))
    await thread.accept()
    await next(hotline.desk, eventOf(mine.id, 'accept'))
    expect(await state()).toBe('accepted')
  })
})

describe('a desk that is closed', () => {
  test('delivers unsettled items again, and items that arrived meanwhile, once each', async () => {
    const first = await send()
    for await (const item of ngo.desk.receive()) {
      if (item.kind === 'referral' && item.thread.id === first.id) break
      await item.ack()
    }
    await ngo.desk[Symbol.asyncDispose]()
    const second = await send()
    await hotline.desk.drain()
    ngo.desk = await openAgain(ngo.directory, log)
    const seen: string[] = []
    for await (const item of ngo.desk.receive()) {
      if (item.kind === 'referral') seen.push(item.thread.id)
      await item.ack()
      if (item.thread.id === second.id) break
    }
    expect(seen).toEqual([first.id, second.id])
  })

  test('sends its queued messages, whether or not the gateway was reachable', async () => {
    const mine = await send({ key: 'intended' })
    await restart(hotline)
    await next(ngo.desk, referralOf(mine.id))
    expect((await send({ key: 'intended' })).id).toBe(mine.id)
    await expect.poll(() => statesOf(mine.id)).toEqual(['received'])
  })
})

test('events of a thread come in order, one at a time, however many items may be unsettled', async () => {
  const mine = await send()
  const texts = Array.from({ length: 10 }, (_, i) => `note ${i}`)
  await Promise.all(texts.map((text) => mine.note({ text })))
  const seen: unknown[] = []
  let unsettled = 0
  const work = async (item: Item) => {
    if (item.thread.id === mine.id) {
      expect(++unsettled).toBe(1)
      if (item.kind === 'event' && item.event.type === 'note') seen.push(item.event.content.text)
      await new Promise(setImmediate)
      unsettled--
    }
    await item.ack()
  }
  const stop = new AbortController()
  for await (const item of ngo.desk.receive({ concurrency: 8, signal: stop.signal }))
    void work(item).then(() => seen.length === texts.length && stop.abort())
  expect(seen).toEqual(texts)
})

test('two objects of a long unused thread give the same answers', async () => {
  const mine = await send()
  const old = await hotline.desk.thread(mine.id)
  await Promise.all(Array.from({ length: 513 }, () => send()))
  const young = await hotline.desk.thread(mine.id)
  await old.note({ text: 'one' })
  await young.note({ text: 'two' })
  expect((await old.changes()).events).toHaveLength(3)
  await restart(hotline)
  expect((await (await hotline.desk.thread(mine.id)).view()).frozen).toBeUndefined()
})

test('T-121 after all these failures, no word of a case is unencrypted on any disk or in any log', () => {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => join(root, name))
    .filter((path) => statSync(path).isFile())
  expect(files.length).toBeGreaterThan(0)
  expect(files.filter((path) => readFileSync(path).includes(canary))).toEqual([])
  expect(logged.length).toBeGreaterThan(0)
  expect(logged.filter((line) => line.includes(canary))).toEqual([])
})
