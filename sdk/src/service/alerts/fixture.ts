// A mail server on this computer for tests, and a desk with given changes. Run as a program, this file sends mails as a service does,
// until it is killed.
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { DeskChange } from '../../client/api/changes.ts'
import type { Desk } from '../../client/api/desk.ts'
import { systemClock } from '../../client/clock/clock.ts'
import { certificateIn } from '../server/fixture.ts'
import { startChannels } from './alerts.ts'
import { ALERTS_FILE, type AlertsConfig, type MailServer, type Recipient } from './config.ts'

export const PASSWORD = 'a password of a test'

/** A mail that the server accepted. */
export interface ReceivedMail {
  readonly to: readonly string[]
  readonly raw: string
  /** Header fields by name in lower case, unfolded. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Starts a mail server that demands STARTTLS and the password. */
export async function mailServer(directory: string, options: SMTPServerOptions = {}) {
  const { cert, key } = certificateIn(directory)
  writeFileSync(join(directory, 'ca.pem'), cert)
  writeFileSync(join(directory, 'password'), `${PASSWORD}\n`, { mode: 0o600 })
  const all: ReceivedMail[] = []
  const server = new SMTPServer({
    ...{ cert, key, logger: false, disableReverseLookup: true },
    onAuth: ({ username, password }, _, done) =>
      username === 'rex' && password === PASSWORD
        ? done(null, { user: username })
        : done(new Error('Invalid login')),
    onData: (stream, { envelope }, done) =>
      void text(stream).then((raw) => {
        all.push(
          read(
            raw,
            envelope.rcptTo.map(({ address }) => address),
          ),
        )
        done()
        server.emit('received')
      }),
    ...options,
  })
  server.on('error', () => {})
  const listener = server.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const smtp: MailServer = {
    ...{ host: '127.0.0.1', port, from: 'rex@ngo.example', user: 'rex' },
    ca: join(directory, 'ca.pem'),
    passwordFile: join(directory, 'password'),
  }
  return {
    all,
    smtp,
    server,
    async until(isEnough: () => boolean) {
      while (!isEnough()) await once(server, 'received')
    },
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  }
}

function read(raw: string, to: readonly string[]): ReceivedMail {
  const [head = '', ...rest] = raw.split('\r\n\r\n')
  const fields = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  const headers = Object.fromEntries(
    fields.map((field) => {
      const colon = field.indexOf(':')
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()]
    }),
  )
  const encoded = rest.join('\r\n\r\n')
  return { to, raw, headers, body: decoded(headers['content-transfer-encoding'], encoded) }
}

function decoded(encoding: string | undefined, body: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8')
  if (encoding !== 'quoted-printable') return body
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** Returns the subject of a mail, with encoded words decoded (RFC 2047). */
export const subjectOf = ({ headers }: ReceivedMail): string =>
  (headers.subject ?? '')
    .replace(/\?= =\?/g, '?==?')
    .replace(/=\?UTF-8\?([BQ])\?([^?]*)\?=/gi, (_, how: string, word: string) =>
      how.toUpperCase() === 'B'
        ? Buffer.from(word, 'base64').toString('utf8')
        : decoded('quoted-printable', word.replace(/_/g, ' ')),
    )

/** Writes `alerts.json`. */
export function configure(directory: string, smtp: MailServer, ...recipients: Partial<Recipient>[]): void {
  const config: AlertsConfig = {
    smtp,
    recipients: recipients.map((one, i) => ({ name: `r-${i}`, address: `r-${i}@ngo.example`, ...one })),
  }
  writeFileSync(join(directory, ALERTS_FILE), JSON.stringify(config), { mode: 0o600 })
}

/** Makes a desk with `count()` changes. By default, each reports an overdue step of another thread. */
export function deskWith(
  count: () => number,
  change: (n: number) => Partial<DeskChange> = () => ({}),
  more: Partial<Desk> = {},
): Desk {
  const at = (n: number) =>
    ({
      ...{ kind: 'alarm', thread: n.toString(16).padStart(8, '0').padEnd(32, 'a'), state: 'overdue' },
      ...{ item: 'b'.repeat(64), cursor: String(n), atMs: Date.UTC(2026, 10, 30) },
      ...change(n),
    }) as DeskChange
  const desk: Partial<Desk> = {
    organisation: 'https://ngo.example',
    lastChange: async () => '0',
    threads: async () => [],
    async readChanges({ after = '0', limit = 256, signal } = {}) {
      const from = Number(after)
      while (count() <= from && signal?.aborted !== true) await wait(1)
      const found = Math.max(0, Math.min(count() - from, limit))
      return {
        changes: Array.from({ length: found }, (_, i) => at(from + i + 1)),
        cursor: String(from + found),
      }
    },
    ...more,
  }
  return desk as Desk
}

if (process.argv[2] === 'run') {
  const [, , , directory = '', count] = process.argv
  const health: Desk['health'] = async () => ({ timeMs: Date.now() }) as never
  await startChannels({
    desk: deskWith(() => Number(count), undefined, { health }),
    directory,
    clock: systemClock,
    log: () => {},
  })
}
