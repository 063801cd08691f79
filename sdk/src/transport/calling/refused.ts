// Asks a server, on a separate connection, why it refuses a client certificate. docs/spec/mailbox.md, "Desk credentials"
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { parseAddress } from '../../core/address.ts'
import type { RexError } from '../../core/error.ts'
import { CONNECTION } from '../limits/limits.ts'
import { readAnswer, WHY } from '../network/refusal.ts'
import { contextOptions } from '../network/tls.ts'
import { authoritiesOf, checkServer, type OpenChannel } from './channel.ts'
import { parseProxy } from './proxy.ts'
import { connectSocket } from './tunnel.ts'

/** Maximum number of characters of an answer to read; every valid answer is shorter. */
const MOST = 64

/**
 * Asks a server why it closes connections with this certificate. Returns undefined if the server does not refuse it, gives no reason, or cannot be
 * reached.
 */
export async function askRefusal(options: OpenChannel): Promise<RexError | undefined> {
  const signal = AbortSignal.timeout(options.connectMs ?? CONNECTION.connectMs)
  const proxy = options.proxy === undefined ? undefined : parseProxy(options.proxy)
  try {
    const tcp = await connectSocket(parseAddress(options.address), proxy, signal)
    const socket = connect({
      socket: tcp,
      ...contextOptions(options.identity, authoritiesOf(options)),
      ALPNProtocols: [WHY],
      checkServerIdentity: (_name, certificate) => checkServer(options, certificate),
    })
    return readAnswer(await wordOf(socket, signal))
  } catch {
    return undefined
  }
}

async function wordOf(socket: TLSSocket, signal: AbortSignal): Promise<string> {
  const end = () => socket.destroy()
  socket.on('error', () => {}).setEncoding('latin1')
  signal.addEventListener('abort', end)
  try {
    await once(socket, 'secureConnect', { signal })
    let word = ''
    for await (const text of socket) {
      word += text
      if (word.length > MOST) return ''
    }
    return word
  } finally {
    signal.removeEventListener('abort', end)
    socket.destroy()
  }
}
