// The contract of a desk: the same tests run on an embedded desk and on a desk that a service holds.
// docs/guide/desk.md
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect as connectTo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Desk } from '../client/api/desk.ts'
import type { Item } from '../client/api/items.ts'
import type { Thread } from '../client/api/thread.ts'
import { problemsOf } from '../core/referral/index.ts'
import { type TestNetwork, testNetwork } from '../testing/network.ts'
import { buildReferral, exampleReferral } from '../testing/referral.ts'
import { connect, type Service, serve, tokensAt } from './index.ts'
import { certificateIn } from './server/fixture.ts'

const to = 'https://ngo.example'
let network: TestNetwork<'hotline' | 'ngo'>
let directory: string
let services: Service[]
/** Certificate of the service at an address. */
let tls: ReturnType<typeof certificateIn> | undefined

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rex-contract-'))
  network = await testNetwork(['hotline', 'ngo'])
  services = []
})
afterEach(async () => {
  for (const service of services) await service[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

async function heldByService(desk: Desk): Promise<Desk> {
  if (services.length === 0) services.push(await serve({ desk, directory, log: () => {} }))
  return connect({ socket: services[0]?.socket ?? '', actor: 'maria' })
}

async function heldAtAddress(desk: Desk): Promise<Desk> {
  tls ??= certificateIn(directory)
  if (services.length === 0)
    services.push(
      await serve({ desk, directory, listen: [{ host: '127.0.0.1', port: 0, tls }], log: () => {} }),
    )
  const tokens = tokensAt(directory)
  const name = `case-system-${(await tokens.list()).length}`
  const scopes = ['read', 'send', 'decide', 'admin'] as const
  const token = await tokens.add({ name, scopes, expiresMs: Date.now() + 60_000 })
  return connect({ url: services[0]?.urls[0] ?? '', token, ca: tls.cert.toString(), actor: 'maria' })
}

const KINDS: readonly (readonly [kind: string, open: (desk: Desk) => Promise<Desk>])[] = [
  ['embedded', async (desk) => ({ ...desk, [Symbol.asyncDispose]: async () => {} })],
  ['held by a service', heldByService],
  ['held by a service at an address', heldAtAddress],
]

/** Takes the next `count` items of a desk, and settles each with `settle`. */
async function take(desk: Desk, count: number, settle = (item: Item) => item.ack()): Promise<Item[]> {
  const items: Item[] = []
  for await (const item of desk.receive()) {
    await settle(item)
    if (items.push(item) === count) break
  }
  return items
}

describe.each(KINDS)('a desk %s', (_, open) => {
  test('sends once under a key, and answers like the desk itself', async () => {
    const desk = network.desks.hotline
    await using used = await open(desk)
    const referral = exampleReferral('victim-support-grooming')
    const options = { to, key: 'Fall 4711 – é', ref: '4711', lifetimeMs: 7_200_000 }
    expect([used.organisation, await used.wasSent(referral, options)]).toEqual([desk.organisation, false])
    expect((await used.preview(referral, options)).recipients).toMatchObject([{ organisation: to }])
    const thread = await used.send(referral, options)
    expect((await used.send(referral, options)).id).toBe(thread.id)
    expect(await used.wasSent(referral, options)).toBe(true)
    await expect(used.send(referral, { ...options, ref: 'other' })).rejects.toMatchObject({
      reason: 'KEY_CONFLICT',
      metadata: { key: options.key, thread: thread.id },
    })
    await used.drain()
    await network.settle()
    const own = await desk.thread(thread.id)
    for (const [mine, theirs] of [
      [thread, own],
      [thread.with(to), own.with(to)],
    ] as const) {
      expect(await mine.view()).toEqual(await theirs.view())
      expect(await mine.current()).toEqual(await theirs.current())
      expect(await mine.changes()).toEqual(await theirs.changes())
      expect(await mine.describe('fr')).toBe(await theirs.describe('fr'))
    }
    expect(thread).toMatchObject({ ref: '4711', role: 'referrer', counterparts: [to], test: own.test })
    expect(await thread.export()).toEqual(await own.export())
    expect(await used.statements([to])).toEqual(await desk.statements([to]))
    expect(await used.peers()).toEqual(await desk.peers())
    expect(await used.health()).toEqual(await desk.health())
    expect(await used.messageKeys()).toEqual(await desk.messageKeys())
  })

  test('refuses the same input, with the same path, problems and remedy', async () => {
    await using used = await open(network.desks.hotline)
    const error = await used.send({ kind: 'advisory', test: true } as never, { to }).catch((thrown) => thrown)
    expect(error).toMatchObject({ name: 'RexError', reason: 'INVALID_REFERRAL', retryable: false })
    expect(problemsOf(error).length).toBeGreaterThan(1)
    const thread = await used.send(buildReferral(), { to })
    await expect(thread.withdraw({ code: 'nonsense' } as never)).rejects.toMatchObject({
      reason: 'INVALID_EVENT',
      path: 'code',
    })
    await expect(thread.accept()).rejects.toMatchObject({
      reason: 'INVALID_EVENT',
      metadata: { event: 'accept' },
    })
    await expect(used.thread('0'.repeat(32))).rejects.toMatchObject({ reason: 'NOT_FOUND' })
    await expect(used.threads({ limit: 0 })).rejects.toMatchObject({
      reason: 'CONFIG_INVALID',
      path: 'limit',
    })
    await expect(used.threads({ after: 'x' })).rejects.toMatchObject({ reason: 'MALFORMED', path: 'after' })
    await expect(used.send(buildReferral(), { to, strange: 1 } as never)).rejects.toMatchObject({
      path: 'strange',
    })
    expect(() => thread.with('https://other.example')).toThrow(
      expect.objectContaining({ reason: 'NOT_FOUND' }),
    )
  })

  test('receives each item, settles it, and sets items aside', async () => {
    await using used = await open(network.desks.ngo)
    const { hotline, ngo } = network.desks
    for (const ref of ['1', '2', '3']) await hotline.send(buildReferral(), { to, ref })
    await network.settle()
    const [first, second] = await take(used, 2, (item) => (item.redelivered === 0 ? item.nak(0) : item.ack()))
    expect([first?.redelivered, second]).toMatchObject([
      0,
      { id: first?.id, redelivered: 1, kind: 'referral' },
    ])
    const held: Item[] = []
    const reading = new AbortController()
    for await (const item of used.receive({ concurrency: 2, signal: reading.signal }))
      if (held.push(item) === 2) setImmediate(() => reading.abort())
    expect(new Set(held.map(({ id }) => id)).size).toBe(2)
    const [one, other] = held as [Item, Item]
    await one.ack()
    await take(used, 1, (item) => item.park('The case file is locked.'))
    const [parked] = await used.parked()
    expect(parked).toMatchObject({ id: other.id, kind: 'referral', reason: 'The case file is locked.' })
    await parked?.unpark()
    const [again] = await take(used, 1, async () => {})
    await again?.ack()
    expect([again?.id, await ngo.parked()]).toEqual([other.id, []])
  })

  test('a reader has several items at a time; those that it leaves unsettled are delivered again', async () => {
    await using used = await open(network.desks.ngo)
    const sent: string[] = []
    for (let n = 0; n < 12; n++) sent.push((await network.desks.hotline.send(buildReferral(), { to })).id)
    await network.settle()
    const left: string[] = []
    for await (const { thread } of used.receive({ concurrency: 5 })) if (left.push(thread.id) === 5) break
    const all: string[] = []
    for await (const { thread, ack } of used.receive({ concurrency: 5 })) {
      await ack()
      if (all.push(thread.id) === sent.length) break
    }
    expect(all.toSorted()).toEqual(sent.toSorted())
    expect(new Set(left).size).toBe(5)
  })

  test('acts once under a key, and both sides have the same state', async () => {
    await using used = await open(network.desks.ngo)
    const sent = await network.desks.hotline.send(exampleReferral('victim-support-grooming'), { to })
    await network.settle()
    const thread = await used.thread(sent.id)
    const keyed = { key: 'accept-1', keyContent: 'accept 1' }
    expect(await thread.wasDone('accept', keyed)).toBe(false)
    for (const _ of [1, 2]) await thread.accept({ reference: 'N-1', ...keyed })
    expect(await thread.wasDone('accept', keyed)).toBe(true)
    await thread.markSeen({ key: 'seen-1' })
    await network.settle()
    expect((await sent.view()).state).toBe('accepted')
    expect((await thread.changes()).events.map(({ type }) => type)).toEqual(['refer', 'accept'])
    await thread.hold({ note: 'Order 7' })
    expect((await thread.view()).legalHold?.note).toBe('Order 7')
    await thread.release()
    await thread.erase({ reason: 'mistake', force: true })
    expect(thread.erased).toMatchObject({ reason: 'mistake', forced: true })
    await expect(thread.view()).rejects.toMatchObject({ reason: 'ERASED' })
    expect(await used.erased()).toMatchObject([{ id: thread.id, reason: 'mistake' }])
    const [notice] = await take(used, 1)
    expect(notice).toMatchObject({ kind: 'erased', erased: thread.erased, thread: { erased: thread.erased } })
  })

  test('a group is sent completely, and lists continue after a cursor', async () => {
    await using used = await open(network.desks.hotline)
    const siblings = [{}, {}]
    const shared = buildReferral()
    const threads = await used.sendGroup(siblings, { shared, to, key: 'family-7' })
    expect(await used.wasSent(siblings, { shared, to, key: 'family-7' })).toBe(true)
    await network.settle()
    const all = await used.threads()
    const [first] = await used.threads({ limit: 1 })
    const rest = await used.threads({ limit: 1, after: first?.cursor ?? '' })
    expect([first, ...rest]).toEqual(all)
    expect(all.map(({ id }) => id).sort()).toEqual(threads.map(({ id }: Thread) => id).sort())
  })

  test('lists changes in order from any cursor, and waits for more', async () => {
    const desk = network.desks.hotline
    await using used = await open(desk)
    const { id } = await used.send(buildReferral(), { to })
    await network.settle()
    const { changes, cursor } = await desk.readChanges()
    expect(changes.map(({ kind }) => kind)).toEqual([
      'message',
      'delivery',
      'delivery',
      'delivery',
      'delivery',
    ])
    expect(await used.readChanges()).toEqual({ changes, cursor })
    expect([await used.lastChange(), await used.readChanges({ after: cursor })]).toEqual([
      cursor,
      { changes: [], cursor },
    ])
    const read = []
    const end = new AbortController()
    for await (const change of used.changes({ after: changes[2]?.cursor ?? '', signal: end.signal })) {
      read.push(change)
      if (read.length === 2) await (await desk.thread(id)).hold()
      if (read.length === 3) end.abort()
    }
    expect(read).toMatchObject([changes[3], changes[4], { kind: 'hold', thread: id, state: 'held' }])
    const late = { reason: 'EXPIRED', metadata: { cursor: await desk.lastChange() }, hint: /lists/ }
    await expect(used.readChanges({ after: '999' })).rejects.toMatchObject({
      ...late,
      hint: expect.stringMatching(late.hint),
    })
  })

  test('an abort ends a wait, and the desk remains open for others when one user leaves', async () => {
    const desk = network.desks.ngo
    const used = await open(desk)
    const gone = new AbortController()
    const reading = allOf(used.receive({ signal: gone.signal }))
    gone.abort()
    expect(await reading).toEqual([])
    await using other = await open(desk)
    await network.desks.hotline.send(buildReferral(), { to })
    await network.settle()
    const iterator = used.receive()[Symbol.asyncIterator]()
    const { value: item } = await iterator.next()
    await iterator.return?.()
    await used[Symbol.asyncDispose]()
    expect((await take(other, 1))[0]?.id).toBe(item.id)
  })
})

test('a desk that a service holds has every member of an embedded one, and so have its threads and items', async () => {
  const { ngo, hotline } = network.desks
  await using used = await heldByService(ngo)
  const { id } = await hotline.send(buildReferral(), { to, ref: '1' })
  await network.settle()
  const names = (of: object) => Reflect.ownKeys(of).map(String).sort()
  expect(names(used)).toEqual(names(ngo))
  expect(names(await used.thread(id))).toEqual(names(await ngo.thread(id)))
  const [mine] = await take(used, 1, (item) => item.nak(0))
  const [own] = await take(ngo, 1)
  expect(names(mine as Item)).toEqual(names(own as Item))
})

test('without a service, the error says what to start', async () => {
  await expect(connect({ socket: join(directory, 'service.sock') })).rejects.toMatchObject({
    reason: 'UNAVAILABLE',
    hint: 'Start `rex-desk serve` there.',
  })
  await expect(connect({ socket: '', actor: 'a\nb' })).rejects.toMatchObject({
    reason: 'CONFIG_INVALID',
    path: 'socket',
  })
})

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

test('a receiver whose lease the service no longer knows still gets the next items', async () => {
  const { hotline, ngo } = network.desks
  await using used = await heldByService(ngo)
  await hotline.send(buildReferral(), { to, ref: '1' })
  await network.settle()
  const items = used.receive()[Symbol.asyncIterator]()
  const { value: first } = await items.next()
  await services.pop()?.[Symbol.asyncDispose]()
  await using _ = await heldByService(ngo)
  await expect(first.ack()).rejects.toMatchObject({ reason: 'NOT_FOUND' })
  expect((await items.next()).value).toMatchObject({ id: first.id })
  await items.return?.()
})

test('T-065 a service that does not answer is reported as hanging', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const socket = join(directory, 'service.sock')
  const hung = createServer().listen(socket)
  await once(hung, 'listening')
  const opened = connect({ socket }).catch((error) => error)
  const [caller] = await once(hung, 'connection')
  vi.advanceTimersByTime(10_000)
  expect(await opened).toMatchObject({ reason: 'DEADLINE_EXCEEDED' })
  caller.destroy()
  hung.close()
})

test('T-065 when a service stops answering, waiting calls and acts end; it is used again once it continues', async () => {
  const { ngo } = network.desks
  const held = await heldByService(ngo)
  await held[Symbol.asyncDispose]()
  // While this is true, the proxy forwards nothing in either direction, as if the process were stopped.
  let isStopped = false
  const between = createServer((caller) => {
    const { socket } = services[0] as Service
    if (!isStopped) caller.pipe(connectTo(socket)).pipe(caller)
  })
  const socket = join(directory, 'between.sock')
  between.listen(socket)
  await once(between, 'listening')
  onTestFinished(() => void between.close())
  await using used = await connect({ socket })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  isStopped = true
  const waiting = [used.drain(), used.thread('0'.repeat(32))].map((call) => call.catch((error) => error))
  vi.advanceTimersByTime(20_000)
  await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0))
  vi.advanceTimersByTime(10_000)
  for (const call of waiting)
    expect(await call).toMatchObject({ reason: 'DEADLINE_EXCEEDED', retryable: true })
  vi.useRealTimers()
  isStopped = false
  expect(await used.threads()).toEqual([])
})

