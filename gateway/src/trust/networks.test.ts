// Tests of the stored networks of peers, and of a gateway that restarts during a flood of connections from unknown networks.
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { parseAddress } from '@rex/sdk/transport'
import { expect, test } from 'vitest'
import { virtualClock } from '../clock/virtual.ts'
import { FILES } from '../config/config.ts'
import { openSqliteStore } from '../store/sqlite/store.ts'
import { pair, type TestGateway, testGateway } from '../testing/gateway.ts'
import { testStore } from '../testing/store.ts'
import { openNetworks } from './networks.ts'

const HOTLINE = 'https://hotline.example'
const NGO = 'https://ngo.example'
const DAY = 86_400_000

test('T-132 REX-DLV-107 the last eight networks of each organisation survive a restart', async () => {
  await using store = testStore()
  const clock = virtualClock(Date.UTC(2026, 10, 1))
  const networks = openNetworks({ store, clock })
  for (let i = 0; i < 10; i++) {
    networks.prove(`192.0.2.${i}`, HOTLINE)
    await store.commit(() => {})
    await clock.advance(1000)
  }
  networks.prove('192.0.2.0', NGO)
  await store.commit(() => {})
  const again = openNetworks({ store, clock })
  for (const each of [networks, again]) {
    expect(Array.from({ length: 10 }, (_, i) => each.has(`192.0.2.${i}`))).toEqual([
      true,
      false,
      ...Array(8).fill(true),
    ])
  }
})

test('T-132 REX-DLV-107 a network is forgotten after 30 days, unless it is seen', async () => {
  await using store = testStore()
  const clock = virtualClock(Date.UTC(2026, 10, 1))
  const networks = openNetworks({ store, clock })
  networks.prove('192.0.2.1', HOTLINE)
  networks.prove('192.0.2.2', HOTLINE)
  await clock.advance(20 * DAY)
  networks.prove('192.0.2.2', HOTLINE)
  await clock.advance(11.5 * DAY)
  expect([networks.has('192.0.2.1'), networks.has('192.0.2.2')]).toEqual([false, true])
  networks.prove('192.0.2.3', HOTLINE)
  await store.commit(() => {})
  expect(store.read.networks.list().map(({ network }) => network)).toEqual(['192.0.2.2', '192.0.2.3'])
})

test('T-132 REX-DLV-107 the networks of an organisation are forgotten when its pairing ends', async () => {
  await using hotline = await testGateway(HOTLINE)
  await using ngo = await testGateway(NGO)
  await pair(hotline, ngo)
  await ngo.desk.directory.resolve({ organisation: HOTLINE, refresh: true })
  expect(await seenBy(hotline)).toEqual([HOTLINE, NGO])
  await hotline.restart()
  await hotline.desk.directory.deletePeer({ organisation: NGO })
  expect(await seenBy(hotline)).toEqual([HOTLINE])
})

/** Stops a gateway, and returns the organisations whose networks it has stored. */
async function seenBy({ gateway, config }: TestGateway): Promise<string[]> {
  await gateway.drain()
  await using store = openSqliteStore(join(config.dataDir, FILES.store))
  return store.read.networks.list().map(({ organisation }) => organisation)
}

// Skip other systems, because only Linux has more than one loopback address by default.
test.skipIf(process.platform !== 'linux')(
  'T-132 right after a restart, silent sockets from four networks shut nobody out',
  async () => {
    await using hotline = await testGateway(HOTLINE)
    await hotline.restart()
    const { host, port } = parseAddress(hotline.gateway.address)
    const over = new AbortController()
    /** Opens a silent connection, and a new one whenever it is closed. Without reserved slots, no peer could connect any more. */
    const keepsSilent = async (i: number) => {
      while (!over.signal.aborted) {
        const socket = connect({ host, port, localAddress: `127.0.0.${2 + (i % 4)}` })
        socket.on('error', () => {}).resume()
        begun[i]?.resolve(Promise.race([once(socket, 'connect'), once(socket, 'close')]))
        over.signal.addEventListener('abort', () => socket.destroy(), { once: true })
        await once(socket, 'close')
        await once(over.signal, 'abort', { signal: AbortSignal.timeout(250) }).catch(() => {})
      }
    }
    const begun = Array.from({ length: 64 }, () => Promise.withResolvers<unknown>())
    const silent = begun.map((_, i) => keepsSilent(i))
    await Promise.all(begun.map(({ promise }) => promise))
    expect(await hotline.desk.lease()).toBeGreaterThan(0)
    over.abort()
    await Promise.all(silent)
  },
)
