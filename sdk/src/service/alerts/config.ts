// The mail addresses that get alerts, and the mail server: `alerts.json` in the desk directory, which only the owner may read. docs/guide/alerts.md
import { join } from 'node:path'
import { RexError } from '../../core/error.ts'
import { checked, choice, flag, integer, list, object, required } from '../../core/referral/schema/node.ts'
import { checkInput, matching } from '../../core/shape.ts'
import { isLoopback } from '../address.ts'
import { ALERTS, type AlertKind } from '../webhooks/alert.ts'
import { readSecretive } from '../webhooks/config.ts'
import { isZone } from './digest.ts'
import { LANGUAGES, type Language } from './texts/index.ts'

/** File name of the configuration. */
export const ALERTS_FILE = 'alerts.json'
const MOST = 32

/** How to reach the mail server. */
export interface MailServer {
  /** Name or IP address. */
  readonly host: string
  /** Default: 465 with `tls`, otherwise 587. */
  readonly port?: number
  /** `tls`: TLS from the start. `starttls`: STARTTLS, without which nothing is sent. `none`: only for a server on this computer. Default: `starttls`. */
  readonly security?: 'tls' | 'starttls' | 'none'
  /** Sender address. */
  readonly from: string
  /** User name at the server. Default: none. */
  readonly user?: string
  /** File with the password, which only its owner may read. Default: the systemd credential `rex-smtp-password`. */
  readonly passwordFile?: string
  /** PEM file with the CA certificate of the mail server. Default: the CAs that the system trusts. */
  readonly ca?: string
}

/** A person or a list that gets alerts. */
export interface Recipient {
  /** 1 to 32 characters of a-z, 0-9 and `-`. */
  readonly name: string
  readonly address: string
  /** The alerts that are sent at once. Default: all, or those that are not in the digest. */
  readonly atOnce?: readonly AlertKind[]
  readonly digest?: Digest
  /** Default: English. */
  readonly language?: Language
  /** IANA time zone of the times in the mails. Default: UTC. */
  readonly zone?: string
  /** Whether mails contain your case numbers (`ref`). Default: false. */
  readonly refs?: boolean
}

/** One mail a day, with the alerts raised since the last such mail. */
export interface Digest {
  /** Time of day in the zone of the recipient, `HH:MM`. */
  readonly at: string
  /** The alerts that the digest contains. Default: all alerts that are not sent at once. */
  readonly alerts?: readonly AlertKind[]
}

/** The configuration of alerts by mail. */
export interface AlertsConfig {
  readonly smtp: MailServer
  readonly recipients: readonly Recipient[]
}

/** An address as mail servers everywhere accept it: no display name, no quotes, ASCII. Nothing in it can end a header. RFC 5321, section 4.1.2 */
const ADDRESS =
  /^(?=.{3,254}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
const address = matching(ADDRESS, 'a mail address such as on-call@ngo.example, without a name')
const kinds = list(choice(...ALERTS), ALERTS.length)
const zone = checked<string>((value) =>
  isZone(value) ? undefined : 'must be a time zone such as "America/Bogota" or "UTC"',
)
const path = matching(/^[^\0]{1,4096}$/, 'the path of a file')

const SMTP = object<MailServer>('MailServer', {
  host: required(matching(/^[A-Za-z0-9.:-]{1,253}$/, 'the name or the IP address of a mail server')),
  port: integer(1, 65_535),
  security: choice('tls', 'starttls', 'none'),
  from: required(address),
  user: matching(/^[^\p{Cc}]{1,255}$/u, 'a user name'),
  passwordFile: path,
  ca: path,
})
const RECIPIENT = object<Recipient>('Recipient', {
  name: required(matching(/^[a-z0-9-]{1,32}$/, 'a name of 1 to 32 characters: a to z, 0 to 9 and -')),
  address: required(address),
  atOnce: kinds,
  digest: object<Digest>('Digest', {
    at: required(matching(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as "07:30"')),
    alerts: kinds,
  }),
  language: choice(...LANGUAGES),
  zone,
  refs: flag(),
})
const FILE = object<AlertsConfig>('Alerts', {
  smtp: required(SMTP),
  recipients: required(list(RECIPIENT, MOST)),
})

/** Reads the alerts of a desk directory. Undefined: there is no file. @throws RexError CONFIG_INVALID with the field */
export async function readAlerts(directory: string): Promise<AlertsConfig | undefined> {
  return await readSecretive(join(directory, ALERTS_FILE), parse)
}

function parse(value: unknown): AlertsConfig {
  const config = checkInput(FILE, value as AlertsConfig, { reason: 'CONFIG_INVALID', subject: 'The file' })
  const { smtp, recipients } = config
  const names = recipients.map(({ name }) => name)
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i)
  if (twice >= 0) throw invalid('Two recipients have one name.', `recipients[${twice}].name`)
  if (smtp.security === 'none' && !isLoopback(smtp.host))
    throw invalid(
      'Mail to another computer must be encrypted.',
      'smtp.security',
      'Write "tls" or "starttls".',
    )
  if (smtp.passwordFile !== undefined && smtp.user === undefined)
    throw invalid('The password has no user.', 'smtp.user', 'Add the user name at the mail server.')
  for (const [i, { atOnce = [], digest }] of recipients.entries()) {
    const both = digest?.alerts?.find((kind) => atOnce.includes(kind))
    if (both !== undefined)
      throw invalid(`The alert ${both} is both at once and in the digest.`, `recipients[${i}].digest.alerts`)
  }
  return config
}

function invalid(message: string, path: string, hint = 'Correct the file.'): RexError {
  return new RexError('CONFIG_INVALID', message, { path, hint })
}

/** Returns when a recipient gets an alert. Undefined: never. `missed`, which reports that the desk no longer has some changes, is sent at once. */
export function timing(
  { atOnce, digest }: Recipient,
  alert: AlertKind | 'missed',
): 'at-once' | 'digest' | undefined {
  if (alert === 'missed' || atOnce?.includes(alert) === true) return 'at-once'
  if (digest !== undefined && (digest.alerts?.includes(alert) ?? true)) return 'digest'
  return atOnce === undefined ? 'at-once' : undefined
}
