// The webhooks of a desk: `webhooks.json` in the desk directory, which only the owner may read. docs/guide/service.md, "Webhooks"
import { stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { CHANGE_KINDS, type DeskChange } from '../../client/api/changes.ts'
import { readOwn } from '../../client/local-config.ts'
import { RexError } from '../../core/error.ts'
import { checked, choice, list, object, required } from '../../core/referral/schema/node.ts'
import { checkInput, matching } from '../../core/shape.ts'
import { hostOf } from '../address.ts'
import { ALERTS, type AlertKind } from './alert.ts'

/** File name of the configuration. */
export const WEBHOOKS_FILE = 'webhooks.json'
const MOST = 16
/** Minimum and maximum bytes of a secret. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const SECRET = { least: 24, most: 64 }

/** A receiver of changes. */
export interface Webhook {
  /** 1 to 32 characters of a-z, 0-9 and `-`. */
  readonly name: string
  /** `https:`, or `http:` if the receiver is on this computer. */
  readonly url: string
  /** `whsec_` and the base64 of 24 to 64 bytes. Give two while you replace a secret: messages are then signed with both. */
  readonly secrets: readonly string[]
  /** The kinds of changes to send. Default: all. */
  readonly kinds?: readonly DeskChange['kind'][]
  /** Sends only changes that raise one of these alerts, each with its `alert`. Default: the changes that `kinds` selects. */
  readonly alerts?: readonly AlertKind[]
}

const HOOK = object<Webhook>('Webhook', {
  name: required(matching(/^[a-z0-9-]{1,32}$/, 'a name of 1 to 32 characters: a to z, 0 to 9 and -')),
  url: required(checked<string>(urlFault)),
  secrets: required(list(checked<string>(secretFault), 2)),
  kinds: list(choice(...CHANGE_KINDS), CHANGE_KINDS.length),
  alerts: list(choice(...ALERTS), ALERTS.length),
})
const FILE = object<{ readonly webhooks: readonly Webhook[] }>('Webhooks', {
  webhooks: required(list(HOOK, MOST)),
})

/** Reads the webhooks of a desk directory. Without the file there are none. @throws RexError CONFIG_INVALID with the field */
export async function readWebhooks(directory: string): Promise<readonly Webhook[]> {
  return (await readSecretive(join(directory, WEBHOOKS_FILE), parse)) ?? []
}

/**
 * Reads a configuration file that only its owner may read. Returns undefined if the file does not exist. @throws RexError CONFIG_INVALID with the
 * field
 */
export async function readSecretive<T>(path: string, parse: (value: unknown) => T): Promise<T | undefined> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  if (found === undefined) return undefined
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0)
    throw new RexError('CONFIG_INVALID', `Others can read ${path}, which has secrets.`, {
      hint: `Run: chmod 600 ${path}`,
    })
  return await readOwn(path, parse)
}

function parse(value: unknown): readonly Webhook[] {
  const { webhooks } = checkInput(FILE, value as { readonly webhooks: readonly Webhook[] }, {
    reason: 'CONFIG_INVALID',
    subject: 'The file',
  })
  const names = webhooks.map(({ name }) => name)
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i)
  if (twice < 0) return webhooks
  throw new RexError('CONFIG_INVALID', 'Two webhooks have one name.', { path: `webhooks[${twice}].name` })
}

function secretFault(value: unknown): string | undefined {
  const bytes = typeof value === 'string' && value.startsWith('whsec_') ? keyOf(value) : undefined
  const fits = bytes !== undefined && bytes.length >= SECRET.least && bytes.length <= SECRET.most
  const isExact = bytes?.toString('base64') === String(value).slice('whsec_'.length)
  return fits && isExact ? undefined : 'must be "whsec_" and the base64 of 24 to 64 bytes'
}

/** Returns the bytes of a secret. */
export const keyOf = (secret: string): Buffer => Buffer.from(secret.slice('whsec_'.length), 'base64')

function urlFault(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 2000 || !URL.canParse(value)) return 'must be an address'
  const url = new URL(value)
  if (url.username !== '' || url.password !== '' || url.hash !== '')
    return 'must have no user, password or fragment'
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isHere(hostOf(url)))) return undefined
  return 'must begin with https:, or with http: for a program on this computer'
}

/** Whether a host is this computer. */
const isHere = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
