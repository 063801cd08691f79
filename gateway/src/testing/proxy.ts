// A network between two gateways that damages what passes: cuts, loses, doubles, swaps and changes bytes, or swallows one direction. For tests.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Damage to a chunk of bytes. */
export type Damage = 'lost' | 'doubled' | 'swapped' | 'changed' | 'cut' | 'late'

const DAMAGE: readonly Damage[] = ['lost', 'doubled', 'swapped', 'changed', 'cut', 'late']
const LATE_MS = 20

/** A damaging network. */
export interface FaultProxy extends AsyncDisposable {
  readonly address: string
  /** How often each damage was done. */
  readonly done: Readonly<Record<Damage, number>>
  /** Share of chunks that are damaged, 0 to 1. */
  rate: number
  /** The direction in which nothing arrives: of requests, of answers. Connections stay open. */
  swallow: 'none' | 'there' | 'back'
}

/** Listens, and passes on to `target` (`host:port`) with each kind of fault in turn, at moments that follow from `random`: numbers from 0 to 1. */
export async function faultProxy(target: string, random: () => number): Promise<FaultProxy> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(target) ?? []
    const remote = connect(Number(port), host)
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
      passOn(socket, other, direction)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const done = Object.fromEntries(DAMAGE.map((kind) => [kind, 0])) as Record<Damage, number>
  let damaged = 0
  const self: FaultProxy = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    done,
    rate: 0,
    swallow: 'none',
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
  return self

  function passOn(from: Socket, to: Socket, direction: 'there' | 'back'): void {
    let kept: Buffer | undefined
    let late = Promise.resolve()
    const write = (bytes: Buffer) => {
      late = late.then(() => void (to.writable && to.write(bytes)))
    }
    from.on('data', (bytes: Buffer) => {
      if (self.swallow === direction) return
      const before = kept
      kept = undefined
      if (random() >= self.rate) {
        write(bytes)
        if (before !== undefined) write(before)
        return
      }
      const kind = DAMAGE[damaged++ % DAMAGE.length] as Damage
      done[kind] += 1
      if (before !== undefined) write(before)
      if (kind === 'cut') from.destroy()
      else if (kind === 'swapped') kept = bytes
      else if (kind === 'late') {
        late = late.then(() => new Promise((resolve) => setTimeout(resolve, LATE_MS)))
        write(bytes)
      } else if (kind !== 'lost') {
        const changed = kind === 'changed' ? flipped(bytes, random) : bytes
        write(changed)
        if (kind === 'doubled') write(bytes)
      }
    })
  }
}

/** The same bytes but for one bit. */
function flipped(bytes: Buffer, random: () => number): Buffer {
  const changed = Buffer.from(bytes)
  const at = Math.floor(random() * changed.length)
  changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8))
  return changed
}
