// A message dated ahead that was sent because the other side's clocks were ahead too. It can no longer be redated, and must not wait until its date
// comes. docs/spec/identity.md, REX-ID-066

import type { SubmitRequest } from '@rex/proto/mailbox/v1/mailbox'
import { beforeEach, expect, test } from 'vitest'
import { parseEnvelope, parseRouting } from '../../../core/envelope/parse.ts'
import { RexError } from '../../../core/error.ts'
import { signInvite } from '../../../core/identity/invite.ts'
import { LIMITS } from '../../../core/limits.ts'
import { signStoredReceipt } from '../../../core/receipt/stored.ts'
import { openGateway } from '../../../testing/gateway/gateway.ts'
import { openWire } from '../../../testing/gateway/wire.ts'
import { itemsOf } from '../../../testing/harness/fixture.ts'
import { testKeys } from '../../../testing/parties/keys.ts'
import { testParty } from '../../../testing/parties/party.ts'
import { buildReferral } from '../../../testing/referral.ts'
import { type Activity, createActivity } from '../../../testing/time/activity.ts'
import { type VirtualClock, virtualClock } from '../../../testing/time/clock.ts'
import { watchItems, watchStore } from '../../../testing/watch.ts'
import { toErrorDetail } from '../../../transport/messages/status.ts'
import type { Desk } from '../../api/desk.ts'
import type { Thread } from '../../api/thread.ts'
import type { Clock } from '../../clock/clock.ts'
import { openDesk } from '../../desk.ts'
import { openSqliteDeskStore } from '../../store/sqlite.ts'

const START = Date.UTC(2026, 10, 23, 12)
const AHEAD_MS = 176 * 24 * 60 * 60_000

let clock: Clock & VirtualClock
let activity: Activity
/** How far the clocks of each program are ahead, in milliseconds. */
let aheadMs: { desk: number; gateway: number; theirs: number }
let came: number
let desk: Desk

async function idle(): Promise<void> {
  let begun: number
  do {
    begun = activity.begun()
    await activity.idle()
    await new Promise(setImmediate)
  } while (activity.begun() !== begun)
}

const isAhead = (createdMs: number, ms: number) => createdMs > clock.now() + ms + LIMITS.skew

/** Opens the desk's gateway, which refuses messages dated ahead of the gateway's clock. */
function openOwn(link: ReturnType<typeof openGateway>): ReturnType<typeof openGateway> {
  async function* one(request: SubmitRequest) {
    yield request
  }
  return {
    ...link,
    mailbox: {
      ...link.mailbox,
      async *submit(requests) {
        for await (const { content } of requests as AsyncIterable<SubmitRequest>) {
          const given = content?.$case === 'submissions' ? content.value.submissions : []
          const refused = given.filter(({ deliveries }) =>
            deliveries.some(({ routing }) => isAhead(parseRouting(routing).createdMs, aheadMs.gateway)),
          )
          const submissions = given.filter((submission) => !refused.includes(submission))
          for (const { sequence } of refused)
            yield { sequence, error: toErrorDetail(new RexError('CLOCK_SKEW', 'It is dated ahead.')) }
          if (submissions.length > 0)
            yield* link.mailbox.submit(one({ content: { $case: 'submissions', value: { submissions } } }))
        }
      },
    },
  }
}

beforeEach(async () => {
  clock = virtualClock(START, idle)
  activity = createActivity()
  aheadMs = { desk: AHEAD_MS, gateway: AHEAD_MS, theirs: AHEAD_MS }
  came = 0
  const wire = openWire({ clock, activity, nextFault: () => undefined })
  const own = openOwn(openGateway({ name: 'hotline', clock, activity, wire }))
  const ngo = await testParty('ngo', { now: START })
  wire.attach(ngo.organisation, {
    urgentOverBudget() {},
    statement: () => ngo.configuration.jwt,
    async accept(bytes) {
      const { routing, digest: envelopeDigest } = parseEnvelope(bytes)
      const { envelopeId, sender, recipient, createdMs } = routing
      if (isAhead(createdMs, aheadMs.theirs)) throw new RexError('CLOCK_SKEW', 'It is dated ahead.')
      came += 1
      const storedMs = clock.now()
      return signStoredReceipt({ envelopeId, envelopeDigest, sender, recipient, storedMs }, ngo.receipt)
    },
  })
  const opened = await openDesk({
    keys: testKeys('hotline', START),
    store: watchStore(openSqliteDeskStore(':memory:', { durable: false }), activity),
    link: own,
    clock: { ...clock, now: () => clock.now() + aheadMs.desk },
    gatherMs: 0,
  })
  desk = { ...opened, receive: (options) => watchItems(opened.receive(options), activity) }
  const signer = { signer: ngo.entity, now: START, expiresMs: START + 1000 }
  aheadMs.desk = 0
  await desk.pair(await signInvite(ngo.configuration.jwt, signer))
  aheadMs.desk = AHEAD_MS
  await idle()
  return () => opened[Symbol.asyncDispose]()
})

const stateOf = async (thread: Thread) => (await thread.view()).delivery.map(({ state }) => state)
const codesOf = async () => (await desk.health()).problems.map(({ code }) => code)

/** Sends while all clocks are ahead and no desk answers. */
async function sendAhead(): Promise<Thread> {
  const mine = await desk.send(buildReferral(), { to: 'https://ngo.example' })
  await idle()
  expect([await stateOf(mine), came]).toEqual([['stored'], 1])
  return mine
}

test.each([
  ['its own gateway gives it back', { desk: 0, gateway: AHEAD_MS, theirs: 0 }],
  ['its own gateway does not take it', { desk: 0, gateway: 0, theirs: 0 }],
] as const)(
  'T-139 once the clocks are right and %s, its lifetime counts from then on, and it ends visibly',
  async (_, right) => {
    const mine = await sendAhead()
    aheadMs = right
    await clock.advance({ hours: 30 })
    expect([await stateOf(mine), came]).toEqual([['stored'], 1])
    expect(await codesOf()).not.toContain('clock')
    await clock.advance({ days: 1 })
    expect(await codesOf()).toContain('not-received')
    await clock.advance({ days: 15 })
    expect(await stateOf(mine)).toEqual(['expired'])
    const items = await itemsOf({ settle: idle }, desk)
    expect(items.filter(({ kind }) => kind === 'failure')).toMatchObject([{ outcome: 'expired' }])
  },
)
