import type { ReceiveRequest } from '@rex/proto/mailbox/v1/mailbox'
import { expect, test } from 'vitest'
import { LIMITS } from '../../core/limits.ts'
import type { Queue } from '../../core/mailbox/serving.ts'
import { createQueue } from '../../transport/messages/queue.ts'
import { createActivity } from '../time/activity.ts'
import { virtualClock } from '../time/clock.ts'
import { Mailbox, REPORTS } from './mailbox.ts'

const [FLOOD, HOTLINE] = ['https://flood.example', 'https://hotline.example']
const urgent = (peer: string): Queue => ({ lane: 'urgent', peer })
const routine = (peer: string): Queue => ({ lane: 'routine', peer })

/** Opens a mailbox whose items state the queue that they came from, and a desk that settles each item immediately. */
function mailboxWithDesk() {
  const mailbox = new Mailbox(
    createActivity(),
    virtualClock(0, async () => {}),
  )
  const requests = createQueue<ReceiveRequest>()
  const closed = new AbortController()
  requests.offer({ content: { $case: 'open', value: { fence: 1, window: 64 } } })
  const items = mailbox.feed(requests, closed.signal)
  const put = (queue: Queue, count: number) => {
    const recipient = `${queue.lane} ${queue.peer}`
    for (let i = 0; i < count; i++)
      mailbox.put(
        { $case: 'report', value: { envelopeId: new Uint8Array(), recipient, outcome: undefined } },
        queue,
      )
  }
  async function next(): Promise<string> {
    const { value } = await items.next()
    const { cursor, content } = value ?? { cursor: 0, content: undefined }
    const settle = { acknowledged: [cursor], postponed: [], unopenable: [] }
    if (cursor > 0) requests.offer({ content: { $case: 'settle', value: settle } })
    return content?.$case === 'report' ? content.value.recipient : (content?.$case ?? '')
  }
  return { mailbox, put, next }
}

test('T-130 the gateway in memory serves senders in turn, too, and reports alongside', async () => {
  const { put, next } = mailboxWithDesk()
  put(urgent(FLOOD), 400)
  for (let i = 0; i < LIMITS.urgentBudget; i++) await next()
  put(routine(HOTLINE), 3)
  put(REPORTS, 3)
  const names = []
  for (let i = 0; i < 12; i++) names.push(await next())
  expect(names.filter((name) => name === `routine ${HOTLINE}`)).toHaveLength(3)
  expect(names.filter((name) => name === 'report ')).toHaveLength(3)
})

test('T-130 the gateway in memory detects when more urgent mail waits than the budget allows', async () => {
  const { mailbox, put, next } = mailboxWithDesk()
  put(urgent(HOTLINE), LIMITS.urgentBudget)
  put(routine(HOTLINE), 10)
  expect(mailbox.isOverBudget(HOTLINE)).toBe(false)
  put(urgent(HOTLINE), 1)
  expect([mailbox.isOverBudget(HOTLINE), mailbox.isOverBudget(FLOOD)]).toEqual([true, false])
  for (let i = 0; i < LIMITS.urgentBudget + 12; i++) await next()
  expect(mailbox.isOverBudget(HOTLINE)).toBe(false)
})

test('`live` follows all items that were waiting, whatever arrives later', async () => {
  const { put, next } = mailboxWithDesk()
  put(routine(HOTLINE), 2)
  const first = await next()
  put(urgent(FLOOD), 100)
  const names = [first]
  while (names.at(-1) !== 'live') names.push(await next())
  expect(names.length).toBeLessThan(25)
})
