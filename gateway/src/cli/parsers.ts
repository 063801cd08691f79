// Parses values on the command line. An impossible value is a usage error with exit code 2. docs/guide/gateway.md
import { parseEntityId, RexError, readEntityId } from '@rex/sdk/core'
import { InvalidArgumentError } from 'commander'
import { checkDeskName } from '../enrolment/name.ts'

/** Parses a path. Refuses an empty path instead of using the current directory, because a script has probably left a variable unset. */
export function path(value: string): string {
  refuseOption(value)
  if (value !== '' && !value.includes('\0')) return value
  throw new InvalidArgumentError('Name a directory.')
}

/** Parses an entity identifier, and converts it to lower case. */
export const organisation = (value: string): string => understood(() => readEntityId(value))

/** Parses the entity identifier of a new organisation, exactly as partners will see it. */
export const newOrganisation = (value: string): string =>
  understood(() => parseEntityId(value, 'organisation'))

/** Parses the operator's name for a desk. Refuses an empty name, because a script has probably left a variable unset. */
export function deskName(value: string): string {
  refuseOption(value)
  if (value === '') throw new InvalidArgumentError('Give the desk a name, or leave out --name.')
  understood(() => checkDeskName(value))
  return value
}

/** Parses the name of a key that can be replaced. */
export function rotated(value: string): 'receipt' | 'certificate' | 'authority' {
  if (value === 'receipt' || value === 'certificate' || value === 'authority') return value
  throw new InvalidArgumentError('Write `receipt`, `certificate` or `authority`.')
}

/** Refuses an option as a value, because commander uses the next option if a value is missing. */
function refuseOption(value: string): void {
  if (value.startsWith('--')) throw new InvalidArgumentError('A value is missing before it.')
}

/** Returns the result of `read`; an error of `read` becomes a usage error. */
function understood<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new InvalidArgumentError(RexError.from(error).hint)
  }
}

/** Parses the first digits of a credential. */
export function credential(value: string): string {
  if (/^[0-9a-f]{8,64}$/i.test(value)) return value.toLowerCase()
  throw new InvalidArgumentError('Give at least 8 digits, as `rex-gateway desks` lists them.')
}
