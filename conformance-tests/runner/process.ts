// A target's process: sends one request at a time and waits for its answer, within limits. docs/guide/conformance.md
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { dirname, isAbsolute, resolve } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import { ConformanceRequest, ConformanceResponse, type Target } from '@rex/proto/conformance/v1/conformance'
import { BadFile, readJson } from '../suite/read.ts'

/** After this number of consecutive failed starts, all remaining cases get the result of the last start. */
export const STARTS = 3
/**
 * Default time limit for the answer to a case, or for each wait in a step, in milliseconds. A gateway closes a link without answers after 30 s. This
 * limit is shorter than that, so that a step that expects a link to end never sees that end instead of the expected one.
 */
export const CASE_LIMIT_MS = 20_000
/** Version of the dialogue that the runner uses. */
export const VERSION = 1
/** Maximum length of an answer in bytes: an opened envelope of the largest size, in base64. */
const MOST_ANSWER = 4 * 1024 * 1024
/** Number of characters of standard error, from its end, that a report shows. */
const LAST_WORDS = 2000

/** Kinds of targets. */
const KINDS = ['codec', 'desk', 'gateway'] as const
export type Kind = (typeof KINDS)[number]

/** How to start a target. */
export interface TargetConfiguration {
  readonly name: string
  /** The kind of target, which decides its suites and its interface. Default: codec. */
  readonly kind?: Kind
  /** Program and arguments; paths are relative to `folder`. */
  readonly command: readonly [string, ...string[]]
  readonly folder: string
  /** Further environment variables. */
  readonly env?: Readonly<Record<string, string>>
}

/** The result of a request: an answer, or how the target failed. A failed target is no longer running. */
export type Reply =
  | { readonly kind: 'answer'; readonly response: ConformanceResponse }
  | { readonly kind: Failure; readonly detail: string }
export type Failure = 'crashed' | 'hung' | 'flooded' | 'unreadable' | 'other-case' | 'version'

/** Reads the name and kind of a configuration. Default kind: `codec`. @throws BadFile */
export function readKind(file: string): { name: string; kind: Kind } {
  const { name, kind = 'codec' } = (readJson(file) ?? {}) as { name?: unknown; kind?: unknown }
  if (typeof name !== 'string') throw new BadFile(`${file}: name is not a text.`)
  if (!KINDS.includes(kind as never)) throw new BadFile(`${file}: kind is not one of ${KINDS.join(', ')}.`)
  return { name, kind: kind as Kind }
}

/** Reads a configuration of kind `codec` or `desk`: `{ "name", "kind", "command" }`. @throws BadFile */
export function readTarget(file: string): TargetConfiguration {
  const { name, kind } = readKind(file)
  const { command } = readJson(file) as { command?: unknown }
  const isCommand =
    Array.isArray(command) && command.length > 0 && command.every((part) => typeof part === 'string')
  if (!isCommand) throw new BadFile(`${file}: command is not a list of texts.`)
  const folder = dirname(isAbsolute(file) ? file : resolve(file))
  return { name, kind, command: command as [string, ...string[]], folder }
}

/**
 * Maximum number of characters of a target's name and of each feature, and maximum number of features. They
 * are limited because reports show them.
 */
const MOST_NAME = 200
const MOST_FEATURES = 64

/** How a target failed. */
export interface Broken {
  readonly kind: Failure
  readonly detail: string
}

/** Reads the answer to the greeting. `before`: the answer of the same program at an earlier start, which must be the same. */
export function readGreeting(reply: Reply, before?: Target): Target | Broken {
  if (reply.kind !== 'answer') return reply
  const { result } = reply.response
  if (result?.$case !== 'target') return { kind: 'unreadable', detail: 'It did not answer the greeting.' }
  const { version, name, features } = result.value
  if (version !== VERSION)
    return {
      kind: 'version',
      detail: `It speaks version ${version} of the dialogue; this runner speaks ${VERSION}.`,
    }
  const isLong =
    features.length > MOST_FEATURES || [name, ...features].some((text) => text.length > MOST_NAME)
  if (isLong)
    return {
      kind: 'unreadable',
      detail: `Its greeting is too long: at most ${MOST_FEATURES} features, and ${MOST_NAME} characters each and for the name.`,
    }
  if (before !== undefined && !isDeepStrictEqual(before, result.value))
    return {
      kind: 'unreadable',
      detail: `It greets otherwise than before: now ${features.join(', ') || 'no features'}.`,
    }
  return result.value
}

