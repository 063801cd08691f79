// The tokens of the service. Each has a name, scopes and an expiry; only its digest is stored. docs/guide/service.md, "Tokens"
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import type { Cancel, Clock } from '../../client/clock/clock.ts'
import { createTurns } from '../../client/clock/turns.ts'
import { look, readPrivately, writeDurably } from '../../client/keys/durable.ts'
import { RexError } from '../../core/error.ts'
import { readJson } from '../../core/input/json.ts'
import { choice, list, object, required } from '../../core/referral/schema/node.ts'
import { checkInput, hex, listOrNone, time } from '../../core/shape.ts'
import { isSystemError, notStored } from '../../core/system-error.ts'
import { type Caller, SCOPES, type Scope } from './caller.ts'
import { TOKEN_NAME } from './token-name.ts'

/** Maximum number of tokens. */
const MOST = 256
/** Form of a token: `rex`, its name, and 256 random bits. */
const FORM = /^rex_([a-z0-9][a-z0-9-]{0,62})_([A-Za-z0-9_-]{43})$/

/** The scopes of a token. */
export const TOKEN_SCOPES = list(choice(...SCOPES), SCOPES.length)

/** A token without its secret. */
export interface TokenInfo {
  readonly name: string
  readonly scopes: readonly Scope[]
  /** When the token was made. Unix milliseconds. */
  readonly createdMs: number
  /** When the token expires. Unix milliseconds. */
  readonly expiresMs: number
}

/** A token as it is stored. */
interface Kept extends TokenInfo {
  /** SHA-256 of the token, hex. */
  readonly digest: string
}

const KEPT = object<Kept>('Token', {
  name: required(TOKEN_NAME),
  scopes: required(TOKEN_SCOPES),
  createdMs: required(time),
  expiresMs: required(time),
  digest: required(hex(64, 'a SHA-256 digest')),
})
const FILE = object<{ readonly tokens: readonly Kept[] }>('Tokens', {
  tokens: required(listOrNone(KEPT, MOST)),
})

interface Valid {
  readonly kept: Kept
  /** Aborts when the token is revoked or expires. */
  readonly end: AbortController
  lapse: Cancel
}

/** Longest timer for the expiry of a token. A longer wait takes several timers. Milliseconds. */
const DAY_MS = 86_400_000

/** The tokens of a desk directory. Only one process changes them: the service. */
export class Tokens {
  readonly #path: string
  readonly #clock: Clock
  readonly #valid = new Map<string, Valid>()
  readonly #inTurn = createTurns()

  private constructor(path: string, clock: Clock) {
    this.#path = path
    this.#clock = clock
  }

  /** Reads the tokens. @throws RexError CONFIG_INVALID, STORE_FAILED if others can read the file, MALFORMED */
  static async open(directory: string, clock: Clock): Promise<Tokens> {
    const tokens = new Tokens(join(directory, 'tokens.json'), clock)
    if ((await look(tokens.#path)) === undefined) return tokens
    const missing = { message: 'The tokens are gone.', hint: 'Start the service again.' }
    const content = Buffer.from(await readPrivately(tokens.#path, missing))
    const refusal = { reason: 'CONFIG_INVALID', subject: tokens.#path } as const
    const file = checkInput(FILE, readJson(content, { path: tokens.#path }) as { tokens: Kept[] }, refusal)
    for (const kept of file.tokens) tokens.#admit(kept)
    return tokens
  }

  /** Returns the valid tokens, sorted by name. */
  list(): TokenInfo[] {
    return this.#current()
      .map(({ digest: _, ...info }) => info)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Creates a token and returns it. It cannot be shown again. @throws RexError ALREADY_EXISTS, LIMIT_EXCEEDED, CONFIG_INVALID, STORE_FULL */
  add(info: Pick<TokenInfo, 'name' | 'scopes' | 'expiresMs'>): Promise<string> {
    return this.#inTurn('', async () => {
      const { name, scopes, expiresMs } = info
      const createdMs = this.#clock.now()
      if (expiresMs <= createdMs)
        throw new RexError('CONFIG_INVALID', 'The token would end in the past.', { path: 'expiresMs' })
      const current = this.#current()
      if (current.some((kept) => kept.name === name))
        throw new RexError('ALREADY_EXISTS', `There is a token ${name}.`, {
          hint: 'Revoke it first, or choose another name.',
        })
      if (current.length >= MOST)
        throw new RexError('LIMIT_EXCEEDED', `There are ${MOST} tokens.`, {
          hint: 'Revoke one that nobody uses.',
        })
      const token = `rex_${name}_${randomBytes(32).toString('base64url')}`
      const kept = { name, scopes, createdMs, expiresMs, digest: digestOf(token).toString('hex') }
      await this.#write([...current, kept])
      this.#admit(kept)
      return token
    })
  }

  /**
   * Revokes a token. Calls with this token end immediately, even if the file cannot be written. @throws RexError NOT_FOUND,
   * STORE_FULL
   */
  revoke(name: string): Promise<void> {
    return this.#inTurn('', async () => {
      const valid = this.#valid.get(name)
      if (valid === undefined)
        throw new RexError('NOT_FOUND', `There is no token ${name}.`, {
          hint: '`rex-desk token list` lists them.',
        })
      valid.end.abort()
      await this.#write(this.#current())
      this.#forget(name)
    })
  }

  /** Returns the caller who presents a token. Undefined: the token is unknown, expired or revoked. */
  callerOf(token: string): Caller | undefined {
    const [, name = ''] = FORM.exec(token) ?? []
    const valid = this.#valid.get(name)
    if (valid === undefined || !this.#isCurrent(valid)) return undefined
    const { digest, scopes } = valid.kept
    if (!timingSafeEqual(digestOf(token), Buffer.from(digest, 'hex'))) return undefined
    return { door: `token:${name}`, may: new Set(scopes), ended: valid.end.signal }
  }

  close(): void {
    for (const { lapse } of this.#valid.values()) lapse()
  }

  #admit(kept: Kept): void {
    this.#valid.get(kept.name)?.lapse()
    const valid: Valid = { kept, end: new AbortController(), lapse: () => {} }
    this.#valid.set(kept.name, valid)
    const wait = () => {
      const leftMs = kept.expiresMs - this.#clock.now()
      if (leftMs <= 0) valid.end.abort()
      else valid.lapse = this.#clock.after(Math.min(leftMs, DAY_MS), wait)
    }
    wait()
  }

  #forget(name: string): void {
    this.#valid.get(name)?.lapse()
    this.#valid.delete(name)
  }

  #isCurrent({ kept, end }: Valid): boolean {
    return kept.expiresMs > this.#clock.now() && !end.signal.aborted
  }

  #current(): Kept[] {
    return [...this.#valid.values()].filter((valid) => this.#isCurrent(valid)).map(({ kept }) => kept)
  }

  async #write(tokens: readonly Kept[]): Promise<void> {
    await writeDurably(this.#path, `${JSON.stringify({ tokens }, undefined, 1)}\n`).catch(
      (cause: unknown) => {
        if (!isSystemError(cause)) throw cause
        throw notStored(cause, 'STORE_FAILED')
      },
    )
  }
}

const digestOf = (token: string) => createHash('sha256').update(token).digest()
