// The states of tracks as the search index knows them: with the role of this organisation, which tells who is responsible. docs/guide/desk.md, "Search"
import { type Role, STATES } from '../../core/thread/transitions.ts'
import type { ThreadsOptions } from '../api/desk.ts'

const ROLES: readonly Role[] = ['referrer', 'recipient']

/** A role with a state, and whether this organisation is then responsible. A thread that cannot be read is its own. */
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

/** Returns the roles with states that fit. `isOurs`: whether this organisation is responsible; undefined: either. */
export function statesFor(state: ThreadsOptions['state'], isOurs: boolean | undefined): string[] {
  return ALL.filter((one) => (state ?? one.state) === one.state && (isOurs ?? one.isOurs) === one.isOurs).map(
    ({ name }) => name,
  )
}
