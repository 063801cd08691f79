// Finds the service of a desk directory. docs/guide/service.md
import { RexError } from '../../core/error.ts'
import type { ServiceInfo } from '../operations/answers.ts'
import { socketOf } from '../socket.ts'
import { openConnection } from './connection.ts'

/** The service that holds the desk of a directory. Undefined: none runs. @throws RexError PERMISSION_DENIED if this user may not use it, DEADLINE_EXCEEDED if it hangs */
export async function serviceAt(directory: string): Promise<ServiceInfo | undefined> {
  const connection = openConnection(socketOf(directory), '')
  try {
    return await connection.greet()
  } catch (error) {
    if (RexError.is(error, 'UNAVAILABLE')) return undefined
    throw error
  } finally {
    connection.close()
  }
}
