// Two hosts whose packets are lost, duplicated, delayed and changed below TCP. Needs Linux, root and iproute2. For tests.
import { spawnSync } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

const VXLAN_PORT = 4789
/** Offset of the IP header, after 8 bytes of VXLAN and 14 bytes of Ethernet header. */
const IP_AT = 22
const IP_HEADER = 20
const TCP = 6
const TCP_CHECKSUM_AT = 16
/** Delay of a late packet, which arrives after packets that follow within this time. Milliseconds. */
const LATE_MS = 15

/** Shares of packets with each kind of damage, 0 to 1. */
interface PacketDamage {
  readonly lost: number
  readonly doubled: number
  readonly late: number
  readonly changed: number
}

/** A direction, from the first host to the second or back. */
export type Direction = 'there' | 'back'

/** Two hosts and the network between them. */
export interface PacketNetwork extends AsyncDisposable {
  /** Address of the other host, as each host sees it. Both listen on all their addresses. */
  readonly between: readonly [string, string]
  /** Address at which each host reaches this process. Packets to this address are never damaged. */
  readonly near: readonly [string, string]
  /** Command prefix that runs a command on a host. */
  readonly on: readonly [readonly string[], readonly string[]]
  /** Latency of each packet. Milliseconds. */
  delayMs: number
  /** Current damage in each direction. */
  readonly damage: Record<Direction, PacketDamage>
  /** Number of packets so far, and of packets with each kind of damage. */
  readonly done: Readonly<Record<'all' | keyof PacketDamage, number>>
}

export const WHOLE: PacketDamage = { lost: 0, doubled: 0, late: 0, changed: 0 }

/** Returns whether this machine permits creating hosts. */
export function hasPacketNetworks(): boolean {
  const name = `rex-try-${process.pid}`
  const made = spawnSync('ip', ['netns', 'add', name]).status === 0
  const device = ['-n', name, 'link', 'add', 'x0', 'type', 'vxlan', 'id', '1', 'dstport', '1']
  const fits = made && spawnSync('ip', device).status === 0
  if (made) ip('netns', 'del', name)
  return fits
}

/**
 * Creates two network namespaces as hosts. Each has a virtual Ethernet whose frames reach this process as datagrams (VXLAN). `random`
 * (numbers from 0 to 1) decides which packets are damaged. Both kernels react to the damage as on a real network, for example by resending.
 */
export async function packetNetwork(random: () => number): Promise<PacketNetwork> {
  await using undo = new AsyncDisposableStack()
  const sides = [1, 2].map((side) => makeHost(undo, side))
  const sockets = await Promise.all(sides.map(({ outer }) => listen(undo, outer)))
  let open = true
  undo.defer(() => {
    open = false
  })
  const done = { all: 0, lost: 0, doubled: 0, late: 0, changed: 0 }
  const damage: Record<Direction, PacketDamage> = { there: WHOLE, back: WHOLE }
  for (const [from, direction] of [
    [0, 'there'],
    [1, 'back'],
  ] as const) {
    const [socket, other, to] = [sockets[from], sockets[1 - from], sides[1 - from]]
    socket?.on('message', (frame) =>
      pass(frame, (bytes) => open && other?.send(bytes, VXLAN_PORT, to?.host), damage[direction]),
    )
  }
  const owned = undo.move()
  const self: PacketNetwork = {
    delayMs: 0,
    between: ['198.19.0.1', '198.19.0.2'],
    near: ['198.18.1.2', '198.18.2.2'],
    on: [sides[0]?.on ?? [], sides[1]?.on ?? []],
    damage,
    done,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
  return self

  function pass(frame: Buffer, forward: (frame: Buffer) => void, rates: PacketDamage): void {
    const happens = (kind: keyof PacketDamage): boolean => {
      if (random() >= rates[kind]) return false
      done[kind] += 1
      return true
    }
    done.all += 1
    if (happens('lost')) return
    sumTcp(frame)
    const copies = happens('doubled') ? 2 : 1
    if (happens('changed')) flip(frame, random)
    const delayMs = self.delayMs + (happens('late') ? random() * LATE_MS : 0)
    for (let i = 0; i < copies; i++)
      if (delayMs > 0) setTimeout(() => forward(frame), delayMs)
      else forward(frame)
  }
}

function makeHost(undo: AsyncDisposableStack, side: number) {
  const name = `rex-${process.pid}-${side}`
  const veth = `rex${process.pid}v${side}`
  const [outer, host] = [`198.18.${side}.1`, `198.18.${side}.2`]
  const other = 3 - side
  ip('netns', 'add', name)
  undo.defer(() => ip('netns', 'del', name))
  ip('link', 'add', veth, 'type', 'veth', 'peer', 'name', 'e0', 'netns', name)
  undo.defer(() => ip('link', 'del', veth))
  ip('addr', 'add', `${outer}/24`, 'dev', veth)
  ip('link', 'set', veth, 'up')
  const inside = (...args: string[]) => ip('-n', name, ...args)
  inside('link', 'set', 'lo', 'up')
  inside('addr', 'add', `${host}/24`, 'dev', 'e0')
  inside('link', 'set', 'e0', 'up')
  const vxlan = ['type', 'vxlan', 'id', '7', 'local', host, 'remote', outer, 'dstport', `${VXLAN_PORT}`]
  inside('link', 'add', 'x0', 'address', `02:00:00:00:00:0${side}`, ...vxlan)
  inside('link', 'set', 'x0', 'mtu', '1400', 'gso_max_segs', '1')
  inside('addr', 'add', `198.19.0.${side}/24`, 'dev', 'x0')
  inside('link', 'set', 'x0', 'up')
  const neighbour = [`198.19.0.${other}`, 'lladdr', `02:00:00:00:00:0${other}`, 'dev', 'x0']
  inside('neigh', 'add', ...neighbour, 'nud', 'permanent')
  return { outer, host, on: ['ip', 'netns', 'exec', name] }
}

async function listen(undo: AsyncDisposableStack, address: string): Promise<Socket> {
  const socket = createSocket('udp4')
  undo.defer(() => void socket.close())
  socket.bind(VXLAN_PORT, address)
  await once(socket, 'listening')
  return socket
}

/** Computes the TCP checksum, which Linux leaves to hardware that does not exist here. */
function sumTcp(frame: Buffer): void {
  if (frame.readUInt16BE(IP_AT - 2) !== 0x0800 || frame[IP_AT + 9] !== TCP) return
  const segment = frame.subarray(IP_AT + IP_HEADER, IP_AT + frame.readUInt16BE(IP_AT + 2))
  segment.writeUInt16BE(0, TCP_CHECKSUM_AT)
  let sum = TCP + segment.length
  for (let at = IP_AT + 12; at < IP_AT + IP_HEADER; at += 2) sum += frame.readUInt16BE(at)
  for (let at = 0; at < segment.length; at += 2)
    sum += at + 1 < segment.length ? segment.readUInt16BE(at) : (segment[at] ?? 0) << 8
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  segment.writeUInt16BE(~sum & 0xffff, TCP_CHECKSUM_AT)
}

/** Flips one random bit after the IP header, so that the addresses stay correct. */
function flip(frame: Buffer, random: () => number): void {
  const at = IP_AT + IP_HEADER + Math.floor(random() * (frame.length - IP_AT - IP_HEADER))
  frame[at] = (frame[at] ?? 0) ^ (1 << Math.floor(random() * 8))
}

function ip(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`)
}
