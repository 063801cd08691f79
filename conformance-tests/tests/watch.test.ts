import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DirectoryServiceDefinition } from '@rex/proto/mailbox/v1/mailbox_service'
import { verifyInvite } from '@rex/sdk/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownParty, ownStatement } from '../peer/desk.ts'
import { createEvents } from '../peer/events.ts'
import { startPeer } from '../peer/gateway.ts'
import { listen } from '../peer/grpc/server.ts'
import { makeOrganisation } from '../peer/organisation.ts'
import { Once, openAs } from '../peer/partner/open.ts'
import { messageKeysIn } from '../peer/partner/party.ts'
import { DESK_VERBS } from '../runner/gateway/desks.ts'
import { Instance, readGateway } from '../runner/gateway/target.ts'
import { World } from '../runner/gateway/world.ts'
import { readPartner, type WatchedPartner } from '../runner/watch/partner.ts'
import { probe, type Seen } from '../runner/watch/probe.ts'
import { lineOf, watch } from '../runner/watch/watch.ts'
import { makeWatcher, openWatcher, type Watcher } from '../runner/watch/watcher.ts'

const DIRECTORY = DirectoryServiceDefinition
const folder = mkdtempSync(join(tmpdir(), 'rex-watch-'))
const instance = new Instance(readGateway(join(import.meta.dirname, '../targets/gateway.json')))
const limitMs = 20_000

let world: World
let watcher: Watcher
let partner: WatchedPartner
let invite: string
beforeAll(async () => {
  world = await World.open(instance, limitMs)
  invite = makeWatcher(join(folder, 'watcher'), 'https://watch.ngo.example')
  watcher = openWatcher(join(folder, 'watcher'))
  const desk = await world.deskConnection()
  const { statement } = readPartner(invite)
  await desk.call(DIRECTORY, DIRECTORY.methods.putPeer, { entityConfiguration: statement })
  partner = readPartner(ownStatement(world.own))
})
afterAll(async () => {
  await world.abandon()
  await instance.remove()
  rmSync(folder, { recursive: true })
})

/** Watches once a second until the test ends it. */
function watching(log: string, referralMs?: number) {
  const seen = createEvents<Seen>('a probe')
  const ending = new AbortController()
  const plan = {
    partner,
    watcher,
    limitMs,
    intervalMs: 1000,
    referralMs,
    log,
    count: Number.POSITIVE_INFINITY,
  }
  const summary = watch({ ...plan, signal: ending.signal, say: (one) => seen.add(one) })
  return {
    next: (passed: boolean) => seen.next(limitMs, (one) => one.passed === passed),
    end() {
      ending.abort()
      return summary
    },
  }
}

test('the invite of a watcher is valid, and contains its own keys', async () => {
  const { configuration } = await verifyInvite(invite, Date.now())
  expect(configuration.organisation).toBe('https://watch.ngo.example')
  // A watcher must not use the suite's keys, which anyone can derive from their names.
  expect(readPartner(invite).entityKey).not.toBe(ownParty('https://watch.ngo.example').entity.jwk.x)
})

test('an outage of a gateway and its end are noticed and recorded', async () => {
  const log = join(folder, 'log')
  const { next, end } = watching(log)
  expect(await next(true)).toMatchObject({ address: partner.endpoints[0], helloMs: expect.any(Number) })
  await instance.stop()
  const failed = await next(false)
  expect(failed).toMatchObject({ failed: expect.stringMatching(/connect|hello/) })
  expect(lineOf(failed)).toContain('FAILED')
  await instance.start()
  const back = await next(true)
  const { probes, passed, latency } = await end()
  expect(passed).toBeGreaterThanOrEqual(2)
  expect(probes).toBeGreaterThan(passed)
  expect(latency?.most).toBeGreaterThan(0)
  const lines = readFileSync(log, 'utf8').trim().split('\n')
  expect(lines.length).toBe(probes)
  expect(lines.map((line) => JSON.parse(line))).toContainEqual(back)
})

test('a test referral is stored for the desk, flagged as test traffic, and only with its first probe', async () => {
  const { next, end } = watching(join(folder, 'log'), 3_600_000)
  expect(await next(true)).toMatchObject({ storedMs: expect.any(Number) })
  expect((await next(true)).storedMs).toBeUndefined()
  await end()
  const item = (await DESK_VERBS.item?.(world, { of: 'stored' })) as { stored: { envelope: Uint8Array } }
  const keys = messageKeysIn(readPartner(invite).statement)
  const { manifest } = openAs(ownParty(world.organisation), item.stored.envelope, keys, new Once())
  expect(manifest).toMatchObject({ testTraffic: true, sender: 'https://watch.ngo.example' })
})

test('a caller with the certificate of another organisation learns nothing', async () => {
  const stranger = makeOrganisation('stranger', 2)
  const clients = [watcher.identity().authority]
  const listener = await listen({ identity: stranger.gateway(), clients, handlers: new Map() })
  try {
    const endpoints = [listener.address]
    const plan = { watcher, limitMs, referral: true }
    expect(await probe({ ...plan, partner: { ...partner, endpoints } })).toMatchObject({
      passed: false,
      failed: 'connect',
    })
    const both = { ...partner, endpoints: [...endpoints, ...partner.endpoints] }
    expect(await probe({ ...plan, referral: false, partner: both })).toMatchObject({
      passed: true,
      address: partner.endpoints[0],
    })
  } finally {
    await listener.close()
  }
})

test('a stored receipt counts only under a receipt key of the partner', async () => {
  const ngo = makeOrganisation('ngo', 2)
  const peer = await startPeer(ngo, [watcher.identity().authority], { stores: true })
  try {
    const plan = { watcher, limitMs, referral: true, partner: readPartner(peer.statement) }
    expect(await probe(plan)).toMatchObject({ passed: true })
    peer.statement = ngo.statement([peer.listener.address], ({ metadata }) => {
      metadata.rex_party.gateway.receipt_keys.keys[0].x = ngo.message.jwk.x
    })
    expect(await probe(plan)).toMatchObject({ passed: false, failed: 'referral' })
  } finally {
    await peer.listener.close()
  }
})

test('a modified invite is refused', () => {
  expect(() => readPartner(`${invite.slice(0, -8)}AAAAAAAA`)).toThrow(/not signed/)
  expect(() => readPartner('nothing')).toThrow(/neither an invite/)
  const { entityKey } = readPartner(invite)
  expect(() => readPartner(partner.statement, entityKey)).toThrow(/not signed/)
})

test('the exit code tells whether all probes passed', () => {
  const file = join(folder, 'partner')
  writeFileSync(file, partner.statement)
  const command = join(import.meta.dirname, '../bin/rex-conformance.js')
  const run = (...more: string[]) =>
    spawnSync(
      process.execPath,
      [
        '--conditions=@rex/source',
        command,
        'watch',
        '--dir',
        join(folder, 'watcher'),
        '--partner',
        file,
        ...more,
      ],
      { encoding: 'utf8' },
    )
  const { status, stdout } = run('--count', '1', '--json')
  expect([
    status,
    ...stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).passed),
  ]).toEqual([0, true, 1])
  expect(run('--interval', '999')).toMatchObject({ status: 2, stderr: expect.stringContaining('--interval') })
})
