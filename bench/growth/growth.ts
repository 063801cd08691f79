// Measures how costs grow with the number of recipients, the size of the content, the mailbox backlog, the finished threads and the threads to
// search. docs/guide/benchmark.md, "Growth"
import { SUITES, type Suite } from '@rex/sdk/core'
import type { Effort } from '../measure/rounds.ts'
import { type DeskFigures, measureDesks } from './desk.ts'
import { type MailboxFigures, measureMailboxes } from './mailbox.ts'
import { measureRecipients, type RecipientFigures } from './recipients.ts'
import { measureSearches, type SearchFigures } from './search.ts'
import { measureSizes, type SizeFigures } from './size.ts'

/** All figures of growth. */
export interface GrowthFigures {
  readonly recipients: Readonly<Record<Suite, readonly RecipientFigures[]>>
  readonly sizes: Readonly<Record<Suite, readonly SizeFigures[]>>
  readonly mailbox: readonly MailboxFigures[]
  readonly desk: readonly DeskFigures[]
  readonly search: readonly SearchFigures[]
}

const MOST_THREADS = 100_000

/**
 * Measures growth up to `mostMessages` messages in a mailbox, the same number of threads to search, and a tenth of this number of finished threads at
 * a desk.
 */
export async function measureGrowth(effort: Effort, mostMessages: number): Promise<GrowthFigures> {
  const counts = [100, 1000, 10_000, 100_000, 1_000_000].filter((count) => count <= mostMessages)
  return {
    recipients: await bySuite((suite) => measureRecipients(suite, effort)),
    sizes: await bySuite((suite) => measureSizes(suite, effort)),
    mailbox: await measureMailboxes(counts, effort),
    desk: await measureDesks(
      counts.filter((count) => count <= Math.min(MOST_THREADS, mostMessages / 10)),
      effort,
    ),
    search: await measureSearches(counts, effort),
  }
}

async function bySuite<T>(measure: (suite: Suite) => Promise<T>): Promise<Record<Suite, T>> {
  const measured: [Suite, T][] = []
  for (const suite of SUITES) measured.push([suite, await measure(suite)])
  return Object.fromEntries(measured) as Record<Suite, T>
}
