// Speaks to the running gateway over its local socket. docs/guide/gateway.md
import { join } from 'node:path'
import { AdminServiceDefinition } from '@rex/proto/admin/v1/admin_service'
import { RexError } from '@rex/sdk/core'
import { createClient, openLocalChannel } from '@rex/sdk/transport'
import { FILES, readConfig } from '../config/config.ts'

type Operator = ReturnType<typeof createClient<typeof AdminServiceDefinition>>

/** Asks the gateway of a directory. @throws RexError UNAVAILABLE if it does not run */
export async function askGateway<T>(directory: string, ask: (gateway: Operator) => Promise<T>): Promise<T> {
  const { dataDir } = await readConfig(directory)
  const channel = openLocalChannel(join(dataDir, FILES.admin))
  try {
    return await ask(createClient(AdminServiceDefinition, channel))
  } catch (cause) {
    if (!RexError.is(cause, 'UNAVAILABLE')) throw cause
    throw new RexError('UNAVAILABLE', 'The gateway does not run.', {
      cause,
      hint: `Start it with \`rex-gateway start --dir ${directory}\`.`,
    })
  } finally {
    channel.close()
  }
}
