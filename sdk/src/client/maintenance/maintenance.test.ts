import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Config, type Gateway, initGateway, startGateway } from '@rex/gateway'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { epochAt, epochDecapsulator, publicEpochs } from '../../core/identity/epoch.ts'
import { kid } from '../../core/jose/key.ts'
import { parseCertificate } from '../../core/pki/certificate.ts'
import { type Authority, issueCertificate } from '../../core/pki/issue.ts'
import { fromPem } from '../../core/pki/pem.ts'
import { createSigningRequest } from '../../core/pki/request.ts'
import type { Desk, DeskHealth, DeskLogEntry } from '../api/desk.ts'
import { systemClock } from '../clock/clock.ts'
import { openDesk } from '../desk.ts'
import { enrol } from '../gateway/enrol.ts'
import { type MailboxLink, openLink } from '../gateway/link.ts'
import { initDesk } from '../init.ts'
import { openKeystore, writeKeystore } from '../keys/keystore.ts'
import { writeRotatingKeys } from '../keys/rotating-keys.ts'
import { openSqliteDeskStore } from '../store/sqlite.ts'
import { eventOf, example, next, PASSPHRASE, referralOf } from '../tests/harness/parties.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const RENEWED = 'The certificate is renewed.'
const REPLACED = 'The certificate was made by a clock that was ahead; it is replaced.'
const NOT_RENEWED = 'The certificate could not be renewed.'
const DESTROYED = 'Old encryption keys are destroyed.'
const READ = 'The mailbox is read up to now.'

/** A clock that jumps. Timers due in between run once. */
function leapingClock(start: number) {
  let now = start
  const timers = new Set<{ readonly at: number; readonly run: () => void }>()
  return {
    now: () => now,
    steady: () => now,
    after(ms: number, run: () => void) {
      const timer = { at: now + ms, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    leap(ms: number) {
      now += ms
      for (const timer of timers) {
        if (timer.at > now) continue
        timers.delete(timer)
        timer.run()
      }
    },
  }
}

/**
 * An organisation whose gateway and desk use the test's clock. Lease and reconnection use a real network, and
 * therefore the system's clock.
 */
interface Organisation {
  readonly id: string
  readonly directory: string
  /** Keeps the bound addresses, so that a restarted gateway can be found. */
  readonly config: Config
  gateway: Gateway
  desk: Desk
  readonly log: DeskLogEntry[]
  /** Resolves when the desk has logged `message` for the `count`th time since it was opened. */
  told(message: string, count?: number): Promise<DeskLogEntry>
}

let root: string
let clock: ReturnType<typeof leapingClock>
let hotline: Organisation
let ngo: Organisation

// TLS uses the system's clock, and certificates are valid for 90 days, so the test begins 87 days ago.
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'rex-maintenance-'))
  clock = leapingClock(Date.now() - 87 * DAY)
  ;[hotline, ngo] = await Promise.all([found('hotline'), found('ngo')])
  await hotline.desk.pair((await ngo.desk.invite()).invite)
  await ngo.desk.pair((await hotline.desk.invite()).invite)
  clock.leap(MINUTE)
})

afterEach(async () => {
  for (const { desk } of [hotline, ngo]) await desk[Symbol.asyncDispose]()
  for (const { gateway } of [hotline, ngo]) await gateway.drain()
  rmSync(root, { recursive: true, force: true })
})

async function found(name: string): Promise<Organisation> {
  const id = `https://${name}.example`
  const directory = join(root, name, 'desk')
  const place = { directory: join(root, name, 'gateway'), organisation: id, listen: '127.0.0.1:0' }
  const { config } = await initGateway({ ...place, clock })
  const gateway = await startGateway(config, { clock })
  const { token } = await gateway.createToken()
  await initDesk({ directory, token, name: `${name} (test)`, passphrase: PASSPHRASE })
  const keys = await openKeystore(directory, PASSPHRASE)
  const founded = { messageKeyMs: clock.now(), epochs: { ...keys.epochs, epoch: epochAt(clock.now()) } }
  await writeKeystore(directory, { ...keys, ...founded }, PASSPHRASE)
  const log: DeskLogEntry[] = []
  const desk = await opened({ directory, log })
  const bound = { ...config, listen: gateway.address, enrolListen: gateway.enrolAddress }
  return { id, directory, config: bound, gateway, desk, log, told: teller(log) }
}

const listeners = new Set<() => void>()

