// Delivers one mail to the mail server by SMTP (RFC 5321), encrypted. docs/guide/alerts.md
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { RexError } from '../../core/error.ts'
import { readBounded } from '../../process/read-file.ts'
import { isLoopback } from '../address.ts'
import type { MailServer } from './config.ts'
import { failureOf, type MailFailureCode } from './failure.ts'

/** How long the mail server may take for one step, and for a whole mail. Milliseconds. */
const STEP_MS = 20_000
const MAIL_MS = 60_000
/** Maximum size of an answer of the mail server, in bytes. */
const ANSWER = 16 * 1024
/** The systemd credential with the password. */
const CREDENTIAL = 'rex-smtp-password'
const PASSWORD = { path: 'smtp.passwordFile', limit: 4096 }
const PEM = { path: 'smtp.ca', limit: 64 * 1024 }

/** A complete mail. This program wrote its header and body, without any text from outside. */
export interface Mail {
  readonly to: string
  readonly subject: string
  readonly text: string
  /** Id without angle brackets. */
  readonly messageId: string
  readonly atMs: number
}

/**
 * The result of a mail. `answer`: the answer of the server, printable, at most 200 characters. Absent: there was none.
 */
export interface MailOutcome {
  readonly failure?: MailFailureCode
  readonly answer?: string
}

/** Delivers mails. */
export type Deliver = (mail: Mail, signal: AbortSignal) => Promise<MailOutcome>

/** Loads the mail library. @throws RexError CONFIG_INVALID if it is not installed */
export async function openMail(server: MailServer): Promise<Deliver> {
  const library = await loadLibrary().catch((error: unknown) => {
    throw new RexError('CONFIG_INVALID', 'Mail needs the package nodemailer, which is not installed.', {
      hint: 'Run: npm install nodemailer@10, where @rex/sdk is installed.',
      cause: error,
    })
  })
  return async (mail, signal) => {
    const secrets = await secretsOf(server).catch(() => undefined)
    if (secrets === undefined) return { failure: 'configuration' }
    try {
      const raw = await rawOf(library, server, mail)
      const connection = library.connect(optionsOf(server, secrets))
      return { answer: printable(await submit(connection, { server, secrets, mail, raw, signal })) }
    } catch (error) {
      const { response } = error as { readonly response?: string }
      return { failure: failureOf(error), ...(response !== undefined && { answer: printable(response) }) }
    }
  }
}

async function loadLibrary() {
  const [{ default: SMTPConnection }, { default: MailComposer }] = await Promise.all([
    import('nodemailer/lib/smtp-connection'),
    import('nodemailer/lib/mail-composer'),
  ])
  return {
    connect: (options: ConstructorParameters<typeof SMTPConnection>[0]) => new SMTPConnection(options),
    compose: (mail: ConstructorParameters<typeof MailComposer>[0]) => new MailComposer(mail),
  }
}

type Library = Awaited<ReturnType<typeof loadLibrary>>
type Connection = ReturnType<Library['connect']>

function rawOf({ compose }: Library, { from }: MailServer, mail: Mail): Promise<Buffer> {
  const { to, subject, text, messageId, atMs } = mail
  return compose({
    ...{ from, to, subject, text },
    messageId: `<${messageId}>`,
    date: new Date(atMs),
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build()
}

function optionsOf({ host, port, from, security = 'starttls' }: MailServer, { tls }: Secrets) {
  return {
    host,
    port: port ?? (security === 'tls' ? 465 : 587),
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    // Do not reveal the name of this computer.
    name: from.slice(from.lastIndexOf('@') + 1),
    tls,
    connectionTimeout: STEP_MS,
    greetingTimeout: STEP_MS,
    socketTimeout: STEP_MS,
    dnsTimeout: STEP_MS,
    socketCloseTimeout: 0,
    maxResponseSize: ANSWER,
    allowInternalNetworkInterfaces: isLoopback(host),
  }
}

interface Submission {
  readonly server: MailServer
  readonly secrets: Secrets
  readonly mail: Mail
  readonly raw: Buffer
  readonly signal: AbortSignal
}

/** Submits a mail over a new connection, and returns what the server answered. */
async function submit(
  connection: Connection,
  { server: { from, user }, secrets: { password }, mail: { to }, raw, signal }: Submission,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const late = AbortSignal.any([signal, AbortSignal.timeout(MAIL_MS)])
  const end = (code: string) => reject(Object.assign(new Error('The mail was not sent.'), { code }))
  const giveUp = () => end('ETIMEDOUT')
  late.addEventListener('abort', giveUp, { once: true })
  connection.on('error', reject)
  connection.on('end', () => end('ECONNECTION'))
  const send = () =>
    connection.send({ from, to }, raw, (error, info) => (error ? reject(error) : resolve(info.response)))
  connection.connect((error?: Error | null) => {
    if (error) reject(error)
    else if (user === undefined) send()
    else
      connection.login({ credentials: { user, pass: password } }, (refused) =>
        refused ? reject(refused) : send(),
      )
  })
  if (late.aborted) giveUp()
  try {
    return await promise
  } finally {
    late.removeEventListener('abort', giveUp)
    connection.close()
  }
}

type Secrets = Awaited<ReturnType<typeof secretsOf>>

/** Reads the password and the CA certificate again for each mail, so that a new password needs no restart. */
async function secretsOf({ user, passwordFile, ca, security }: MailServer) {
  const directory = process.env.CREDENTIALS_DIRECTORY
  const file = passwordFile ?? (directory === undefined ? undefined : join(directory, CREDENTIAL))
  if (user !== undefined && file === undefined)
    throw new RexError('CONFIG_INVALID', 'There is no password for the mail server.')
  const password = user === undefined || file === undefined ? '' : await readPassword(file)
  const issuer = ca === undefined || security === 'none' ? undefined : await readBounded(ca, PEM)
  const tls = {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    ...(issuer && { ca: issuer }),
  } as const
  return { password, tls }
}

async function readPassword(path: string): Promise<string> {
  await using file = await open(path, 'r')
  const { mode } = await file.stat()
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new RexError('CONFIG_INVALID', 'Others can read the password of the mail server.')
  const text = (await readBounded(file, PASSWORD)).toString('utf8').replace(/\r?\n$/, '')
  if (/[\r\n\0]/.test(text) || text === '')
    throw new RexError('CONFIG_INVALID', 'The file has no password in its only line.')
  return text
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 200)
}
