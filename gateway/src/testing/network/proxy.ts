// A proxy between two gateways that cuts connections, or loses, duplicates, swaps and changes bytes. For tests.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * A kind of damage to a chunk of bytes. For example, its second half is lost, the connection ends in one direction, or both directions
 * fall silent while the connection remains open.
 */
export type Damage = (typeof DAMAGE)[number]

/** Direction of bytes: `there` for requests, `back` for answers. */
export type Direction = 'there' | 'back'

/** Kinds of damage that are done at random. */
export const AT_RANDOM = [
  'lost',
  'doubled',
  'swapped',
  'changed',
  'cut',
  'late',
  'truncated',
  'half-closed',
] as const
/** All kinds of damage. */
export const DAMAGE = [...AT_RANDOM, 'silent'] as const
const LATE_MS = 20

/** A damaging network. */
export interface FaultProxy extends AsyncDisposable {
  readonly address: string
  /** How often each kind of damage was done. */
  readonly done: Readonly<Record<Damage, number>>
  /** Share of damaged chunks, 0 to 1. */
  rate: number
  /** Bytes of requests after which each connection breaks. Default: no connection breaks. */
  breakAfter: number
  /** Direction in which nothing arrives while connections stay open. */
  swallow: 'none' | Direction
  /** Damages the next chunk in a direction. Resolves when that is done. */
  strike(kind: Damage, direction: Direction): Promise<void>
}

/** A requested damage. */
interface Strike {
  readonly kind: Damage
  readonly direction: Direction
  readonly done: () => void
}

/** Listens and forwards to `target` (`host:port`). Applies each kind of fault in turn at random moments (`random`: numbers from 0 to 1). */
export async function faultProxy(target: () => string, random: () => number): Promise<FaultProxy> {
  const network = new Network(random)
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(target()) ?? []
    const remote = connect(Number(port), host)
    const silent = new AbortController()
    for (const [from, to, direction] of [
      [client, remote, 'there'],
      [remote, client, 'back'],
    ] as const) {
      sockets.add(from)
      from.on('error', () => {})
      from.once('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      network.passOn({ from, to, direction, silent })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(network, {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  })
}

/** One direction of a connection. */
interface Way {
  readonly from: Socket
  readonly to: Socket
  readonly direction: Direction
  /** When aborted, the connection stays open but carries no more bytes. */
  readonly silent: AbortController
}

/** Damages the bytes between two sockets. */
class Network {
  readonly done = Object.fromEntries(DAMAGE.map((kind) => [kind, 0])) as Record<Damage, number>
  rate = 0
  breakAfter = Number.POSITIVE_INFINITY
  swallow: 'none' | Direction = 'none'
  readonly #random: () => number
  #damaged = 0
  #ordered: Strike | undefined

  constructor(random: () => number) {
    this.#random = random
  }

  strike(kind: Damage, direction: Direction): Promise<void> {
    return new Promise((done) => {
      this.#ordered = { kind, direction, done }
    })
  }

  passOn({ from, to, direction, silent }: Way): void {
    let kept: Buffer | undefined
    let passed = 0
    let late = Promise.resolve()
    const write = (bytes: Buffer) => {
      late = late.then(() => void (to.writable && to.write(bytes)))
    }
    from.on('data', (bytes: Buffer) => {
      if (this.swallow === direction || silent.signal.aborted) return
      passed += bytes.length
      if (direction === 'there' && passed > this.breakAfter) {
        from.destroy()
        return
      }
      const before = kept
      kept = undefined
      const kind = this.#nextDamage(direction)
      if (kind === undefined) write(bytes)
      if (before !== undefined) write(before)
      if (kind === 'cut') from.destroy()
      else if (kind === 'half-closed') to.end()
      else if (kind === 'silent') silent.abort()
      else if (kind === 'swapped') kept = bytes
      else if (kind === 'late') {
        late = late.then(() => new Promise((resolve) => setTimeout(resolve, LATE_MS)))
        write(bytes)
      } else if (kind === 'truncated') write(bytes.subarray(0, Math.floor(bytes.length / 2)))
      else if (kind === 'changed') write(flipped(bytes, this.#random))
      else if (kind === 'doubled') {
        write(bytes)
        write(bytes)
      }
    })
  }

  /** Returns the damage for the next chunk, if any. */
  #nextDamage(direction: Direction): Damage | undefined {
    const strike = this.#ordered
    if (strike?.direction === direction) {
      this.#ordered = undefined
      strike.done()
      this.done[strike.kind] += 1
      return strike.kind
    }
    if (this.#random() >= this.rate) return undefined
    const kind = AT_RANDOM[this.#damaged++ % AT_RANDOM.length] as Damage
    this.done[kind] += 1
    return kind
  }
}

/** Returns a copy with one bit flipped. */
function flipped(bytes: Buffer, random: () => number): Buffer {
  const changed = Buffer.from(bytes)
  const at = Math.floor(random() * changed.length)
  changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8))
  return changed
}
