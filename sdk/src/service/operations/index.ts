// All operations of the service, by name. docs/guide/service.md
import { CHANGE_OPERATIONS } from './changes.ts'
import { DESK_OPERATIONS } from './desk.ts'
import { ITEM_OPERATIONS } from './items.ts'
import { THREAD_OPERATIONS } from './thread.ts'
import { TOKEN_OPERATIONS } from './tokens.ts'
import { ALERT_OPERATIONS, WEBHOOK_OPERATIONS } from './webhooks.ts'

export type { Call, Operation } from './operation.ts'

/** Operations by name. */
export const OPERATIONS = {
  ...DESK_OPERATIONS,
  ...CHANGE_OPERATIONS,
  ...WEBHOOK_OPERATIONS,
  ...ALERT_OPERATIONS,
  ...THREAD_OPERATIONS,
  ...ITEM_OPERATIONS,
  ...TOKEN_OPERATIONS,
} as const

/** Name of an operation. */
export type OperationName = keyof typeof OPERATIONS
