// Lists the problems of a desk store, for the status. docs/guide/rex-desk.md, "Status"
import type { RexError } from '../../core/error.ts'
import { isDamage } from '../../sqlite/damage.ts'
import type { DeskProblem } from '../api/problems.ts'

const DAMAGED: DeskProblem = {
  code: 'store-damaged',
  severity: 'critical',
  message:
    'The file of the desk store is damaged, and part of its content may be unreadable. Close the desk and open it again: partners then send again what they still have. If this message stays, restore the newest backup with `rex-desk restore`. Check the disk.',
}

/** Lists the problems of a store. `failure`: the error of the store or its last commit. `isDamaged` is called only if there is no failure. */
export function storeProblems(failure: RexError | undefined, isDamaged: () => boolean): DeskProblem[] {
  if (failure === undefined) return isDamaged() ? [DAMAGED] : []
  const code =
    failure.reason === 'STORE_FULL' ? 'disk-low' : isDamage(failure) ? 'store-damaged' : 'store-failed'
  return [{ code, severity: 'critical', message: `${failure.message} ${failure.hint}` }]
}
