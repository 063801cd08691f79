// Tests of two gateways with default settings, in separate processes, over a network that damages packets. TCP repairs what it can.
import { expect, test } from 'vitest'
import { hostedGateways } from '../testing/network/hosts.ts'
import { hasPacketNetworks, packetNetwork, WHOLE } from '../testing/network/packets.ts'
import { seeded } from '../testing/random.ts'
import { openTraffic } from '../testing/traffic.ts'

const HOTLINE = 'https://hotline.example'
const NGO = 'https://ngo.example'
const SEED = Number(process.env.REX_SEED ?? 90)
const BAD = { lost: 0.3, doubled: 0.2, late: 0.2, changed: 0.02 }
const NOTHING_PASSES = { ...WHOLE, lost: 1 }
const EACH = 20

test.skipIf(!hasPacketNetworks())(
  `T-090 P1 P2 P3 30% of packets lost, 20% doubled, 20% late, some changed, then one direction dead (seed ${SEED})`,
  async () => {
    await using network = await packetNetwork(seeded(SEED))
    await using hosts = await hostedGateways(network, [HOTLINE, NGO])
    const [a, b] = hosts.gateways
    const here = await openTraffic(a.desk, HOTLINE, NGO)
    const there = await openTraffic(b.desk, NGO, HOTLINE)
    const both = async () => {
      for (let i = 0; i < EACH; i++) await Promise.all([here.send(), there.send()])
    }
    network.delayMs = 10
    Object.assign(network.damage, { there: BAD, back: BAD })
    await both()
    await expect.poll(() => here.stored.size + there.stored.size, { timeout: 60_000 }).toBeGreaterThan(EACH)
    Object.assign(network.damage, { there: NOTHING_PASSES, back: WHOLE })
    await both()
    Object.assign(network.damage, { there: WHOLE, back: WHOLE })
    const all = { timeout: 90_000, interval: 50 }
    for (const [from, to] of [
      [here, there],
      [there, here],
    ] as const) {
      await expect.poll(() => [from.stored.size, to.received.size], all).toEqual([2 * EACH, 2 * EACH])
      const once = new Map([...from.sent].map((id) => [id, 1]))
      expect([from.stored, to.received]).toEqual([once, once])
    }
    const { lost, doubled, late, changed } = network.done
    expect(Math.min(lost, doubled, late, changed)).toBeGreaterThan(0)
  },
  240_000,
)
