// The socket of the service in a desk directory. docs/guide/service.md
import { join } from 'node:path'

/** Its path. */
export const socketOf = (directory: string): string => join(directory, 'service.sock')