/** A running target. */
export interface RunningTarget {
  /** Sends a request and waits at most `limitMs` for the answer. Ends the target if it gives no valid answer. */
  ask(request: ConformanceRequest, limitMs: number): Promise<Reply>
  /** Ends the target. */
  stop(): void
}

/** A target that runs as a process. */
export class TargetProcess implements RunningTarget {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  #received = Buffer.alloc(0)
  #errors = ''
  #wake: () => void = () => {}
  #end: string | undefined
  #flooded = false

  constructor({ command: [program, ...args], folder, env }: TargetConfiguration) {
    const environment = { ...process.env, ...env }
    this.#child = spawn(program, args, { cwd: folder, env: environment, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stdout.on('data', (chunk: Buffer) => this.#take(chunk))
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-LAST_WORDS)
    })
    // Ignore write errors of a target that has exited, because its exit is reported with the reason.
    this.#child.stdin.on('error', () => {})
    this.#child.on('error', (error) => this.#ended(`It cannot be started: ${error.message}.`))
    this.#child.on('close', (code, signal) => this.#ended(`It ended with ${signal ?? `exit code ${code}`}.`))
  }

  async ask(request: ConformanceRequest, limitMs: number): Promise<Reply> {
    if (this.#received.length > 0) return this.#fail('flooded', 'It wrote without being asked.')
    this.#child.stdin.write(framed(ConformanceRequest.encode(request).finish()))
    const late = Date.now() + limitMs
    for (;;) {
      const frame = this.#frame()
      if (this.#flooded) return this.#fail('flooded', `Its answer has more than ${MOST_ANSWER} bytes.`)
      if (frame !== undefined) return this.#read(frame, request.case)
      if (this.#end !== undefined) return this.#fail('crashed', `${this.#end} ${this.#errors}`.trim())
      if (!(await this.#news(late - Date.now()))) return this.#fail('hung', `No answer within ${limitMs} ms.`)
    }
  }

  stop(): void {
    this.#child.kill('SIGKILL')
  }

  #take(chunk: Buffer): void {
    if (this.#flooded) return
    this.#flooded = this.#received.length + chunk.length > MOST_ANSWER + 4
    this.#received = this.#flooded ? Buffer.alloc(0) : Buffer.concat([this.#received, chunk])
    if (this.#flooded) this.stop()
    this.#wake()
  }

  #ended(how: string): void {
    this.#end ??= how
    this.#wake()
  }

  /** Waits for bytes or the end of the process. Returns false if neither comes in time. */
  #news(ms: number): Promise<boolean> {
    return new Promise((settle) => {
      const timer = setTimeout(() => settle(false), Math.max(0, ms))
      this.#wake = () => {
        clearTimeout(timer)
        settle(true)
      }
    })
  }

  /** Returns the next complete frame, or undefined if it has not arrived yet. */
  #frame(): Buffer | undefined {
    if (this.#received.length < 4) return undefined
    const length = this.#received.readUInt32BE()
    if (length > MOST_ANSWER) this.#flooded = true
    if (this.#flooded || this.#received.length < 4 + length) return undefined
    const frame = this.#received.subarray(4, 4 + length)
    this.#received = this.#received.subarray(4 + length)
    return frame
  }

  #read(frame: Buffer, name: string): Reply {
    let response: ConformanceResponse
    try {
      response = ConformanceResponse.decode(frame)
    } catch {
      return this.#fail('unreadable', 'Its answer is no ConformanceResponse.')
    }
    if (response.case !== name)
      return this.#fail('other-case', `It answered ${JSON.stringify(response.case)}.`)
    if (response.result === undefined) return this.#fail('unreadable', 'Its answer has no result.')
    return { kind: 'answer', response }
  }

  #fail(kind: Failure, detail: string): Reply {
    this.stop()
    return { kind, detail }
  }
}

function framed(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(bytes.length)
  return Buffer.concat([head, bytes])
}
