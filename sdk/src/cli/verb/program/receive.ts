// `rex-desk receive`: pass every item to a program of yours. docs/guide/rex-desk.md, "Connect a program"

import { spawn } from 'node:child_process'
import { Command } from 'commander'
import type { Desk, DeskLogEntry } from '../../../client/api/desk.ts'
import type { Item } from '../../../client/api/items.ts'
import { RexError } from '../../../core/error.ts'
import { itemJson, threadJson } from '../../../service/item-json.ts'
import { openDesk } from '../../desk.ts'
import { EXIT } from '../../exit.ts'
import { count } from '../../input/parsers.ts'
import { t } from '../../language/language.ts'
import { bad, dim, good, name, warn } from '../../output/lines.ts'
import { printableJson } from '../../output/printable.ts'
import { example, type Settings } from '../../settings.ts'
import { type Shell, say, sayIfCoreDumps, show, showJson } from '../../shell.ts'
import { shortId } from '../../view/words.ts'

interface ReceiveOptions extends Settings {
  readonly exec: string
  readonly once?: boolean
  /** The time after which the verb starts no more programs, in seconds. */
  readonly timeout?: number
  readonly concurrency: number
}

type Settled = 'ack' | 'retry' | 'park'

export function receive(shell: Shell): Command {
  const command = new Command('receive')
    .summary('pass every item to a program of yours')
    .description(
      'Passes every item to a program of yours, as one JSON document on standard input. ' +
        'The exit code of the program settles the item. 0: done, it does not come again. 75: try again later, at most five times. Any other: set aside for a person. ' +
        'Items that are not settled when this command ends are delivered again. The program may call every verb.',
    )
    .requiredOption('--exec <command>', 'the program, as you would type it in a shell')
    .option('--once', 'stop after one item')
    .option('--timeout <seconds>', 'stop after this time, once running programs have ended', count(1))
    .option('--concurrency <number>', 'number of programs that may run at the same time', count(1), 1)
    .addHelpText('after', example("rex-desk receive --exec './into-our-system.sh' --concurrency 4"))
    .action(() => run(shell, command.optsWithGlobals()))
  return command
}

async function run(shell: Shell, options: ReceiveOptions): Promise<void> {
  sayIfCoreDumps(shell)
  await using desk = await openDesk(shell, options)
  await using _service = desk.isShared ? undefined : await shared(shell, desk, options)
  if (shell.stderr.isTTY) say(shell, [[dim(t`Waiting for items. Stop with Ctrl-C.`)]])
  const end = new AbortController()
  const { timeout } = options
  const late = timeout === undefined ? [] : [AbortSignal.timeout(timeout * 1000)]
  const signal = AbortSignal.any([shell.signal, end.signal, ...late])
  const running = new Set<Promise<void>>()
  const concurrency = options.once === true ? 1 : options.concurrency
  for await (const item of desk.receive({ concurrency, signal })) {
    const task = handOver(shell, item, options).catch((error) => end.abort(error))
    running.add(task)
    void task.finally(() => running.delete(task))
    if (options.once === true) break
  }
  await Promise.all(running)
  if (end.signal.aborted) throw end.signal.reason
}

/** Shares the desk over a socket, so that the program can use the desk with other verbs. */
async function shared(shell: Shell, desk: Desk, { dir: directory }: Settings): Promise<AsyncDisposable> {
  const { serve } = await import('../../../service/index.ts')
  const log = ({ level, message }: DeskLogEntry) => {
    if (level === 'error') say(shell, [[bad('! '), message]])
  }
  return await serve({ desk, directory, log })
}

async function handOver(shell: Shell, item: Item, options: ReceiveOptions): Promise<void> {
  const code = await exitOf(options.exec, printableJson(itemJson(item)))
  if (code === 126 || code === 127) {
    await item.nak()
    throw new RexError('CONFIG_INVALID', 'The program of --exec could not be started.', {
      hint: 'Try the program alone. The item is not lost and comes again.',
    })
  }
  const settled = settlement(code)
  await SETTLE[settled](item, code)
  tell(shell, options, item, settled)
}

/** Runs the program. Returns its exit code, or null if a signal ended it. */
function exitOf(command: string, input: string): Promise<number | null> {
  const child = spawn(command, { shell: true, stdio: ['pipe', process.stderr, process.stderr] })
  child.stdin.on('error', () => {}) // A program need not read its input.
  child.stdin.end(`${input}\n`)
  return new Promise((resolve, reject) => child.on('exit', resolve).on('error', reject))
}

function settlement(code: number | null): Settled {
  if (code === 0) return 'ack'
  return code === EXIT.tryAgain || code === null ? 'retry' : 'park'
}

const SETTLE: Readonly<Record<Settled, (item: Item, code: number | null) => Promise<void>>> = {
  ack: (item) => item.ack(),
  retry: (item) => item.nak(),
  park: (item, code) => item.park(`The program ended with exit code ${code}.`),
}

function tell(shell: Shell, { json }: ReceiveOptions, item: Item, settled: Settled): void {
  if (json === true)
    showJson(shell, { id: item.id, kind: item.kind, thread: threadJson(item.thread), settled })
  else
    show(shell, [
      [
        name(shortId(item.thread.id)),
        `  ${t(item.kind)}  `,
        settled === 'ack' ? good(t`done`) : warn(t(settled)),
      ],
    ])
}
