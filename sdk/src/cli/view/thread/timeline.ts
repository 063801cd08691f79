// One event of a thread, with its content. docs/guide/rex-desk.md

import type { ThreadEvent } from '../../../client/api/events.ts'
import { t } from '../../language/language.ts'
import { bold, dim, type Line } from '../../output/lines.ts'
import { localTime } from '../../output/time.ts'
import { contentLines } from '../referral/referral.ts'
import { party, type Viewer, words } from '../words.ts'

/** Shows the event with its content below. */
export function eventLines(event: ThreadEvent, viewer: Viewer): Line[] {
  const { createdMs, by, type, content, crossed } = event
  return [
    [
      `  ${localTime(createdMs)}  `,
      party(by, viewer),
      ': ',
      bold(words(type)),
      ...(crossed ? [dim(` ${t`(without effect: something else came first)`}`)] : []),
    ],
    ...contentLines(telling(type, content), 6),
  ]
}

/** Members of events, by event type, that are not shown to people here, because people see their meaning elsewhere. */
const TECHNICAL: Readonly<Record<string, readonly string[]>> = {
  refer: ['kind', 'codeLists', 'staged'],
  disclose: ['sections'],
  resumed: ['previousChain'],
}

function telling(type: string, content: ThreadEvent['content']): ThreadEvent['content'] {
  return Object.fromEntries(
    Object.entries(content).filter(([member]) => TECHNICAL[type]?.includes(member) !== true),
  )
}
