// Binds a server to its address: a port, or the path of a local socket. docs/spec/delivery.md, "Connections"
import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type ListenOptions, type Server } from 'node:net'
import { formatAddress, parseAddress } from '../../core/address.ts'
import { RexError } from '../../core/error.ts'
import { describeSystemError } from '../../core/system-error.ts'

const OWNER_ONLY = 0o600
/** Maximum length of a socket path: the size of `sun_path`, 108 on Linux and 104 on macOS and BSD, without its terminator. */
const MAX_SOCKET_PATH = (process.platform === 'linux' ? 108 : 104) - 1

/** Address to listen on: `host:port`, where port 0 means any free port, or the path of a local socket. */
export type ListenAddress = string | { readonly path: string }

/**
 * Starts listening. Returns the bound address. @throws RexError ADDRESS_IN_USE, MALFORMED, CONFIG_INVALID if this computer does not have the address
 */
export async function listen(server: Server, address: ListenAddress): Promise<string> {
  if (typeof address === 'string') {
    await bind(server, parseAddress(address, 'listen'))
    const bound = server.address() as AddressInfo
    return formatAddress({ host: bound.address, port: bound.port })
  }
  checkSocketPath(address.path)
  await removeStale(address.path)
  await bind(server, address)
  await chmod(address.path, OWNER_ONLY)
  return address.path
}

function bind(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) => reject(bindError(cause))
    server.once('error', onError)
    server.listen(options, () => {
      server.off('error', onError)
      server.on('error', () => {})
      resolve()
    })
  })
}

function bindError(cause: NodeJS.ErrnoException): RexError {
  if (cause.code === 'EADDRINUSE') return new RexError('ADDRESS_IN_USE', 'The address is in use.', { cause })
  return new RexError('CONFIG_INVALID', `Cannot listen here: ${describeSystemError(cause)}`, {
    path: 'listen',
    cause,
    hint: BIND_HINTS[cause.code ?? ''] ?? 'Choose an address of this machine.',
  })
}

const BIND_HINTS: Readonly<Record<string, string>> = {
  EACCES:
    'For a port below 1024, give the service CAP_NET_BIND_SERVICE or choose a higher one; for a socket file, check who owns its directory.',
  EPERM: 'Check who owns the directory.',
  EROFS: 'Choose a directory on a writable file system.',
}

/** Checks that the path of a local socket is within the system's limit. @throws RexError CONFIG_INVALID if it is too long */
export function checkSocketPath(path: string): void {
  // gRPC reads the path as part of a URL, which cannot contain control characters.
  if (/\p{Cc}/u.test(path))
    throw new RexError('CONFIG_INVALID', 'The path of the socket holds a control character.', {
      path,
      hint: 'Choose a directory whose path is one line of plain characters.',
    })
  const bytes = Buffer.byteLength(path)
  if (bytes <= MAX_SOCKET_PATH) return
  throw new RexError(
    'CONFIG_INVALID',
    `The path of the socket ${path} is too long: ${bytes} bytes, and systems allow ${MAX_SOCKET_PATH}.`,
    { path, hint: 'Choose a directory with a shorter path.' },
  )
}

/** Checks that this computer has the address and no other program uses the port. @throws RexError ADDRESS_IN_USE, CONFIG_INVALID */
export async function checkAddress(address: string): Promise<void> {
  const server = createServer()
  await bind(server, parseAddress(address, 'listen')).catch((error) => {
    // Ignore a missing permission, because the service itself may be allowed to bind a low port.
    if (error.cause?.code !== 'EACCES') throw error
  })
  if (server.listening) await new Promise((resolve) => server.close(resolve))
}

/** Removes the socket file of a dead process. @throws RexError ADDRESS_IN_USE if a process still answers on it */
async function removeStale(path: string): Promise<void> {
  const probe = connect({ path })
  const alive = await once(probe, 'connect').then(
    () => true,
    () => false,
  )
  probe.destroy()
  if (alive) throw new RexError('ADDRESS_IN_USE', 'Another process listens on this socket.')
  await rm(path, { force: true }).catch((cause) => {
    throw bindError(cause)
  })
}
