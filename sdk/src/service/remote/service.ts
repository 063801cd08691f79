// Finds the service of a desk directory, and gives access to its tokens. docs/guide/service.md
import { userInfo } from 'node:os'
import { RexError } from '../../core/error.ts'
import type { TokenInfo } from '../access/tokens.ts'
import type { ServiceInfo } from '../operations/answers.ts'
import { socketOf } from '../socket.ts'
import { type Connection, openConnection } from './connection.ts'
import { atSocket } from './place.ts'

/**
 * Returns the service that holds the desk of a directory, or undefined if none runs. @throws RexError PERMISSION_DENIED if this user may
 * not use it, DEADLINE_EXCEEDED if it hangs
 */
export async function serviceAt(directory: string): Promise<ServiceInfo | undefined> {
  return await using(directory, (connection) => connection.greet()).catch((error: unknown) => {
    if (RexError.is(error, 'UNAVAILABLE')) return undefined
    throw error
  })
}

/**
 * Gives access to the tokens of the service that holds the desk of a directory. Every call throws RexError: UNAVAILABLE if no
 * service is running, or PERMISSION_DENIED.
 */
export const tokensAt = (directory: string) => ({
  list: () =>
    using(directory, async ({ call }) => (await call<{ tokens: readonly TokenInfo[] }>('tokens')).tokens),
  add: (input: Pick<TokenInfo, 'name' | 'scopes' | 'expiresMs'>) =>
    using(directory, async ({ call }) => (await call<{ token: string }>('addToken', { input })).token),
  revoke: (name: string) =>
    using(directory, ({ call }) => call<void>('revokeToken', { path: { token: name } })),
})

/** Uses the service of a directory for one piece of work. @throws RexError UNAVAILABLE if none runs, PERMISSION_DENIED */
export async function using<T>(directory: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = openConnection(atSocket(socketOf(directory)), userName())
  try {
    return await work(connection)
  } finally {
    connection.close()
  }
}

/** Returns the name of the user, or the number if there is no name, as in some containers. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.geteuid?.()}`
  }
}
