// Opens the desk for one run, and finds the thread that the user named. docs/guide/rex-desk.md

import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { ConnectOptions, Desk, DeskLogEntry, ThreadSummary } from '../client/api/desk.ts'
import type { DeskProblem } from '../client/api/problems.ts'
import type { Thread } from '../client/api/thread.ts'
import { once } from '../client/clock/turns.ts'
import { RexError } from '../core/error.ts'
import { socketFor } from '../service/socket.ts'
import { AlreadyReported, UsageError } from './exit.ts'
import { unlockFrom } from './input/passphrase.ts'
import { confirm, hasTerminal } from './input/terminal.ts'
import { later, safety, t } from './language/language.ts'
import { bad, dim, warn } from './output/lines.ts'
import { given, type Settings } from './settings.ts'
import { type Shell, say } from './shell.ts'
import { shortId } from './view/words.ts'

const SEND_WAIT = 10_000
const RECEIPTS_WAIT = 3_000
const FRESH_WAIT = 10_000
const WHOLE_ID = /^[0-9a-f]{32}$/i
const PREFIX = /^[0-9a-f]{4,32}$/i
/** Maximum number of threads to list when the given text matches several. */
const NAMED = 5
const SHORTEST_CREDENTIAL = 8
/** Problems that a desk reports if its gateway answers but does not admit it, or if another gateway answers at the address. */
const REFUSALS: ReadonlySet<string> = new Set<DeskProblem['code']>([
  'desk-revoked',
  'gateway-other-keys',
  'gateway-refuses',
])
const NO_ANSWER = later`the gateway does not answer.`
/** Log messages that state whether the desk is up to date. */
const UP_TO_DATE = 'The mailbox has been read up to now.'
const OUT_OF_REACH = 'Receiving paused.'

/** An open desk, and whether its gateway has answered. */
interface OpenDesk extends Desk {
  readonly reachable: boolean
  /** Whether a service holds the desk and shares it with other programs. */
  readonly isShared: boolean
}

/** Options for opening a desk. */
interface OpenDeskOptions {
  /** Whether to report problems as they occur. Default: true. */
  readonly tellProblems?: boolean
  /** Receives all log entries. If set, the desk does not report problems itself. */
  readonly log?: (entry: DeskLogEntry) => void
  /** Whether to open the desk itself, even if a service already serves it. Default: false. */
  readonly alone?: boolean
}

/**
 * Uses the service that holds the desk at `--dir`, if one is running. Otherwise opens the desk, and reads all messages that are
 * in the mailbox; if the gateway cannot be reached, continues with the local data and says so. With `--take-over`, first names
 * the desk that will be shut out. Disposing of the desk sends waiting receipts first.
 * @throws RexError UNLOCK_FAILED, STORE_IN_USE, NOT_FOUND, LEASE_LOST
 */
export async function openDesk(
  shell: Shell,
  settings: Settings,
  { tellProblems = true, log, alone = false }: OpenDeskOptions = {},
): Promise<OpenDesk> {
  const shared = alone ? undefined : await ofService(shell, settings)
  if (shared !== undefined) return shared
  const unlock = once(unlockFrom(shell, settings))
  const tell = (entry: DeskLogEntry) => {
    if (log !== undefined) log(entry)
    else if (tellProblems && entry.level === 'error' && entry.fields.problem !== 'mailbox-lost')
      say(shell, [[bad('! '), entry.message]])
  }
  const open = (takeOver?: string) => read(shell, settings, { unlock, tell, ...given({ takeOver }) })
  const first = await open()
  if (first.reading !== 'lost') return opened(shell, first)
  const lost = await endOf(first.desk)
  if (settings.takeOver !== true) throw refusal(lost)
  return opened(shell, await open(await shutOut(shell, settings, lost)))
}

/** Connects to the desk that a service holds. Returns undefined if no service is running. @throws RexError PERMISSION_DENIED */
async function ofService(shell: Shell, settings: Settings): Promise<OpenDesk | undefined> {
  const socket = socketFor(settings.dir)
  if (!existsSync(socket)) return undefined
  const { connectToService } = await import('../service/remote/desk.ts')
  const desk = await connectToService({ socket }).catch((error: unknown) => {
    if (RexError.is(error, 'UNAVAILABLE')) return undefined
    throw error
  })
  if (desk === undefined) return undefined
  if (settings.takeOver === true) {
    await desk[Symbol.asyncDispose]()
    throw new UsageError('A service has this desk open.', 'End it, and start it with --take-over.')
  }
  const { problems } = await desk.health()
  const away = problems.find(({ code }) => REFUSALS.has(code) || code === 'gateway-unreachable')
  if (away !== undefined) sayOutOfReach(shell, away.message)
  return { ...desk, reachable: away === undefined, isShared: true }
}

