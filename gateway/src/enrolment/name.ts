// The operator's name for a desk. docs/guide/gateway.md, "Desks"
import { RexError } from '@rex/sdk/core'

const MOST = 100
const ODD = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

/** Checks a name for a desk, which may be empty. @throws RexError MALFORMED */
export function checkDeskName(name: string): void {
  if (name.isWellFormed() && [...name].length <= MOST && !ODD.test(name)) return
  throw new RexError('MALFORMED', `The name of a desk is one line of at most ${MOST} characters.`, {
    path: 'name',
    hint: `Choose a name of one line and at most ${MOST} characters, such as "reception laptop".`,
  })
}
