// Every way in which a mail server can fail has a code. Tested with real servers. docs/guide/alerts.md, "When mail fails"
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SMTPServerOptions } from 'smtp-server'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { ALERTS_FILE, type MailServer, readAlerts, timing } from './config.ts'
import { nextDigest } from './digest.ts'
import { mailServer, subjectOf } from './fixture.ts'
import { testMail } from './mail.ts'
import { openMail } from './smtp.ts'
import { LANGUAGES } from './texts/index.ts'

const RECIPIENT = { name: 'on-call', address: 'on-call@ngo.example' }
const MAIL = testMail('rex.1', Date.UTC(2026, 10, 30), {
  ...{ recipient: RECIPIENT, organisation: 'https://ngo.example', domain: 'ngo.example' },
})
const SIGNAL = new AbortController().signal
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rex-smtp-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

async function serverWith(options?: SMTPServerOptions) {
  const made = await mailServer(directory, options)
  onTestFinished(() => made.close())
  return made
}

const refusing = (responseCode: number): Error => Object.assign(new Error('No'), { responseCode })
/** Sends the test mail to a server. */
async function sentTo(smtp: MailServer, signal = SIGNAL) {
  return await (await openMail(smtp))(MAIL, signal)
}

test('the mail server accepts a test mail, and its answer is reported', async () => {
  const { smtp, all } = await serverWith()
  const outcome = await sentTo(smtp)
  expect(outcome).toEqual({ answer: expect.stringMatching(/^250 /) })
  expect(all.map(subjectOf)).toEqual(['REX: Test alert'])
  expect(all[0]?.body).toContain('Nothing happened')
})

const CASES: readonly (readonly [
  name: string,
  failure: string,
  server: SMTPServerOptions,
  smtp?: { readonly [Field in keyof MailServer]?: MailServer[Field] | undefined },
])[] = [
  ['a wrong password', 'password', { onAuth: (_auth, _session, done) => done(refusing(535)) }],
  ['a recipient that is refused', 'recipient', { onRcptTo: (_to, _session, done) => done(refusing(550)) }],
  ['greylisting', 'later', { onRcptTo: (_to, _session, done) => done(refusing(451)) }],
  ['a sender that is refused', 'sender', { onMailFrom: (_from, _session, done) => done(refusing(553)) }],
  [
    'a mail that is refused',
    'content',
    { onData: (stream, _session, done) => void stream.resume().on('end', () => done(refusing(554))) },
  ],
  ['a server that nobody vouches for', 'certificate', {}, { ca: undefined }],
  ['a server without encryption', 'encryption', { hideSTARTTLS: true, disabledCommands: ['STARTTLS'] }],
  ['a name that is not in the certificate', 'certificate', {}, { host: 'localhost' }],
]

for (const [name, failure, options, changed = {}] of CASES)
  test(`${name} is the failure ${failure}`, async () => {
    const { smtp, all } = await serverWith(options)
    const server = Object.fromEntries(
      Object.entries({ ...smtp, ...changed }).filter(([, value]) => value !== undefined),
    ) as unknown as MailServer
    expect(await sentTo(server)).toMatchObject({ failure })
    expect(all).toEqual([])
  })

/** Starts a server that calls `each` for each connection. */
async function rawServer(each: (socket: Socket) => void): Promise<MailServer> {
  const server = createServer((socket) => each(socket.on('error', () => {}))).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    from: 'rex@ngo.example',
    security: 'none',
  }
}

test('a server that closes the connection, never answers, or is not there', async () => {
  expect(await sentTo(await rawServer((socket) => void socket.end()))).toEqual({ failure: 'closed' })
  const silent = new AbortController()
  const hanging = await rawServer(() => silent.abort())
  expect(await sentTo(hanging, silent.signal)).toEqual({ failure: 'no-answer' })
  const { port, ...gone } = await rawServer(() => {})
  expect(await sentTo({ ...gone, port: 1 })).toEqual({ failure: 'no-connection' })
})

test('a password file that others can read, or that is missing, is refused', async () => {
  const { smtp, all } = await serverWith()
  chmodSync(join(directory, 'password'), 0o644)
  expect(await sentTo(smtp)).toEqual({ failure: 'configuration' })
  rmSync(join(directory, 'password'))
  expect(await sentTo(smtp)).toEqual({ failure: 'configuration' })
  expect(all).toEqual([])
})

