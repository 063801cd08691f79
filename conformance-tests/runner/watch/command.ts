// The commands `watcher` and `watch`. docs/guide/conformance.md, "Watch a partner"
import { readFileSync } from 'node:fs'
import { BadFile } from '../../suite/read.ts'
import { readPartner } from './partner.ts'
import { lineOf, summaryLine, watch } from './watch.ts'
import { openWatcher } from './watcher.ts'

const LONGEST_MS = 86_400_000

/** Options of `watch`. */
export interface WatchOptions {
  readonly dir: string
  readonly partner: string
  readonly interval: string
  readonly 'time-limit': string
  readonly count?: string | undefined
  readonly 'referral-every'?: string | undefined
  readonly json?: boolean | undefined
  readonly log?: string | undefined
}

/** Watches until `count` probes have run, or until SIGINT or SIGTERM. Returns the exit code: 0 if all probes passed. @throws BadFile */
export async function watchCommand(options: WatchOptions): Promise<number> {
  const { 'referral-every': every, count, json = false, log } = options
  const ending = new AbortController()
  const end = () => ending.abort()
  const plan = {
    partner: readPartner(readFileSync(options.partner, 'utf8')),
    watcher: openWatcher(options.dir),
    intervalMs: whole(options.interval, '--interval', { least: 1000, most: LONGEST_MS }),
    limitMs: whole(options['time-limit'], '--time-limit', { least: 1, most: LONGEST_MS }),
    referralMs: every && whole(every, '--referral-every', { least: 60_000, most: LONGEST_MS }),
    count: count
      ? whole(count, '--count', { least: 1, most: Number.MAX_SAFE_INTEGER })
      : Number.POSITIVE_INFINITY,
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
  const summary = await watch({
    ...plan,
    referralMs: plan.referralMs || undefined,
    log,
    signal: ending.signal,
    say: (seen) => console.log(json ? JSON.stringify(seen) : lineOf(seen)),
  })
  console.log(json ? JSON.stringify(summary) : summaryLine(summary))
  return summary.probes > 0 && summary.passed === summary.probes ? 0 : 1
}

function whole(text: string, option: string, { least, most }: { least: number; most: number }): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < least || number > most)
    throw new BadFile(`${option} is not a whole number from ${least} to ${most}.`)
  return number
}