test('a call is repeated if the service closes an idle connection at that moment, but not an act without a key', async () => {
  const held = await heldByService(network.desks.ngo)
  await held[Symbol.asyncDispose]()
  let resets = 0
  const between = createServer((caller) => {
    caller.once('data', (request) => {
      const service = connectTo((services[0] as Service).socket)
      service.write(request)
      service.pipe(caller)
      caller.once('data', () => {
        resets++
        service.destroy()
        caller.destroy()
      })
    })
  })
  const socket = join(directory, 'between.sock')
  between.listen(socket)
  await once(between, 'listening')
  onTestFinished(() => void between.close())
  await using used = await connect({ socket })
  expect(await used.threads()).toEqual([])
  expect(resets).toBe(1)
  const sent = await used.send(buildReferral(), { to: 'https://hotline.example', key: '1' })
  expect(resets).toBe(2)
  await expect(used.send(buildReferral(), { to: 'https://hotline.example' })).rejects.toMatchObject({
    reason: 'UNAVAILABLE',
  })
  expect(resets).toBe(3)
  expect(await used.threads()).toMatchObject([{ id: sent.id }])
})

test.runIf(process.getuid?.() === 0)('a user may have no name', async () => {
  await heldByService(network.desks.ngo)
  process.seteuid?.(54_321)
  const opened = connect({ socket: services[0]?.socket ?? '' }).catch((error) => error)
  process.seteuid?.(0)
  expect(await opened).toMatchObject({ reason: 'PERMISSION_DENIED' })
})
