import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../limits.ts'
import { createFairOrder, LEAST_COST } from './order.ts'
import { createServing, type Queue, type Serving } from './serving.ts'
import { createStanding, type Standing } from './standing.ts'

const KiB = 1024
const HOUR = 3_600_000
const [FLOOD, HOTLINE, NGO] = ['https://flood.example', 'https://hotline.example', 'https://ngo.example']
const urgent = (peer: string): Queue => ({ lane: 'urgent', peer })
const routine = (peer: string): Queue => ({ lane: 'routine', peer })
const REPORTS: Queue = { lane: 'report', peer: '' }

/** Serves endless queues, settling each item immediately, and returns the lane and name of each turn. */
function serve(
  queues: readonly Queue[],
  count: number,
  { window = 128, bytes = 10 * KiB, standing = createStanding() } = {},
): string[] {
  const serving = createServing({ window, standing })
  return Array.from({ length: count }, (_, cursor) => {
    const turn = serving.next(queues, 0)
    if (turn === undefined) return 'nobody'
    serving.served(turn, { cursor, bytes }, 0)
    serving.settled(cursor, 0)
    return nameOf(turn.queue)
  })
}

/** Serves items until the window is full, without settling any. */
function fill(serving: Serving, queues: readonly Queue[], bytes = 10 * KiB): string[] {
  const names: string[] = []
  for (let turn = serving.next(queues, 0); turn !== undefined; turn = serving.next(queues, 0)) {
    serving.served(turn, { cursor: names.length + 1, bytes }, 0)
    names.push(nameOf(turn.queue))
  }
  return names
}

const nameOf = ({ lane, peer }: Queue) =>
  `${lane} ${peer.slice('https://'.length, -'.example'.length)}`.trim()
const count = (names: readonly string[], name: string) => names.filter((one) => one === name).length
const worsen = (standing: Standing, times: number) => {
  for (let i = 0; i < times; i++) standing.unopenable(FLOOD, 0)
  return standing
}

/** Random senders that always have items waiting, each with its own item sizes and share. */
const senders = fc.array(
  fc.record({
    sizes: fc.array(fc.integer({ min: 1, max: LIMITS.envelope }), { minLength: 1, maxLength: 20 }),
    share: fc.double({ min: 0.25, max: 1, noNaN: true }),
    arrives: fc.nat(200),
  }),
  { minLength: 2, maxLength: 12 },
)

describe('the order of senders', () => {
  test('T-130 between two turns of a sender, no other sender gets more than its share plus one item', () => {
    fc.assert(
      fc.property(senders, (all) => {
        const order = createFairOrder()
        const since = all.map(() => all.map(() => 0))
        const lastCost = all.map(() => 0)
        const turn = all.map(() => 0)
        for (let step = 0; step < 300; step++) {
          const here = all.flatMap(({ arrives }, i) => (arrives <= step ? [String(i)] : []))
          const next = order.next(here)
          if (next === undefined) continue
          const i = Number(next)
          const { sizes, share } = all[i] as (typeof all)[number]
          const cost = Math.max(sizes[(turn[i] as number)++ % sizes.length] as number, LEAST_COST)
          order.charge(next, cost, share)
          for (const j of here.map(Number)) {
            const passed = since[j] as number[]
            passed[i] = j === i ? 0 : (passed[i] as number) + cost
            const most = ((lastCost[j] as number) / (all[j]?.share ?? 1)) * share + LIMITS.envelope
            if ((passed[i] as number) > most + 1)
              expect.fail(`${i} was served ${passed[i]} bytes before ${j}, not ${most}`)
          }
          since[i] = all.map(() => 0)
          lastCost[i] = cost
        }
      }),
      { numRuns: 100 },
    )
  })

  test('an idle sender accumulates no credit, and a short pause gives no more than the share', () => {
    const order = createFairOrder()
    for (let i = 0; i < 100; i++) order.charge(FLOOD, LIMITS.envelope, 1)
    const first = Array.from({ length: 4 }, () => {
      const next = order.next([FLOOD, HOTLINE]) as string
      order.charge(next, LIMITS.envelope, 1)
      return next
    })
    expect(first).toEqual([HOTLINE, FLOOD, HOTLINE, FLOOD])
    order.charge(FLOOD, LIMITS.envelope, 1)
    expect(order.next([HOTLINE])).toBe(HOTLINE)
    order.charge(HOTLINE, KiB, 1)
    expect(order.next([FLOOD, HOTLINE])).toBe(HOTLINE)
  })
})

