// Watches for failed commits of a store, for the status. docs/guide/rex-desk.md, "Status"
import type { RexError } from '../../core/error.ts'
import { isDamage } from '../../sqlite/damage.ts'
import type { DeskProblem } from '../api/problems.ts'
import type { DeskStore } from './store.ts'

const DAMAGED: DeskProblem = {
  code: 'store-damaged',
  severity: 'critical',
  message:
    'The file of the desk store is damaged, and part of its content may be unreadable. Restore the newest backup of the desk directory and run `rex-desk restore`: partners resend later messages.',
}

/** The same store, which reports whether it failed or its last commit found no space. `failed` is called once. */
export function watchingRoom(
  store: DeskStore,
  failed: () => void,
): { store: DeskStore; problems: () => DeskProblem[]; isUsable: () => boolean } {
  let failure: RexError | undefined
  let usable = true
  void store.failed.then((error) => {
    usable = false
    failure = error
    failed()
  })
  const commit: DeskStore['commit'] = (work, undone) =>
    store.commit(work, undone).then(
      (done) => {
        failure = undefined
        return done
      },
      (error: RexError) => {
        if (error.reason === 'STORE_FULL' || error.reason === 'STORE_FAILED') failure = error
        throw error
      },
    )
  const problems = (): DeskProblem[] => {
    if (failure === undefined) return store.isDamaged() ? [DAMAGED] : []
    const code =
      failure.reason === 'STORE_FULL' ? 'disk-low' : isDamage(failure) ? 'store-damaged' : 'store-failed'
    return [{ code, severity: 'critical', message: `${failure.message} ${failure.hint}` }]
  }
  return { store: { ...store, commit }, problems, isUsable: () => usable }
}
