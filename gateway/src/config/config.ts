// The configuration file, gateway.json. Strict, so that a typo cannot change the gateway's behaviour (T-120). docs/guide/gateway.md, "Configuration"
import { dirname, join, resolve } from 'node:path'
import { describeSystemError, LIMITS, parseEntityId, RexError, readJson } from '@rex/sdk/core'
import { readBounded } from '@rex/sdk/process'
import { parseAddress, parseProxy } from '@rex/sdk/transport'
import { type Fields, list, object, optional, text, whole } from './fields.ts'

/** Name of the configuration file in the gateway's directory. */
export const CONFIG_FILE = 'gateway.json'

const MAX_BYTES = 1024 * 1024
const ANYWHERE = new Set(['0.0.0.0', '::'])

/** Files in the data directory. */
export const FILES = { store: 'store.sqlite', keys: 'keys', admin: 'admin.sock' } as const

/** Configuration of a gateway. Times in milliseconds, sizes in bytes. */
export interface Config {
  /** Organisation served. */
  readonly organisation: string
  /** Address for other gateways and desks. */
  readonly listen: string
  /** Address for enrolment. */
  readonly enrolListen: string
  /** Address of `/livez`, `/readyz` and `/healthz`. If absent, there is no health listener. */
  readonly healthListen?: string | undefined
  /** Addresses at which other gateways and desks reach this one. Default: the listen address. */
  readonly endpoints?: readonly string[] | undefined
  /** Address at which desks reach the enrolment listener. Default: the first endpoint's host with the enrolment port. */
  readonly enrolEndpoint?: string | undefined
  /** Directory of store and keys, relative to the configuration file. Default: the file's own directory. */
  readonly dataDir: string
  /** HTTP proxy for connections to other gateways, as `http://host:port`. If absent, the gateway connects directly. */
  readonly proxy?: string | undefined
  /** Lowest severity to log. Default: info. */
  readonly log: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Log file, relative to the configuration file. If absent, the log goes to standard error. */
  readonly logFile?: string | undefined
  readonly retry: RetryConfig
  readonly limits: LimitConfig
}

/** Retry settings. */
interface RetryConfig {
  /**
   * Upper limit of the random wait after the first failure. Doubles with each further failure. Default: 10 s.
   */
  readonly minMs: number
  /** Upper limit of the random wait after many failures. Default: 1 h. */
  readonly maxMs: number
  /** How long an envelope may stay unanswered before the link is closed. Default: 30 s. */
  readonly answerMs: number
  /** Timeout for connecting. The greeting that follows has the same timeout. Default: 10 s. */
  readonly connectMs: number
}

/** Admission limits. */
interface LimitConfig {
  /** Unanswered envelopes per link. Default: 256. */
  readonly window: number
  /** Average envelopes per second from one organisation. Default: 5 000. */
  readonly perSecond: number
  /** Envelopes in one burst from one organisation. Default: 20 000. */
  readonly burst: number
  /** Envelopes waiting per organisation, in each direction. Default: 2 000 000. */
  readonly items: number
  /** Bytes waiting per organisation, in each direction. Default: 16 GiB. */
  readonly bytes: number
  /** Maximum size of the store. If absent, only the disk limits it. */
  readonly storeBytes?: number | undefined
}

const RETRY: Fields<RetryConfig> = {
  minMs: whole({ from: 1, to: LIMITS.retryMax, byDefault: LIMITS.retryMin }),
  maxMs: whole({ from: 1, to: LIMITS.maxLifetime, byDefault: LIMITS.retryMax }),
  answerMs: whole({ from: 100, to: 600_000, byDefault: 30_000 }),
  connectMs: whole({ from: 100, to: 600_000, byDefault: 10_000 }),
}

const LIMIT: Fields<LimitConfig> = {
  window: whole({ from: 1, to: 4096, byDefault: 256 }),
  perSecond: whole({ from: 1, to: 1_000_000, byDefault: 5_000 }),
  burst: whole({ from: 10, to: 1_000_000, byDefault: 20_000 }),
  items: whole({ from: 10, to: 1_000_000_000, byDefault: 2_000_000 }),
  bytes: whole({ from: LIMITS.envelope * 10, to: 2 ** 50, byDefault: 16 * 2 ** 30 }),
  storeBytes: optional(whole({ from: 16 * 2 ** 20, to: 2 ** 50 })),
}

const CONFIG: Fields<Config> = {
  organisation: text((value, path) => parseEntityId(value, path)),
  listen: text(address),
  enrolListen: text(address),
  healthListen: optional(text(address)),
  endpoints: optional(list(text(publicAddress), { from: 1, to: 8 })),
  enrolEndpoint: optional(text(publicAddress)),
  dataDir: text(file, '.'),
  proxy: optional(text(proxy)),
  log: text(oneOf(['debug', 'info', 'warn', 'error', 'silent']), 'info'),
  logFile: optional(text(file)),
  retry: object(RETRY, {}),
  limits: object(LIMIT, {}),
}