describe('lanes and window', () => {
  test('senders alternate, whatever one of them marks as urgent', () => {
    const names = serve([urgent(FLOOD), urgent(HOTLINE), routine(NGO)], 900)
    expect(count(names, 'urgent flood')).toBe(count(names, 'urgent hotline'))
    expect(names.slice(0, 9).filter((name) => name === 'routine ngo')).toHaveLength(1)
  })

  test('T-130 urgent mail beyond the budget is served in routine turns, before routine mail of its sender', () => {
    const standing = createStanding()
    const queues = [urgent(FLOOD), routine(FLOOD), routine(NGO)]
    const names = serve(queues, 2 * LIMITS.urgentBudget + 400, { standing })
    expect(standing.budget(FLOOD, 0)).toBe(0)
    expect(names.slice(-100).sort()).toEqual([
      ...Array.from({ length: 50 }, () => 'routine ngo'),
      ...Array.from({ length: 50 }, () => 'urgent flood'),
    ])
    const honest = serve([...queues, urgent(HOTLINE)], LIMITS.urgentBudget, { standing })
    expect(count(honest, 'urgent hotline')).toBeGreaterThan(LIMITS.urgentBudget * 0.85)
  })

  test('the budget recovers over time', () => {
    const standing = createStanding()
    for (let i = 0; i < 1000; i++) standing.spend(FLOOD, 0)
    const left = (nowMs: number) => standing.budget(FLOOD, nowMs)
    expect([left(0), left(10 * LIMITS.urgentRefill), left(HOUR)]).toEqual([0, 10, LIMITS.urgentBudget])
  })

  test('reports and envelopes alternate', () => {
    const names = serve([urgent(FLOOD), REPORTS, routine(NGO)], 100)
    expect(count(names, 'report')).toBe(50)
    expect(serve([REPORTS], 5)).toEqual(Array.from({ length: 5 }, () => 'report'))
  })

  test('T-130 a sender of unopenable envelopes is served less, at least a quarter, and fully again after an hour', () => {
    const standing = worsen(createStanding(), 1000)
    const names = serve([routine(FLOOD), routine(NGO)], 1000, { standing })
    expect(count(names, 'routine flood')).toBe(200)
    const share = (nowMs: number) => standing.share(FLOOD, nowMs)
    expect([share(0), share(HOUR / 3), share(HOUR)]).toEqual([0.25, 0.5, 1])
    expect(worsen(createStanding(), 1).share(FLOOD, 0)).toBeGreaterThan(0.95)
  })

  test('a sender alone gets everything, whatever its share', () => {
    const standing = worsen(createStanding(), 1000)
    expect(count(serve([routine(FLOOD)], 5000, { standing }), 'routine flood')).toBe(5000)
  })

  test.each([1, 2, 3, 8, 128, 1024])(
    'in a window of %d, each lane and each sender leaves room for others',
    (window) => {
      const alone = (queue: Queue) =>
        fill(createServing({ window, standing: createStanding() }), [queue]).length
      const half = Math.max(1, Math.floor(window / 2))
      expect([alone(REPORTS), alone(urgent(FLOOD)), alone(routine(FLOOD))]).toEqual([
        half,
        Math.min(half, window),
        Math.min(half, Math.max(1, window - 2 * Math.ceil(window / 8))),
      ])
      const many = Array.from({ length: 20 }, (_, i) => `https://s${i}.example`)
      const serving = createServing({ window, standing: createStanding() })
      const routines = fill(serving, many.map(routine)).length
      expect(routines).toBe(Math.max(1, window - 2 * Math.ceil(window / 8)))
      if (window < 3) return
      expect(serving.next([urgent(HOTLINE)], 0)?.lane).toBe('urgent')
      expect(serving.next([REPORTS], 0)?.lane).toBe('report')
    },
  )

  test('T-130 REX-MBX-065 a sender of unopenable envelopes gets less of the window', () => {
    const serving = createServing({ window: 128, standing: worsen(createStanding(), 1000) })
    expect(fill(serving, [urgent(FLOOD), routine(FLOOD)])).toHaveLength(4)
    expect(fill(serving, [routine(HOTLINE)])).toHaveLength(64)
  })

  test('the window is limited in bytes, too', () => {
    const serving = createServing({ window: 1024, standing: createStanding() })
    const half = LIMITS.windowBytes / 2 / LIMITS.envelope
    expect(fill(serving, [routine(FLOOD)], LIMITS.envelope)).toHaveLength(half)
    expect(serving.next([routine(FLOOD)], 0)).toBeUndefined()
    expect(serving.next([routine(HOTLINE)], 0)?.queue.peer).toBe(HOTLINE)
  })
})
