// A network between two gateways that damages traffic: cuts, loses, duplicates, swaps and changes bytes, or swallows one direction. For tests.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * Damage to a chunk of bytes. For example, its second half is lost, the connection ends in one direction, or both directions stay
 * silent from then on while the connection is open.
 */
export type Damage = (typeof DAMAGE)[number]

/** Direction of bytes: requests, or answers. */
export type Direction = 'there' | 'back'

const AT_RANDOM = [
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
  /** Direction in which nothing arrives: requests or answers. Connections stay open. */
  swallow: 'none' | Direction
  /** Damages the next chunk in a direction; resolves when that is done. */
  strike(kind: Damage, direction: Direction): Promise<void>
}

/** A requested damage. */
interface Strike {
  readonly kind: Damage
  readonly direction: Direction
  readonly done: () => void
}

/** Listens and forwards to `target` (`host:port`), with each kind of fault in turn at moments derived from `random`: numbers from 0 to 1. */
export async function faultProxy(target: () => string, random: () => number): Promise<FaultProxy> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(target()) ?? []
    const remote = connect(Number(port), host)
    const silent = new AbortController()
    for (const [socket, other, direction] of [
      [client, remote, 'there'],
      [remote, client, 'back'],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      passOn(socket, other, { direction, silent })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const done = Object.fromEntries(DAMAGE.map((kind) => [kind, 0])) as Record<Damage, number>
  let damaged = 0
  let ordered: Strike | undefined
  const self: FaultProxy = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    done,
    rate: 0,
    swallow: 'none',
    strike: (kind, direction) =>
      new Promise((resolve) => {
        ordered = { kind, direction, done: resolve }
      }),
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
  return self

  /** The damage for the next chunk, if any. */
  function nextDamage(direction: Direction): Damage | undefined {
    const strike = ordered
    if (strike?.direction === direction) {
      ordered = undefined
      strike.done()
      done[strike.kind] += 1
      return strike.kind
    }
    if (random() >= self.rate) return undefined
    const kind = AT_RANDOM[damaged++ % AT_RANDOM.length] as Damage
    done[kind] += 1
    return kind
  }

  function passOn(
    from: Socket,
    to: Socket,
    { direction, silent }: { readonly direction: Direction; readonly silent: AbortController },
  ): void {
    let kept: Buffer | undefined
    let late = Promise.resolve()
    const write = (bytes: Buffer) => {
      late = late.then(() => void (to.writable && to.write(bytes)))
    }
    from.on('data', (bytes: Buffer) => {
      if (self.swallow === direction || silent.signal.aborted) return
      const before = kept
      kept = undefined
      const kind = nextDamage(direction)
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
      else if (kind === 'changed') write(flipped(bytes, random))
      else if (kind === 'doubled') {
        write(bytes)
        write(bytes)
      }
    })
  }
}

/** A copy with one bit flipped. */
function flipped(bytes: Buffer, random: () => number): Buffer {
  const changed = Buffer.from(bytes)
  const at = Math.floor(random() * changed.length)
  changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8))
  return changed
}