function teller(log: DeskLogEntry[]): Organisation['told'] {
  return (message, count = 1) =>
    new Promise((resolve) => {
      const look = () => {
        const entry = log.filter((candidate) => candidate.message === message)[count - 1]
        if (entry === undefined) return
        listeners.delete(look)
        resolve(entry)
      }
      listeners.add(look)
      look()
    })
}

async function opened(
  { directory, log }: Pick<Organisation, 'directory' | 'log'>,
  linkOf: (link: MailboxLink) => MailboxLink = (link) => link,
  aheadMs = 0,
): Promise<Desk> {
  log.length = 0
  const note = (entry: DeskLogEntry) => {
    log.push(entry)
    for (const look of listeners) look()
  }
  const keys = await openKeystore(directory, PASSPHRASE)
  return openDesk({
    keys,
    keep: (current) => writeRotatingKeys(directory, current, keys.archiveKey),
    store: openSqliteDeskStore(join(directory, 'desk.db')),
    link: linkOf(openLink(keys)),
    clock: {
      now: () => clock.now() + aheadMs,
      steady: clock.steady,
      after(ms, run) {
        if (ms < MINUTE) return systemClock.after(ms, run)
        note({ level: 'info', message: resting(ms), fields: {} })
        return clock.after(ms, run)
      },
    },
    log: note,
  })
}

const resting = (ms: number) => `Upkeep rests for ${ms / MINUTE} min.`

async function reopen(party: Organisation): Promise<void> {
  await party.desk[Symbol.asyncDispose]()
  party.desk = await opened(party)
}

const certificateOf = async ({ directory }: Organisation) =>
  parseCertificate((await openKeystore(directory, PASSPHRASE)).tls.certificate)
const epochOf = async ({ directory }: Organisation) =>
  (await openKeystore(directory, PASSPHRASE)).epochs.epoch

/** Problems of the certificate only: the desk also reports that its gateway is away. */
const certificateProblems = async ({ desk }: { readonly desk: Desk }) =>
  (await desk.health()).problems.filter(({ code }) => code === 'certificate')

describe('the certificate', () => {
  test('T-071 T-136 renews itself for the same key at two thirds of its life; what is on its way is not disturbed', async () => {
    const before = await certificateOf(hotline)
    clock.leap(59 * DAY)
    for (const party of [hotline, ngo]) await party.told(resting(HOUR), 2)
    const mine = await hotline.desk.send(example('content-verification'), { to: ngo.id })
    clock.leap(2 * DAY)
    await Promise.all([hotline.told(RENEWED), ngo.told(RENEWED)])
    const { thread } = await next(ngo.desk, referralOf(mine.id))
    await thread.accept()
    await next(hotline.desk, eventOf(mine.id, 'accept'))
    const after = await certificateOf(hotline)
    expect(after.notAfterMs - before.notAfterMs).toBe(61 * DAY + MINUTE)
    expect(after.keyFingerprint).toBe(before.keyFingerprint)
    clock.leap(30 * DAY)
    await hotline.desk.pair((await ngo.desk.invite()).invite)
    expect((await hotline.desk.health()).certificateExpiresMs).toBe(after.notAfterMs)
    await hotline.told(READ, 2)
    expect(hotline.log.filter(({ message }) => message === NOT_RENEWED)).toEqual([])
  })

  test('is tried again, sooner at first; a week before its end a person is told', async () => {
    await hotline.gateway.drain()
    clock.leap(61 * DAY)
    await hotline.told(NOT_RENEWED)
    for (const minutes of [1, 2, 4, 8]) {
      await hotline.told(resting(minutes * MINUTE))
      clock.leap(minutes * MINUTE)
    }
    await hotline.told(NOT_RENEWED, 5)
    expect(await certificateProblems(hotline)).toEqual([])
    await hotline.told(resting(16 * MINUTE))
    clock.leap(23 * DAY)
    await hotline.told(NOT_RENEWED, 6)
    const [problem] = await certificateProblems(hotline)
    expect(problem).toMatchObject({
      code: 'certificate',
      severity: 'warning',
      message: expect.stringContaining('could not be renewed'),
    })
    expect(await hotline.told(problem?.message ?? '')).toMatchObject({ level: 'error' })
    hotline.gateway = await startGateway(hotline.config, { clock })
    await Promise.all([hotline.told(READ, 2), hotline.told(resting(32 * MINUTE))])
    clock.leap(HOUR)
    await hotline.told(RENEWED)
    expect(await certificateProblems(hotline)).toEqual([])
  })

  test('is renewed even by a desk that is closed at once', async () => {
    const before = await certificateOf(hotline)
    await hotline.desk[Symbol.asyncDispose]()
    clock.leap(61 * DAY)
    hotline.desk = await opened(hotline)
    await hotline.desk[Symbol.asyncDispose]()
    expect((await certificateOf(hotline)).notAfterMs).toBeGreaterThan(before.notAfterMs)
    hotline.desk = await opened(hotline)
  })

  test('T-138 made by a gateway whose clock was ahead is replaced, since others confirm the time, and that is told', async () => {
    await ngo.desk[Symbol.asyncDispose]()
    const keys = await openKeystore(ngo.directory, PASSPHRASE)
    const { privateKey } = keys.tls
    const uri = `${ngo.id}#desk`
    const signingRequest = createSigningRequest({ privateKey, uri })
    const authority = authorityIn(join(root, 'ngo', 'gateway', 'keys'))
    const [now, sinceMs] = [clock.now() + 60 * DAY, parseCertificate(authority.certificate).notBeforeMs]
    const certificate = issueCertificate({ authority, signingRequest, uri, usage: 'desk', now, sinceMs })
    await writeKeystore(ngo.directory, { ...keys, tls: { ...keys.tls, certificate } }, PASSPHRASE)
    ngo.desk = await opened(ngo)
    expect(await ngo.told(REPLACED)).toMatchObject({ level: 'warn' })
    expect((await certificateOf(ngo)).notAfterMs).toBeLessThan(clock.now() + 91 * DAY)
  })

  test('T-027 stays as it is if the gateway certifies another key', async () => {
    const { tls, entitySeed } = await openKeystore(hotline.directory, PASSPHRASE)
    const { token } = await hotline.gateway.createToken()
    const { certificate } = (await enrol(token, { purpose: 'again', entitySeed })).tls
    const renewal = { renew: async () => ({ certificate }) }
    await hotline.desk[Symbol.asyncDispose]()
    clock.leap(61 * DAY)
    hotline.desk = await opened(hotline, (link) => Object.create(link, { renewal: { value: renewal } }))
    expect(await hotline.told(NOT_RENEWED)).toMatchObject({ fields: { reason: 'CERTIFICATE_INVALID' } })
    expect((await certificateOf(hotline)).notAfterMs).toBe(parseCertificate(tls.certificate).notAfterMs)
  })
})