interface Read {
  readonly desk: Desk
  readonly reading: Reading
}

async function read(
  shell: Shell,
  settings: Settings,
  {
    tell,
    ...how
  }: Pick<ConnectOptions, 'unlock' | 'takeOver'> & {
    readonly tell: (entry: DeskLogEntry) => void
  },
): Promise<Read> {
  const { connect } = await import('../client/index.ts')
  const reading = Promise.withResolvers<Reading>()
  const desk = await connect({
    directory: settings.dir,
    ...how,
    log(entry) {
      tell(entry)
      listen(entry, reading.resolve)
    },
  }).catch(explain(settings))
  return { desk, reading: await Promise.race([reading.promise, waited(shell, FRESH_WAIT)]) }
}

async function opened(shell: Shell, { desk, reading }: Read): Promise<OpenDesk> {
  if (reading === 'lost') throw refusal(await endOf(desk))
  const reachable = reading === 'up-to-date'
  if (!reachable) {
    const refused = await refusalOf(desk)
    sayOutOfReach(shell, refused?.message ?? t`The gateway does not answer.`)
  }
  return { ...desk, reachable, isShared: false, [Symbol.asyncDispose]: () => close(shell, desk, reachable) }
}

function sayOutOfReach(shell: Shell, message: string): void {
  say(shell, [[warn(`${message} `), t`You see the state that this desk last knew.`]])
}

/** Returns why the gateway does not admit the desk. Undefined: the gateway admits the desk, or cannot be reached. */
async function refusalOf(desk: Desk): Promise<DeskProblem | undefined> {
  const { problems } = await desk.health()
  return problems.find(({ code }) => REFUSALS.has(code))
}

/** Closes a desk that does not hold the mailbox. Returns the error that says why. */
async function endOf(desk: Desk): Promise<RexError> {
  const lost = await desk.caughtUp().then(() => undefined, RexError.from)
  await desk[Symbol.asyncDispose]()
  return lost ?? new RexError('LEASE_LOST', 'Another desk holds the mailbox of this organisation.')
}

function refusal({ message, metadata }: RexError): RexError {
  return new RexError('LEASE_LOST', message, {
    metadata,
    hint: 'Only one desk can have the mailbox. Stop the other one; if it is gone for good, add --take-over, which shuts it out.',
  })
}

/** Asks a person to name the desk to shut out (REX-MBX-084), because another desk took the mailbox from this one, perhaps intentionally. */
async function shutOut(shell: Shell, settings: Settings, lost: RexError): Promise<string> {
  const holder = lost.metadata.credential ?? 'none'
  say(shell, [
    [warn(t`Taking over. `), lost.message],
    safety`That desk will be shut out: it will neither send nor receive. Messages that only it has sent or received are not known here.`,
  ])
  if (
    settings.shutOut !== undefined &&
    (settings.shutOut === holder || settings.shutOut.length >= SHORTEST_CREDENTIAL) &&
    holder.startsWith(settings.shutOut)
  )
    return holder
  if (settings.shutOut !== undefined)
    throw new UsageError(
      `The desk ${settings.shutOut} does not have the mailbox.`,
      `The desk ${holder} has it: check which one you mean to shut out.`,
    )
  if (!hasTerminal(shell))
    throw new UsageError(
      'There is nobody to ask whether to shut that desk out.',
      `To shut it out, add --shut-out ${holder}.`,
    )
  if (await confirm(shell, safety`Shut that desk out?`)) return holder
  say(shell, [t`Nothing was done.`])
  throw new AlreadyReported()
}

/** Result of reading the mailbox. */
type Reading = 'up-to-date' | 'out-of-reach' | 'lost'

function listen({ message, fields }: DeskLogEntry, tell: (reading: Reading) => void): void {
  if (message === UP_TO_DATE) tell('up-to-date')
  if (fields.reason === 'LEASE_LOST') tell('lost')
  else if (message === OUT_OF_REACH || fields.problem === 'desk-revoked') tell('out-of-reach')
}

/** Waits briefly for queued messages to be sent, and reports if some stay queued. Queued messages are not lost: the next run sends them. */
export async function sendOut(shell: Shell, desk: OpenDesk): Promise<void> {
  const why = desk.reachable ? await whatKeeps(shell, desk, SEND_WAIT) : t(NO_ANSWER)
  if (why === undefined) return
  const text = desk.isShared
    ? t`Saved. The service will send it once the gateway accepts it.`
    : t`Saved. A later command will send it: ${why}`
  say(shell, [[dim(text)]])
}