test('T-065 an invalid address, unencrypted mail to another computer, and a file that others can read are refused', async () => {
  const write = (config: object, mode = 0o600) => {
    rmSync(join(directory, ALERTS_FILE), { force: true })
    writeFileSync(join(directory, ALERTS_FILE), JSON.stringify(config), { mode })
  }
  const smtp = { host: 'mail.ngo.example', from: 'rex@ngo.example' }
  const bad = [
    'on-call',
    'a@b@c',
    'A <a@ngo.example>',
    'a@ngo.example\r\nBcc: x@y.example',
    'ü@ngo.example',
    '@x',
    'a b@x',
  ]
  for (const address of bad) {
    write({ smtp, recipients: [{ name: 'a', address }] })
    await expect(readAlerts(directory)).rejects.toMatchObject({
      reason: 'CONFIG_INVALID',
      path: 'recipients[0].address',
    })
  }
  const wrong: [string, object][] = [
    ['smtp.security', { smtp: { ...smtp, security: 'none' }, recipients: [RECIPIENT] }],
    ['smtp.from', { smtp: { ...smtp, from: 'REX' }, recipients: [RECIPIENT] }],
    ['smtp.user', { smtp: { ...smtp, passwordFile: '/p' }, recipients: [RECIPIENT] }],
    ['recipients[1].name', { smtp, recipients: [RECIPIENT, RECIPIENT] }],
    ['recipients[0].zone', { smtp, recipients: [{ ...RECIPIENT, zone: 'Bogota' }] }],
    ['recipients[0].digest.at', { smtp, recipients: [{ ...RECIPIENT, digest: { at: '7:30' } }] }],
    ['smtp.password', { smtp: { ...smtp, password: 'in the file' }, recipients: [RECIPIENT] }],
  ]
  for (const [path, config] of wrong) {
    write(config)
    await expect(readAlerts(directory)).rejects.toMatchObject({ reason: 'CONFIG_INVALID', path })
  }
  write({ smtp, recipients: [RECIPIENT] }, 0o644)
  await expect(readAlerts(directory)).rejects.toMatchObject({ hint: expect.stringContaining('chmod 600') })
})

test('which alerts a recipient gets immediately and which in the digest', () => {
  const digest = { at: '07:00' }
  expect(timing(RECIPIENT, 'overdue')).toBe('at-once')
  expect(timing({ ...RECIPIENT, atOnce: ['urgent'] }, 'overdue')).toBe(undefined)
  expect(timing({ ...RECIPIENT, atOnce: ['urgent'], digest }, 'overdue')).toBe('digest')
  expect(timing({ ...RECIPIENT, digest }, 'urgent')).toBe('digest')
  expect(timing({ ...RECIPIENT, digest: { ...digest, alerts: ['held'] } }, 'urgent')).toBe('at-once')
  expect(timing({ ...RECIPIENT, atOnce: ['urgent'] }, 'missed')).toBe('at-once')
})

test('a digest is due at the local time, even on days on which clocks are set forward or back', () => {
  const berlin = (fromMs: number) =>
    new Date(nextDigest({ at: '02:30', zone: 'Europe/Berlin' }, fromMs)).toISOString()
  expect(berlin(Date.UTC(2026, 0, 1))).toBe('2026-01-01T01:30:00.000Z')
  expect(berlin(Date.UTC(2026, 0, 1, 1, 30))).toBe('2026-01-02T01:30:00.000Z')
  expect(berlin(Date.UTC(2026, 2, 28, 12))).toMatch(/^2026-03-29T0[01]:30/)
  expect(berlin(Date.UTC(2026, 2, 29, 12))).toBe('2026-03-30T00:30:00.000Z')
  expect(berlin(Date.UTC(2026, 9, 25, 12))).toBe('2026-10-26T01:30:00.000Z')
  expect(
    new Date(nextDigest({ at: '00:15', zone: 'Asia/Kathmandu' }, Date.UTC(2026, 0, 1))).toISOString(),
  ).toBe('2026-01-01T18:30:00.000Z')
})

test('every language has a test mail; an unconfirmed translation says so, above the English text', async () => {
  const { smtp, all } = await serverWith()
  const deliver = await openMail(smtp)
  const options = { organisation: 'https://ngo.example', domain: 'ngo.example' }
  for (const language of LANGUAGES)
    await deliver(testMail(language, 0, { ...options, recipient: { ...RECIPIENT, language } }), SIGNAL)
  expect(all.map(subjectOf)).toEqual([
    'REX: Test alert',
    'REX: Alerta de prueba',
    'REX: Alerte d’essai',
    'REX: تنبيه تجريبي',
  ])
  for (const { body } of all) expect(body.match(/This is a test\./g)).toHaveLength(1)
})
