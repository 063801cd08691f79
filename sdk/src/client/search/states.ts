// The states of tracks in the search index, each with this organisation's role, which determines who is responsible. docs/guide/desk.md,
// "Search"
import { type Role, STATES } from '../../core/thread/transitions.ts'
import type { ThreadsOptions } from '../api/desk.ts'

const ROLES: readonly Role[] = ['referrer', 'recipient']

/**
 * Each role with each state, and whether this organisation is then responsible. It is also responsible for unreadable threads.
 */
const ALL = [
  ...ROLES.flatMap((role) =>
    Object.entries(STATES).map(([state, { responsible }]) => ({
      name: `${role} ${state}`,
      state,
      isOurs: responsible === role,
    })),
  ),
  { name: 'unreadable', state: 'unreadable', isOurs: true },
]

/**
 * Returns the matching combinations of role and state. `isOurs`: whether this organisation must be responsible; undefined:
 * either.
 */
export function statesFor(state: ThreadsOptions['state'], isOurs: boolean | undefined): string[] {
  return ALL.filter((one) => (state ?? one.state) === one.state && (isOurs ?? one.isOurs) === one.isOurs).map(
    ({ name }) => name,
  )
}