async function close(shell: Shell, desk: Desk, reachable: boolean): Promise<void> {
  if (reachable) await whatKeeps(shell, desk, RECEIPTS_WAIT)
  await desk[Symbol.asyncDispose]()
}

/** Returns why messages are still queued after `wait`, in one or two sentences, or undefined if all were sent. */
async function whatKeeps(shell: Shell, desk: Desk, wait: number): Promise<string | undefined> {
  const signal = AbortSignal.any([shell.signal, AbortSignal.timeout(wait)])
  try {
    await desk.drain({ signal })
    return undefined
  } catch (error) {
    if (!signal.aborted) throw error
    const { cause } = error as RexError
    return RexError.is(cause)
      ? t`the gateway does not accept it yet (${cause.reason}). ${cause.hint}`
      : t(NO_ANSWER)
  }
}

async function waited({ signal }: Shell, ms: number): Promise<Reading> {
  return await delay(ms, 'out-of-reach' as const, { signal, ref: false })
}

/**
 * Finds a thread by the first digits of its id or by this organisation's reference. If the thread has several
 * recipients, finds the track named by `--with`.
 * @throws RexError NOT_FOUND; UsageError if several threads match
 */
export async function findThread(desk: Desk, text: string, counterpart?: string): Promise<Thread> {
  const thread = (await byId(desk, text)) ?? (await searched(desk, text))
  return counterpart === undefined ? thread : thread.with(counterpart)
}

/** Looks up a whole id without a search. If no thread has the id, the text may still be this desk's reference. */
async function byId(desk: Desk, text: string): Promise<Thread | undefined> {
  if (!WHOLE_ID.test(text)) return undefined
  return await desk.thread(text.toLowerCase()).catch((error: unknown) => {
    if (!RexError.is(error, 'NOT_FOUND')) throw error
    return undefined
  })
}

async function searched(desk: Desk, text: string): Promise<Thread> {
  return await desk.thread(onlyMatch(text, await candidates(desk, text)))
}

/** Returns threads that `text` may mean, up to a limit. Matches by this desk's reference come before matches by id. */
async function candidates(desk: Desk, text: string): Promise<ThreadSummary[]> {
  const byRef = await desk.threads({ ref: text, limit: NAMED + 1 }).catch((error: unknown) => {
    // The text cannot be a reference, so no thread has it as its reference.
    if (!RexError.is(error, 'CONFIG_INVALID')) throw error
    return []
  })
  if (byRef.length > 0 || !PREFIX.test(text)) return byRef
  return await desk.threads({ idPrefix: text.toLowerCase(), limit: NAMED + 1 })
}

function onlyMatch(text: string, found: readonly ThreadSummary[]): string {
  const ids = [...new Set(found.map(({ id }) => id))]
  const [id] = ids
  if (id === undefined)
    throw new RexError('NOT_FOUND', `There is no thread "${text}" here.`, {
      hint: 'Give the first characters of its id (at least 4) or your own reference; `rex-desk inbox` lists them.',
    })
  if (ids.length > 1)
    throw new UsageError(
      `"${text}" can mean ${ids.length > NAMED ? `more than ${NAMED}` : ids.length} threads.`,
      `Give more characters of the id: ${listed(ids, found)}.`,
    )
  return id
}

/** Lists the first ids with the states of their threads. Shortens the ids to the fewest digits that distinguish them from each other. */
function listed(ids: readonly string[], found: readonly ThreadSummary[]): string {
  const short = ids.slice(0, NAMED)
  let digits = shortId(short[0] as string).length
  while (new Set(short.map((id) => id.slice(0, digits))).size < short.length) digits += 1
  return short
    .map((id) => `${id.slice(0, digits)} (${found.find((thread) => thread.id === id)?.state})`)
    .join(', ')
}

function explain({ dir }: Settings): (error: unknown) => never {
  return (error) => {
    throw RexError.is(error, 'STORE_IN_USE') ? inUse(dir, error) : error
  }
}

function inUse(directory: string, cause: RexError): RexError {
  return new RexError('STORE_IN_USE', `Another process has the desk at ${directory} open.`, {
    cause,
    hint: 'Only one process can have it open: end the `rex-desk watch`, the `rex-desk receive` or the program that runs there, then try again. If `rex-desk serve` runs instead, all of them can use the desk together.',
  })
}