/** Validates a configuration. @throws RexError CONFIG_INVALID with the path of the entry */
export function parseConfig(value: unknown): Config {
  const config = object(CONFIG)(value, '')
  checkListeners(config)
  checkEndpoints(config)
  checkReachable(config)
  return config
}

/** Refuses two listeners at one address, because the second would report that another program uses the address. */
function checkListeners({ listen, enrolListen, healthListen }: Config): void {
  const seen = new Map<string, string>()
  for (const [path, address] of Object.entries({ listen, enrolListen, healthListen })) {
    if (address === undefined || parseAddress(address).port === 0) continue
    const first = seen.get(address)
    if (first !== undefined)
      throw new RexError('CONFIG_INVALID', `${path} is the same address as ${first}: ${address}`, { path })
    seen.set(address, path)
  }
}

function checkEndpoints({ endpoints }: Config): void {
  const twice = endpoints?.find((one, i) => endpoints.indexOf(one) !== i)
  if (twice === undefined) return
  throw new RexError('CONFIG_INVALID', `endpoints names ${twice} twice.`, { path: 'endpoints' })
}

/** Refuses a wildcard as the announced address, because the gateway would start but nobody could reach it. */
function checkReachable({ listen, endpoints }: Config): void {
  if (endpoints !== undefined || !isAnywhere(listen)) return
  const message = `endpoints is missing: others cannot reach the address ${listen} of listen.`
  throw new RexError('CONFIG_INVALID', message, {
    path: 'endpoints',
    hint: 'Give the addresses that others dial: "endpoints": ["gateway.example:7443"].',
  })
}

/** Returns whether an address is the wildcard for all addresses of a machine. */
export function isAnywhere(address: string): boolean {
  return ANYWHERE.has(parseAddress(address).host)
}

/** Reads the configuration of the gateway in a directory. Makes `dataDir` and `logFile` absolute. @throws RexError CONFIG_INVALID */
export async function readConfig(directory: string): Promise<Config> {
  const path = join(directory, CONFIG_FILE)
  const json = await readBounded(path, { path: 'The file', limit: MAX_BYTES }).catch((cause: unknown) => {
    throw RexError.is(cause) ? refused(path, cause) : unreadable(path, cause)
  })
  const config = parseConfig(parseJson(json, path))
  const { dataDir, logFile } = config
  const fromFile = (file: string) => resolve(dirname(path), file)
  return {
    ...config,
    dataDir: fromFile(dataDir),
    ...(logFile !== undefined && { logFile: fromFile(logFile) }),
  }
}

function parseJson(json: Uint8Array, path: string): unknown {
  try {
    return readJson(json)
  } catch (cause) {
    throw refused(path, RexError.from(cause))
  }
}

function refused(path: string, cause: RexError): RexError {
  const { message, hint, path: field = path } = cause
  return new RexError('CONFIG_INVALID', `${path}: ${message}`, { path: field, cause, hint })
}

function unreadable(path: string, cause: unknown): RexError {
  const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
  const hint = missing
    ? 'Make a gateway with `rex-gateway init`, or name its directory with --dir.'
    : 'Run this command as the user that owns the gateway, and name its directory with --dir.'
  const message = `The configuration cannot be read. ${describeSystemError(cause)}`
  return new RexError('CONFIG_INVALID', message, { path, cause, hint })
}

function address(value: string, path: string): string {
  parseAddress(value, path)
  return value
}

function publicAddress(value: string, path: string): string {
  if (parseAddress(value, path).port > 0 && !isAnywhere(value)) return value
  throw new RexError('CONFIG_INVALID', `${path}: others cannot reach the address ${value}.`, {
    path,
    hint: 'Give the host and port that others dial, such as gateway.example:7443.',
  })
}

/** Checks a file name. No system allows NUL in names, and systems differ about names that are not well-formed Unicode. */
function file(value: string, path: string): string {
  if (!value.includes('\0') && value.isWellFormed()) return value
  throw new RexError('CONFIG_INVALID', `${path} is no path: it holds a NUL or half a character.`, { path })
}

function proxy(value: string): string {
  parseProxy(value)
  return value
}

function oneOf<const Choice extends string>(
  choices: readonly Choice[],
): (value: string, path: string) => Choice {
  return (value, path) => {
    const found = choices.find((choice) => choice === value)
    if (found !== undefined) return found
    throw new RexError('CONFIG_INVALID', `${path} must be one of ${choices.join(', ')}.`, { path })
  }
}
