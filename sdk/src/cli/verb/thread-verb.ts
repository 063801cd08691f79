// What the verbs that decide about a thread have in common: find it, check, do, send out, say where it stands. docs/guide/rex-desk.md
import { Command } from 'commander'
import type { Thread, ThreadView } from '../../client/api/thread.ts'
import type { VerbName } from '../../client/api/verb-inputs.ts'
import { VERB_NAMES } from '../../client/api/verbs.ts'
import { RexError } from '../../core/error.ts'
import { findThread, openDesk, sendOut } from '../desk.ts'
import { key, organisation } from '../input/parsers.ts'
import { readText } from '../input/text.ts'
import { good } from '../output/lines.ts'
import { example, type Settings } from '../settings.ts'
import { answer, type Shell } from '../shell.ts'
import { threadStatusJson, threadStatusLines } from '../view/thread-status.ts'
import { verbsOf } from '../view/words.ts'

/** Options of every verb that decides about a thread. */
export interface ThreadSettings extends Settings {
  /** Entity identifier of the counterpart, where there are several. */
  readonly with?: string
  /** Idempotency key. */
  readonly key?: string
  readonly text?: boolean
  readonly yes?: boolean
}

/** A verb about one thread. */
export interface ThreadVerb<T> {
  readonly name: string
  /** What it does, for the list of verbs. */
  readonly summary: string
  readonly example: string
  /** Verb of the SDK that must be allowed now. Default: none. */
  readonly verb?: VerbName
  /** What was done, for people. */
  readonly done: string
  /** Adds the options of the verb. Default: none. */
  readonly options?: (command: Command) => Command
  /** Arguments after the thread, such as a file. Default: none. */
  readonly argument?: readonly [name: string, description: string]
  readonly run: (thread: Thread, options: T & ThreadSettings, now: Now) => Promise<void>
}

/** What a verb finds. */
export interface Now {
  /** Where the thread stands before. */
  readonly view: ThreadView
  /** The argument after the thread; empty if the verb has none. */
  readonly argument: string
}

/** Builds the command of a verb. */
export function threadVerb<T extends object>(shell: Shell, verb: ThreadVerb<T>): Command {
  const command = new Command(verb.name)
    .summary(verb.summary)
    .description(`${verb.summary[0]?.toUpperCase()}${verb.summary.slice(1)}.`)
    .argument('<thread>', 'first characters of its id, or your own reference')
    .option('--with <organisation>', 'which recipient, if the referral went to several', organisation)
    .option('--key <key>', 'the same key never acts twice, for programs that may repeat', key)
    .addHelpText('after', example(verb.example))
    .action((id: string) =>
      act(shell, verb, { id, argument: command.args[1] ?? '', options: command.optsWithGlobals() }),
    )
  if (verb.argument !== undefined) command.argument(`<${verb.argument[0]}>`, verb.argument[1])
  return verb.options?.(command) ?? command
}

async function act<T extends object>(
  shell: Shell,
  verb: ThreadVerb<T>,
  { id, argument, options }: { id: string; argument: string; options: T & ThreadSettings },
): Promise<void> {
  await using desk = await openDesk(shell, options)
  const thread = await findThread(desk, id, options.with)
  const before = await thread.view()
  // Under a key it may be a repeat, which the thread does not allow again and the desk knows.
  if (verb.verb !== undefined && options.key === undefined) ensureAllowed(before, verb.verb)
  await verb.run(withKey(thread, options.key), options, { view: before, argument })
  await sendOut(shell, desk)
  const view = await thread.view()
  const viewer = { organisation: desk.organisation, now: shell.now() }
  answer(shell, options, {
    value: threadStatusJson(thread, view),
    lines: [[good(verb.done)], ...threadStatusLines(thread, view, viewer)],
  })
}

/** The thread with its verbs under a key. */
function withKey(thread: Thread, key: string | undefined): Thread {
  if (key === undefined) return thread
  const keyed = VERB_NAMES.map((name) => {
    const say = thread[name] as (input: object) => Promise<void>
    return [name, (input: object = {}) => say({ ...input, key })] as const
  })
  return {
    ...thread,
    ...Object.fromEntries(keyed),
    resolve: (message, decision) => thread.resolve(message, decision, { key }),
    markSeen: () => thread.markSeen({ key }),
  }
}

/** Refuses early what the thread does not allow now, before anybody writes a text for it. */
function ensureAllowed({ state, allowed, held }: ThreadView, verb: VerbName): void {
  if (held.some(({ type }) => type !== 'refer'))
    throw new RexError('UNKNOWN_CODE', 'Something that they sent is held: a code in it is not understood.', {
      hint: 'See what it is with `rex-desk show`, and decide with `rex-desk resolve`.',
    })
  if (allowed.includes(verb)) return
  const [event = ''] = verbsOf([verb])
  throw new RexError('INVALID_EVENT', `This referral is ${state}; ${event} is not possible now.`, {
    metadata: { state, event },
    hint:
      allowed.length === 0
        ? 'Nothing more can be done here.'
        : `Possible now: ${verbsOf(allowed).join(', ')}.`,
  })
}

/** The text of an event, if it is wanted by `--text` or needed. */
export async function textFor(
  shell: Shell,
  { text }: ThreadSettings,
  { needed = false, help }: { needed?: boolean; help: string },
): Promise<string | undefined> {
  return text === true || needed ? await readText(shell, { help: [help] }) : undefined
}

/** Adds `--text`. */
export function textOption(command: Command): Command {
  return command.option('--text', 'add a text: from standard input, or written in your editor')
}
