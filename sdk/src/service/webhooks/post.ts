// Posts one message to a webhook, signed according to Standard Webhooks. docs/guide/service.md, "Webhooks"
import { createHmac } from 'node:crypto'
import { lookup } from 'node:dns'
import * as http from 'node:http'
import * as https from 'node:https'
import { BlockList, type LookupFunction } from 'node:net'
import { hostOf, isLoopback } from '../address.ts'
import { keyOf, type Webhook } from './config.ts'

/** How long a receiver may take to answer. Milliseconds. */
const ANSWER_MS = 10_000
/** Maximum bytes of an answer to read and ignore, so that the connection can be reused. */
const IGNORED = 64 * 1024

/** A message to post. */
export interface Letter {
  /** Id of the letter, which stays the same for all attempts. */
  readonly id: string
  readonly body: string
  readonly nowMs: number
}

/** Posts letters to one webhook. */
export interface Post {
  /**
   * Posts a letter. Returns why that failed: a status or a code, but never text from the receiver. Empty if the receiver accepted the
   * letter.
   */
  send(letter: Letter, signal: AbortSignal): Promise<string>
  close(): void
}

/** Returns the headers of a letter: its id, its time, and one signature for each secret. */
export function signed(
  { id, body, nowMs }: Letter,
  secrets: readonly string[],
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(nowMs / 1000))
  const signatures = secrets.map(
    (secret) =>
      `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
  )
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}

/** Prepares posting to a webhook, over at most `connections` connections. */
export function createPost({ url, secrets }: Webhook, connections: number): Post {
  const to = new URL(url)
  const { Agent, request } = to.protocol === 'https:' ? https : http
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const resolve = hostOf(to) === 'localhost' ? onlyHere : onlyPublic
  return {
    async send(letter, signal) {
      const late = AbortSignal.timeout(ANSWER_MS)
      const { promise, resolve: answered, reject } = Promise.withResolvers<http.IncomingMessage>()
      const body = Buffer.from(letter.body)
      const headers = {
        'Content-Type': 'application/json',
        'Content-Length': String(body.length),
        'User-Agent': 'REX',
        ...signed(letter, secrets),
      }
      const how = { method: 'POST', headers, agent, lookup: resolve, signal: AbortSignal.any([signal, late]) }
      // Once the answer has begun, later errors have no effect. A connection that ends by an upgrade closes without an error.
      request(to, how, answered).on('error', reject).on('close', reject).end(body)
      try {
        const answer = await promise
        ignore(answer)
        const { statusCode = 0 } = answer
        return statusCode >= 200 && statusCode < 300 ? '' : `HTTP ${statusCode}`
      } catch (error) {
        return late.aborted
          ? 'no answer'
          : ((error as NodeJS.ErrnoException | undefined)?.code ?? 'no HTTP answer')
      }
    },
    close: () => agent.destroy(),
  }
}

function ignore(answer: http.IncomingMessage): void {
  let bytes = 0
  answer.on('error', () => {})
  answer.on('data', (part: Buffer) => {
    bytes += part.length
    if (bytes > IGNORED) answer.destroy()
  })
}

/** Addresses of this computer and of private networks. No host name may resolve to one of them. */
const INSIDE = new BlockList()
for (const [net, prefix] of [
  ...([
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
  ] as const),
  ...([
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['224.0.0.0', 3],
  ] as const),
])
  INSIDE.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of [
  ...([
    ['::', 127],
    ['64:ff9b::', 96],
    ['64:ff9b:1::', 48],
    ['100::', 64],
  ] as const),
  ...([
    ['2002::', 16],
    ['fc00::', 7],
    ['fe80::', 10],
    ['ff00::', 8],
  ] as const),
])
  INSIDE.addSubnet(net, prefix, 'ipv6')

/** Whether an address belongs to this computer or a private network. */
export const isInside = (address: string): boolean =>
  INSIDE.check(address, address.includes(':') ? 'ipv6' : 'ipv4')

/** Resolves host names, but only to permitted addresses. IP addresses in the configuration are not resolved. */
function only(fits: (address: string) => boolean): LookupFunction {
  return (name, options, done) =>
    lookup(name, { ...options, all: true }, (error, found = []) => {
      const strange = found.some(({ address }) => !fits(address))
      const [first] = found
      if (error !== null) done(error, [])
      else if (strange || first === undefined)
        done(
          Object.assign(new Error('The name leads to a private address.'), { code: 'private address' }),
          [],
        )
      else if (options.all === true) done(null, found)
      else done(null, first.address, first.family)
    })
}

const onlyPublic = only((address) => !isInside(address))
const onlyHere = only(isLoopback)
