// SQL expressions shared by the reads and writes of the desk store. docs/guide/desk.md, "The desk store"

/** Subquery for the sequence number of a row, looked up by id or digest. */
export const THREAD = '(SELECT sequence FROM thread WHERE id = unhex(?))'
export const MESSAGE = '(SELECT sequence FROM message WHERE digest = unhex(?))'
export const ENVELOPE = '(SELECT sequence FROM envelope WHERE id = unhex(?))'
export const LAST = Number.MAX_SAFE_INTEGER
export const ID_DIGITS = 32
/**
 * Maximum wait in milliseconds before a message is resealed (REX-ENV-062). A longer wait can only come from a clock
 * that was ahead.
 */
export const LONGEST_PAUSE = '(500 << min(attempts, 40))'
/** Condition for deliveries whose message no desk has answered. */
export const UNANSWERED = "state IN ('intended', 'submitted', 'stored')"
/** Condition for deliveries whose message may still be refused. */
export const OPEN = "state IN ('intended', 'submitted', 'stored', 'held')"
/** Condition for deliveries whose message a desk has received. */
export const CONFIRMED = "state IN ('received', 'seen')"
/** Condition for messages that are stored, unexpired, and not yet marked to be resealed. */
export const OFFERED = "state = 'stored' AND resealPending = 0 AND expiresMs > ?1"
export const UNRECEIVED = `${UNANSWERED} AND urgent = 1 AND alarmed = 0`
