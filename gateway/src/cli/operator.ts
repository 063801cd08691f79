// Calls the running gateway over its local socket. docs/guide/gateway.md
import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { AdminServiceDefinition } from '@rex/proto/admin/v1/admin_service'
import { describeSystemError, RexError } from '@rex/sdk/core'
import { checkSocketPath, createClient, openLocalChannel } from '@rex/sdk/transport'
import { FILES, readConfig } from '../config/config.ts'

type Operator = ReturnType<typeof createClient<typeof AdminServiceDefinition>>

/** Calls the gateway of a directory. @throws RexError UNAVAILABLE if the gateway is not running */
export async function askGateway<T>(directory: string, ask: (gateway: Operator) => Promise<T>): Promise<T> {
  const { dataDir } = await readConfig(directory)
  const socket = join(dataDir, FILES.admin)
  checkSocketPath(socket)
  const channel = openLocalChannel(socket)
  try {
    return await ask(createClient(AdminServiceDefinition, channel))
  } catch (cause) {
    if (RexError.is(cause, 'MALFORMED')) throw mistyped(cause)
    if (!RexError.is(cause, 'UNAVAILABLE')) throw cause
    throw await unreachable(directory, socket, cause)
  } finally {
    channel.close()
  }
}

/** Returns the error of a malformed request with a hint for the operator, who typed the wrong value. */
function mistyped(cause: RexError): RexError {
  return new RexError('MALFORMED', cause.message, { cause, hint: 'Correct it, then run this command again.' })
}

/** Explains why a gateway does not answer: it is not running, or its socket belongs to another user. */
async function unreachable(directory: string, socket: string, cause: unknown): Promise<RexError> {
  const refusal = await access(socket, constants.R_OK | constants.W_OK).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? undefined : error),
  )
  if (refusal === undefined)
    return new RexError('UNAVAILABLE', 'The gateway is not running.', {
      cause,
      hint: `Start it with \`rex-gateway start --dir ${directory}\`.`,
    })
  return new RexError('PERMISSION_DENIED', `The gateway cannot be asked. ${describeSystemError(refusal)}`, {
    cause: refusal,
    hint: 'Run this command as the user that runs the gateway.',
  })
}
