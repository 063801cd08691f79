import { describe, expect, test } from 'vitest'
import { epochAt, epochDecapsulator, publicEpochs } from '../../core/identity/epoch.ts'
import { kid } from '../../core/jose/key.ts'
import { parseCertificate } from '../../core/pki/certificate.ts'
import type { TestClock } from '../../testing/time/clock.ts'
import type { DeskHealth } from '../api/desk.ts'
import { type ClockedParty, DAY, HOUR, withClock } from '../tests/harness/clocked.ts'
import { example, next, referralOf } from '../tests/harness/parties.ts'

const READ = 'The mailbox has been read up to now.'

const certificateOf = async (party: ClockedParty) => parseCertificate((await party.keys()).tls.certificate)

let clock: TestClock
let hotline: ClockedParty
let ngo: ClockedParty

withClock(['hotline', 'ngo'], (made, given) => {
  ;[hotline, ngo] = made as [ClockedParty, ClockedParty]
  clock = given
})

/** Opens the desk, waits until its mailbox has been read, and closes the desk. */
async function readUpToNow(party: ClockedParty, aheadMs = 0): Promise<DeskHealth> {
  const desk = await party.open({ aheadMs })
  await desk.caughtUp()
  const health = await desk.health()
  await desk[Symbol.asyncDispose]()
  return health
}

/** Sends a message of the hotline, waits until it is stored at the NGO, and returns its thread. */
async function sendAndStore(): Promise<string> {
  const mine = await hotline.desk.send(example('content-verification'), { to: ngo.id })
  // If the NGO's desk is open, the message may already be received.
  await expect.poll(async () => (await mine.view()).delivery[0]?.state).toMatch(/^(stored|received)$/)
  return mine.id
}

/** Confirms the time at the NGO, because the hotline's message states the current time. */
const confirmTime = sendAndStore

const epochOf = async (party: ClockedParty) => (await party.keys()).epochs.epoch

describe('epoch keys', () => {
  test('T-105 are destroyed when their time is over and the mailbox has been read since', async () => {
    const { epochs } = await ngo.keys()
    const [first] = await publicEpochs(epochs, epochs.epoch, 1)
    const dueMs = (epochs.epoch + 1) * 7 * DAY + 16 * DAY
    clock.leap(dueMs - HOUR - clock.now())
    await ngo.reopen()
    await ngo.logged(READ)
    await ngo.desk[Symbol.asyncDispose]()
    expect(await epochOf(ngo)).toBe(epochs.epoch)
    clock.leap(HOUR)
    await readUpToNow(ngo)
    expect(await epochOf(ngo)).toBe(epochs.epoch)
    await confirmTime()
    await readUpToNow(ngo)
    const left = await ngo.keys()
    expect(left.epochs.epoch).toBe(epochs.epoch + 1)
    const opener = await epochDecapsulator(left.epochs, epochs.epoch + 20)
    for (const key of [first?.x25519, first?.hpke]) {
      const opening = opener.open(kid(key as never), undefined as never)
      await expect(opening).rejects.toMatchObject({ reason: 'KEY_EXPIRED' })
    }
    ngo.desk = await ngo.open()
    expect(await ngo.desk.health()).toMatchObject({
      keysSinceMs: left.epochs.epoch * 7 * DAY,
      keysWait: false,
    })
  })

  test('T-137 survive an unconfirmed clock that was weeks ahead, and waiting mail is opened', async () => {
    const before = await epochOf(ngo)
    await ngo.desk[Symbol.asyncDispose]()
    const certificate = await certificateOf(ngo)
    for (const ahead of [60 * DAY, 400 * DAY, -400 * DAY]) {
      const mine = await sendAndStore()
      const { problems } = await readUpToNow(ngo, ahead)
      expect(problems.map(({ code }) => code)).toContain('clock')
      expect(await epochOf(ngo)).toBe(before)
      ngo.desk = await ngo.open()
      await next(ngo.desk, referralOf(mine))
      await ngo.desk[Symbol.asyncDispose]()
    }
    expect((await certificateOf(ngo)).notAfterMs).toBe(certificate.notAfterMs)
    ngo.desk = await ngo.open()
  })
})

describe('epoch keys and mail that waits for them', () => {
  test('T-137 keys published while the clock of the desk was ahead open mail sealed to them', async () => {
    const { epochs } = await ngo.keys()
    const opener = await epochDecapsulator(epochs, epochs.epoch + 13)
    const opening = async (weeks: number) => {
      const [keys] = await publicEpochs(epochs, epochs.epoch + weeks, 1)
      return opener.open(kid(keys?.x25519 as never), undefined as never)
    }
    await expect(opening(70)).rejects.toThrow(TypeError)
    await expect(opening(73)).rejects.toMatchObject({ reason: 'KEY_EXPIRED' })
  })

  test('keys are kept while the mailbox is unread, so that mail that waited for weeks is opened', async () => {
    const before = await epochOf(ngo)
    await ngo.desk[Symbol.asyncDispose]()
    const mine = await hotline.desk.send(example('content-verification'), { to: ngo.id })
    await hotline.desk.drain()
    await expect.poll(async () => (await mine.view()).delivery[0]?.state).toBe('stored')
    await ngo.gateway.drain()
    clock.leap(40 * DAY)
    ngo.desk = await ngo.open()
    await ngo.logged('The statement could not be published.')
    expect(await epochOf(ngo)).toBe(before)
    await ngo.startGateway()
    await next(ngo.desk, referralOf(mine.id))
    // If a single partner confirms a leap of 40 days, the NGO accepts it only after a week (REX-ID-071).
    clock.leap(7 * DAY)
    await next(ngo.desk, referralOf(await confirmTime()))
    await ngo.reopen()
    await expect.poll(() => epochOf(ngo), { timeout: 60_000 }).toBe(epochAt(clock.now() - 16 * DAY))
  })

  test('keys are destroyed after 180 days even if the mailbox is unread, with an alarm', async () => {
    await ngo.gateway.drain()
    clock.leap(190 * DAY)
    const message =
      'This desk did not read its mailbox for 180 days, and cannot read older messages. Their senders must send them again; their desks report this to them.'
    expect(await ngo.logged(message)).toMatchObject({ level: 'error', fields: { problem: 'keys-destroyed' } })
    expect(await epochOf(ngo)).toBe(epochAt(clock.now() - 180 * DAY))
  })
})
