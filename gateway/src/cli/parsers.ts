// Parsers of values on the command line: what cannot be meant is a usage error, exit code 2. docs/guide/gateway.md
import { RexError, readEntityId } from '@rex/sdk/core'
import { InvalidArgumentError } from 'commander'

/** A path. An empty one is a variable of a script that is not set, not the current directory. */
export function path(value: string): string {
  if (value !== '' && !value.includes('\0')) return value
  throw new InvalidArgumentError('Name a directory.')
}

/** An entity identifier, in lower case. */
export function organisation(value: string): string {
  try {
    return readEntityId(value)
  } catch (error) {
    throw new InvalidArgumentError(RexError.from(error).hint)
  }
}

/** The first digits of a credential. */
export function credential(value: string): string {
  if (/^[0-9a-f]{8,64}$/i.test(value)) return value.toLowerCase()
  throw new InvalidArgumentError('Give at least 8 digits, as `rex-gateway desks` lists them.')
}