/** The certification authority in the key directory of a gateway. */
function authorityIn(directory: string): Authority {
  const [certificate = '', privateKey = ''] = ['authority.pem', 'authority.key'].map((file) =>
    readFileSync(join(directory, file), 'utf8'),
  )
  return { certificate: fromPem('CERTIFICATE', certificate, 'authority'), privateKey }
}

/** Opens the desk until its mailbox has been read, and closes it. */
async function readUpToNow(party: Organisation, aheadMs = 0): Promise<DeskHealth> {
  const desk = await opened(party, undefined, aheadMs)
  await desk.caughtUp()
  const health = await desk.health()
  await desk[Symbol.asyncDispose]()
  return health
}

/** The hotline sends a message, which is stored at the NGO. Returns its thread. */
async function sendAndStore(): Promise<string> {
  const mine = await hotline.desk.send(example('content-verification'), { to: ngo.id })
  await expect.poll(async () => (await mine.view()).delivery[0]?.state, { timeout: 10_000 }).toBe('stored')
  return mine.id
}

/** Messages that the hotline sends now confirm the time at the NGO. */
const confirmTime = sendAndStore

describe('epoch keys', () => {
  test('T-105 are destroyed when their time is over and the mailbox was read since', async () => {
    const { epochs } = await openKeystore(ngo.directory, PASSPHRASE)
    const [first] = await publicEpochs(epochs, epochs.epoch, 1)
    const dueMs = (epochs.epoch + 1) * 7 * DAY + 16 * DAY
    clock.leap(dueMs - HOUR - clock.now())
    await reopen(ngo)
    await ngo.told(READ)
    await ngo.desk[Symbol.asyncDispose]()
    expect(await epochOf(ngo)).toBe(epochs.epoch)
    clock.leap(HOUR)
    await readUpToNow(ngo)
    expect(await epochOf(ngo)).toBe(epochs.epoch)
    await confirmTime()
    await readUpToNow(ngo)
    const left = await openKeystore(ngo.directory, PASSPHRASE)
    expect(left.epochs.epoch).toBe(epochs.epoch + 1)
    const opener = await epochDecapsulator(left.epochs, epochs.epoch + 20)
    for (const key of [first?.x25519, first?.hpke]) {
      const opening = opener.open(kid(key as never), undefined as never)
      await expect(opening).rejects.toMatchObject({ reason: 'KEY_EXPIRED' })
    }
    ngo.desk = await opened(ngo)
    expect(await ngo.desk.health()).toMatchObject({
      keysSinceMs: left.epochs.epoch * 7 * DAY,
      keysWait: false,
    })
  })

  test('T-137 survive a clock that was weeks ahead once: nobody confirmed it; what waited is opened', async () => {
    const before = await epochOf(ngo)
    await ngo.desk[Symbol.asyncDispose]()
    const certificate = await certificateOf(ngo)
    for (const ahead of [60 * DAY, 400 * DAY, -400 * DAY]) {
      const mine = await sendAndStore()
      const { problems } = await readUpToNow(ngo, ahead)
      expect(problems.map(({ code }) => code)).toContain('clock')
      expect(await epochOf(ngo)).toBe(before)
      ngo.desk = await opened(ngo)
      await next(ngo.desk, referralOf(mine))
      await ngo.desk[Symbol.asyncDispose]()
    }
    expect((await certificateOf(ngo)).notAfterMs).toBe(certificate.notAfterMs)
    ngo.desk = await opened(ngo)
  })

  test('T-137 that a desk published while its clock was ahead open what was sealed to them', async () => {
    const { epochs } = await openKeystore(ngo.directory, PASSPHRASE)
    const opener = await epochDecapsulator(epochs, epochs.epoch + 13)
    const opening = async (weeks: number) => {
      const [keys] = await publicEpochs(epochs, epochs.epoch + weeks, 1)
      return opener.open(kid(keys?.x25519 as never), undefined as never)
    }
    await expect(opening(70)).rejects.toThrow(TypeError)
    await expect(opening(73)).rejects.toMatchObject({ reason: 'KEY_EXPIRED' })
  })

  test('stay while the mailbox is not read: what waited for weeks is opened first', async () => {
    const before = await epochOf(ngo)
    await ngo.desk[Symbol.asyncDispose]()
    const mine = await hotline.desk.send(example('content-verification'), { to: ngo.id })
    await hotline.desk.drain()
    await expect.poll(async () => (await mine.view()).delivery[0]?.state, { timeout: 10_000 }).toBe('stored')
    await ngo.gateway.drain()
    clock.leap(40 * DAY)
    ngo.desk = await opened(ngo)
    await ngo.told('The statement could not be published.')
    expect(await epochOf(ngo)).toBe(before)
    ngo.gateway = await startGateway(ngo.config, { clock })
    await next(ngo.desk, referralOf(mine.id))
    await ngo.told(DESTROYED)
    expect(await epochOf(ngo)).toBe(epochAt(clock.now() - 16 * DAY))
  })

  test('are destroyed after 180 days even so, with an alarm', async () => {
    await ngo.gateway.drain()
    clock.leap(190 * DAY)
    const message =
      'The mailbox was not read for 180 days. Older messages must be sent again; their senders are told.'
    expect(await ngo.told(message)).toMatchObject({ level: 'error', fields: { problem: 'keys-destroyed' } })
    expect(await epochOf(ngo)).toBe(epochAt(clock.now() - 180 * DAY))
  })
})

test('T-137 the confirmed time is kept every hour, also by a desk that nobody reaches: what waits there ends in time', async () => {
  await ngo.gateway.drain()
  const kept = async () => {
    await ngo.desk[Symbol.asyncDispose]()
    await using store = openSqliteDeskStore(join(ngo.directory, 'desk.db'))
    return store.read.trustedTime()
  }
  await reopen(ngo)
  await ngo.told(resting(MINUTE))
  clock.leap(20 * DAY)
  await ngo.told(resting(2 * MINUTE))
  expect(await kept()).toBeGreaterThan(clock.now() - DAY)
})

test('statements follow each other by themselves: a peer needs no new invite', async () => {
  const expires = async () => (await hotline.desk.peers())[0]?.expiresMs ?? 0
  const before = await expires()
  clock.leap(50 * DAY)
  await reopen(ngo)
  await ngo.told(READ)
  await reopen(hotline)
  await expect.poll(expires, { timeout: 10_000 }).toBeGreaterThanOrEqual(before + 49 * DAY)
})
