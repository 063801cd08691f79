// Opens a desk: the desk of a directory, or a desk that a service holds. docs/guide/desk.md, "First steps"
import type { ConnectOptions, Desk } from '../client/api/desk.ts'
import { connect as open } from '../client/connect.ts'
import { connectToService, type ServiceOptions } from './remote/desk.ts'

/**
 * Opens the desk of a directory in this process, or connects to a desk that `rex-desk serve` holds.
 * @throws RexError NOT_FOUND, UNLOCK_FAILED, CONFIG_INVALID, STORE_IN_USE, STORE_FULL, STORE_FAILED, CANCELLED; for a service
 * UNAVAILABLE, DEADLINE_EXCEEDED, PERMISSION_DENIED, UNAUTHENTICATED, CONFIG_INVALID, CANCELLED
 */
export async function connect(options: ConnectOptions | ServiceOptions): Promise<Desk> {
  return isOfService(options) ? connectToService(options) : open(options)
}

const isOfService = (options: ConnectOptions | ServiceOptions): options is ServiceOptions =>
  Object(options) === options && ('socket' in options || 'url' in options)
