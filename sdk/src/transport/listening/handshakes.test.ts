// Tests of the limits on clients from unknown networks: allowances, networks, handshakes.
import { describe, expect, test } from 'vitest'
import { createAllowance } from '../limits/allowance.ts'
import { LISTENER_LIMITS } from '../limits/limits.ts'
import { networkOf } from '../network/network.ts'
import { createHandshakes, createKnownNetworks, type Guest } from './handshakes.ts'

function clock() {
  let ms = 1000
  return { now: () => ms, tick: (by: number) => (ms += by) }
}

describe('an allowance', () => {
  test('can be used up immediately and recovers over time, separately for each key', () => {
    const { now, tick } = clock()
    const { admits, spend } = createAllowance({ perSecond: 10, burst: 20 }, now)
    spend('a', 19)
    expect(admits('a')).toBe(true)
    spend('a', 11)
    expect([admits('a'), admits('b')]).toEqual([false, true])
    tick(1000)
    expect(admits('a')).toBe(false)
    tick(1)
    expect(admits('a')).toBe(true)
  })

  test('gives back the amount spent, and no more', () => {
    const { admits, spend } = createAllowance({ perSecond: 1, burst: 10 }, clock().now)
    spend('a', 15)
    spend('a', -6)
    expect(admits('a')).toBe(true)
    spend('a', -1000)
    spend('a', 10)
    expect(admits('a')).toBe(false)
  })

  test('remembers a bounded number of keys', () => {
    const { admits, spend } = createAllowance({ perSecond: 1, burst: 1 }, clock().now)
    for (let i = 0; i < 5000; i++) spend(String(i), 1)
    expect([admits('0'), admits('903'), admits('904'), admits('4999')]).toEqual([true, true, false, false])
  })
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['2001:db8:1:2::', '2001:db8:1:2'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

describe('T-070 handshakes', () => {
  const [one, other, third] = ['192.0.2.1', '192.0.2.2', '192.0.2.3']
  const make = () => {
    const { now, tick } = clock()
    const known = createKnownNetworks()
    const handshakes = createHandshakes(
      {
        handshakes: { atOnce: 3, perSecond: 4 },
        handshakesPerNetwork: { atOnce: 2, perSecond: 2 },
        handshakeLeastMs: 1000,
      },
      known,
      now,
    )
    const begin = (address: string) => handshakes.begin({ address, isSilent: () => false, leave() {} })
    return { begin, tick, prove: (address: string) => known.prove(address, 'https://a.example') }
  }

  test('T-070 concurrent: two per network, three for all strangers; an ended handshake frees its place once', () => {
    const { begin } = make()
    const [end] = [begin(one), begin(one)]
    expect([begin(one), begin(other), begin(third)].map(Boolean)).toEqual([false, true, false])
    end?.()
    end?.()
    expect([begin(third), begin(third)].map(Boolean)).toEqual([true, false])
  })

  test('T-070 per second: a burst, then the rate, per network and for all strangers; one more for a new network', () => {
    const { begin, tick } = make()
    const rush = (address: string) => {
      let begun = 0
      for (let i = 0; i < 100; i++) {
        const end = begin(address)
        if (end) begun += 1
        end?.()
      }
      return begun
    }
    expect([rush(one), rush(other), rush(third)]).toEqual([10, 10, 1])
    tick(1001)
    expect([rush(third), rush(one)]).toEqual([4, 0])
  })

  test('T-070 known networks are not delayed by strangers', () => {
    const { begin, prove } = make()
    prove(third)
    for (const address of [one, one, other]) begin(address)
    expect([begin(other), begin(third), begin(third), begin(third)].map(Boolean)).toEqual([
      false,
      true,
      true,
      false,
    ])
  })
})

describe('T-132 strangers, with the default limits', () => {
  /** Opens silent connections from many networks until all places are taken. */
  const crowd = () => {
    const known = createKnownNetworks()
    const { now, tick } = clock()
    const { begin } = createHandshakes(LISTENER_LIMITS, known, now)
    const left: string[] = []
    const come = (address: string, silent = true) => {
      const leave = () => {
        left.push(address)
        end?.()
      }
      const guest: Guest = { address, isSilent: () => silent, leave }
      const end = begin(guest)
      return end
    }
    return { come, left, known, tick }
  }
  const { atOnce, perSecond } = LISTENER_LIMITS.handshakes

  test('T-132 REX-DLV-106 the oldest silent connection makes room', () => {
    const { come, left } = crowd()
    for (let i = 0; i < atOnce; i++) come(`192.0.2.${i}`)
    expect(left).toEqual([])
    expect(come('198.51.100.1')).toBeDefined()
    expect(come('198.51.100.2')).toBeDefined()
    expect(left).toEqual(['192.0.2.0', '192.0.2.1'])
  })

  test('T-065 REX-DLV-106 if none is silent, the oldest makes room once its handshake is overdue', () => {
    const { come, left, tick } = crowd()
    for (let i = 0; i < atOnce; i++) come(`192.0.2.${i}`, false)
    tick(LISTENER_LIMITS.handshakeLeastMs - 1)
    expect(come('198.51.100.1', false)).toBeUndefined()
    tick(1)
    expect(come('198.51.100.1', false)).toBeDefined()
    expect(left).toEqual(['192.0.2.0'])
  })

  test('T-132 a connection that sends keeps its place, and known networks have places of their own', () => {
    const { come, left, known } = crowd()
    for (let i = 0; i < atOnce; i++) come(`192.0.2.${i}`, false)
    expect(come('198.51.100.1')).toBeUndefined()
    known.prove('198.51.100.1', 'https://peer.example')
    expect(come('198.51.100.1')).toBeDefined()
    expect(left).toEqual([])
  })

  test('T-133 when a few networks use up the rate, a new network has a rate of its own', () => {
    const { come } = crowd()
    let begun = 0
    for (let i = 0; i < 20 * perSecond; i++) if (come(`192.0.2.${i % 32}`)) begun += 1
    expect(begun).toBe(5 * perSecond)
    expect(come('198.51.100.1')).toBeDefined()
    expect(come('198.51.100.1')).toBeUndefined()
  })
})
