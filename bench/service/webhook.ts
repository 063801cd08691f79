// Measures the time from a change at an idle desk until the receiver of the webhook has it. docs/guide/benchmark.md, "Service"
import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { median } from '../measure/rounds.ts'

/** Time from a change until the receiver of the webhook has it, milliseconds. */
export interface WebhookFigures {
  readonly p50Ms: number
  readonly p99Ms: number
  /** Median time of posting the same body to the same receiver without REX. */
  readonly floorMs: number
}

/** Pause before each change, in which the desk becomes idle. Milliseconds. */
const IDLE_MS = 250

interface Arrival {
  readonly body: string
  /** Time of arrival in Unix milliseconds, for comparison with times of another process. */
  readonly atMs: number
  /** Time of arrival by the monotonic clock, for comparison with times of this process. Milliseconds. */
  readonly monotonicMs: number
}

/** A receiver of webhooks on this computer. */
export interface Receiver extends AsyncDisposable {
  readonly url: string
  /** Returns the next body and its time of arrival. */
  next(): Promise<Arrival>
}

/** Starts a receiver. */
export async function startReceiver(): Promise<Receiver> {
  let got = Promise.withResolvers<Arrival>()
  const server = createServer(async (asked, answer) => {
    const body = await text(asked)
    got.resolve({ body, atMs: Date.now(), monotonicMs: performance.now() })
    answer.writeHead(204).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/rex`,
    async next() {
      const received = await got.promise
      got = Promise.withResolvers()
      return received
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Makes changes one after the other, each at an idle desk. The webhook's body states when the desk stored the change. */
export async function measureWebhook(
  receiver: Receiver,
  changes: number,
  change: () => Promise<unknown>,
): Promise<WebhookFigures> {
  const times: number[] = []
  const floor: number[] = []
  const agent = new Agent({ keepAlive: true })
  for (let i = 0; i < changes; i++) {
    await pause(IDLE_MS)
    const arrival = receiver.next()
    await change()
    const { atMs, body } = await arrival
    times.push(atMs - Date.parse(JSON.parse(body).timestamp))
    floor.push(await post(receiver, body, agent))
  }
  agent.destroy()
  times.sort((a, b) => a - b)
  const p99Ms = times[Math.ceil(times.length * 0.99) - 1] as number
  return { p50Ms: median(times), p99Ms, floorMs: median(floor) }
}

/** Posts a body without REX. Returns milliseconds until it has arrived. */
async function post(receiver: Receiver, body: string, agent: Agent): Promise<number> {
  const arrival = receiver.next()
  const beganMs = performance.now()
  const asked = request(receiver.url, { method: 'POST', agent })
  asked.end(body)
  const { monotonicMs } = await arrival
  const [answer] = await once(asked, 'response')
  answer.resume()
  return monotonicMs - beganMs
}
