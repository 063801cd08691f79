// Identifies the callers of the service and their permissions. docs/guide/service.md, "Who may do what"
import type { IncomingMessage } from 'node:http'
import { RexError } from '../../core/error.ts'

/** The permissions of a caller. */
export const SCOPES = ['read', 'send', 'decide', 'admin'] as const
export type Scope = (typeof SCOPES)[number]
/** The permission that an operation requires. `owner`: the operation writes the owner's files or grants access, so no token and no group may call it. */
export type Demand = Scope | 'owner'

/** An identified caller. */
export interface Caller {
  /** How the caller reached the service, for the log: `socket`, `group`, or `token:` and the name of the token. */
  readonly door: string
  readonly may: ReadonlySet<Demand>
  /** Aborts when the token is revoked or expires. Absent: access does not end. */
  readonly ended?: AbortSignal
}

/** Identifies the caller of a request. @throws RexError UNAUTHENTICATED, PERMISSION_DENIED, QUOTA_EXCEEDED */
export type Admit = (request: IncomingMessage) => Caller

/** The owner of the desk, who may do everything. */
export const OWNER: Caller = { door: 'socket', may: new Set<Demand>([...SCOPES, 'owner']) }
/** A member of the group of the service. */
export const MEMBER: Caller = { door: 'group', may: new Set<Demand>(['read', 'send', 'decide']) }

/** Checks that a caller has a permission. @throws RexError PERMISSION_DENIED */
export function checkMay({ may, door }: Caller, demand: Demand): void {
  if (may.has(demand)) return
  if (demand === 'owner')
    throw new RexError('PERMISSION_DENIED', 'Only the owner of the desk may do this.', {
      hint: 'Do it as the user who owns the desk, on its computer.',
    })
  throw new RexError('PERMISSION_DENIED', `This caller does not have the scope "${demand}".`, {
    hint: door.startsWith('token:')
      ? 'Ask the administrator of the desk for a token with this scope.'
      : 'Do it as the user who owns the desk.',
  })
}
