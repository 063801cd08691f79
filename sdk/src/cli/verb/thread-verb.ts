// Common steps of the verbs that act on a thread: find it, check, act, send, report its state. docs/guide/rex-desk.md

import { createHash } from 'node:crypto'
import { Command } from 'commander'
import type { Thread, ThreadView } from '../../client/api/thread.ts'
import type { VerbName } from '../../client/api/verb-inputs.ts'
import { VERB_NAMES } from '../../client/api/verbs.ts'
import { RexError } from '../../core/error.ts'
import { findThread, openDesk, sendOut } from '../desk.ts'
import { key, organisation, type TypedTime } from '../input/parsers.ts'
import { readText } from '../input/text.ts'
import { sentence } from '../language/help.ts'
import { t } from '../language/language.ts'
import { good } from '../output/lines.ts'
import { example, type Settings } from '../settings.ts'
import { answer, type Shell } from '../shell.ts'
import { threadStatusJson, threadStatusLines } from '../view/thread/thread-status.ts'
import { verbsOf } from '../view/words.ts'

/** Options of every verb that acts on a thread. */
export interface ThreadSettings extends Settings {
  /** Entity identifier of the counterpart, if there are several. */
  readonly with?: string
  /** Idempotency key. */
  readonly key?: string
  readonly text?: boolean
  readonly yes?: boolean
}

/** A verb about one thread. */
interface ThreadVerb<T> {
  readonly name: string
  /** Summary for the list of verbs. */
  readonly summary: string
  readonly example: string
  /** Verb of the SDK that the thread must allow. Default: none. */
  readonly verb?: VerbName
  /** Success message. */
  readonly done: string
  /** Adds options specific to this verb. Default: none. */
  readonly options?: (command: Command) => Command
  /** Argument after the thread, such as a file. Default: none. */
  readonly argument?: readonly [name: string, description: string]
  readonly run: (thread: Thread, options: T & ThreadSettings, now: Now) => Promise<void>
}

/** The thread and the argument before the verb runs. */
export interface Now {
  /** View of the thread before the verb. */
  readonly view: ThreadView
  /** The argument after the thread; empty if the verb has none. */
  readonly argument: string
}

/** Builds the command of a verb. */
export function threadVerb<T extends object>(shell: Shell, verb: ThreadVerb<T>): Command {
  const command = new Command(verb.name)
    .summary(verb.summary)
    .description(sentence(verb.summary))
    .argument('<thread>', 'first characters of its id, or your own reference')
    .option('--with <organisation>', 'which recipient, if the referral went to several', organisation)
    .option('--key <key>', 'for programs that may repeat a call: the same key never acts twice', key)
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
  // With a key, the command may be a repeat, which the desk recognises even if the thread no longer allows the verb.
  if (verb.verb !== undefined && options.key === undefined) ensureAllowed(before, verb.verb)
  await verb.run(withKey(thread, options), options, { view: before, argument })
  await sendOut(shell, desk)
  const view = await thread.view()
  const viewer = { organisation: desk.organisation, now: shell.now() }
  answer(shell, options, {
    value: threadStatusJson(thread, view),
    lines: [[good(t(verb.done))], ...threadStatusLines(thread, view, viewer)],
  })
}

/** Returns the thread, with verbs that use the idempotency key of the options. */
function withKey(thread: Thread, options: ThreadSettings): Thread {
  const { key } = options
  if (key === undefined) return thread
  const spans = spansOf(options)
  const keyed = VERB_NAMES.map((name) => {
    const say = thread[name] as (input: object) => Promise<void>
    return [name, (input: object = {}) => say({ ...asTyped(input, spans), ...input, key })] as const
  })
  return {
    ...thread,
    ...Object.fromEntries(keyed),
    resolve: (message, decision, more) => thread.resolve(message, decision, { ...more, key }),
    markSeen: () => thread.markSeen({ key }),
  }
}

/** Returns the relative times among the options, as typed. */
function spansOf(options: object): ReadonlyMap<unknown, string> {
  const times: Partial<TypedTime>[] = Object.values(options).filter((value) => value instanceof Object)
  return new Map(times.flatMap(({ ms, span }) => (span === undefined ? [] : [[ms, span] as const])))
}

/**
 * Returns the content that the desk compares when an idempotency key is used again. It contains relative times as typed,
 * because "14d" stands for another time when the command is repeated.
 */
function asTyped(input: object, spans: ReadonlyMap<unknown, string>): { keyContent?: string } {
  if (spans.size === 0) return {}
  const members = Object.entries(input).map(([name, value]) => [name, spans.get(value) ?? value])
  return { keyContent: contentOf(members) }
}

/**
 * Returns a digest of the input as the user typed it. The desk compares this digest, instead of the input of the SDK, when
 * an idempotency key is used again.
 */
export function contentOf(typed: unknown): string {
  return createHash('sha256').update(JSON.stringify(typed)).digest('hex')
}

/** Rejects a verb that the thread does not allow, before anybody writes a text for it. */
function ensureAllowed({ state, allowed, held }: ThreadView, verb: VerbName): void {
  if (held.some(({ type }) => type !== 'refer'))
    throw new RexError('UNKNOWN_CODE', 'A message of theirs is held: this desk does not know a code in it.', {
      hint: 'Read it with `rex-desk show`, and decide with `rex-desk resolve`.',
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

/** Reads the text of an event, if `--text` is given or the event requires a text. */
export async function textFor(
  shell: Shell,
  { text }: ThreadSettings,
  { needed = false, help }: { needed?: boolean; help: string },
): Promise<string | undefined> {
  return text === true || needed ? await readText(shell, { help: [help] }) : undefined
}

/** Adds the option `--text`. */
export function textOption(command: Command): Command {
  return command.option('--text', 'add a text: from standard input, or written in your editor')
}
