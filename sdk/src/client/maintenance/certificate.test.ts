import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseCertificate } from '../../core/pki/certificate.ts'
import { type Authority, issueCertificate } from '../../core/pki/issue.ts'
import { fromPem } from '../../core/pki/pem.ts'
import { createSigningRequest } from '../../core/pki/request.ts'
import type { TestClock } from '../../testing/time/clock.ts'
import { enrol } from '../gateway/enrol.ts'
import { writeKeystore } from '../keys/keystore.ts'
import { type ClockedParty, DAY, HOUR, MINUTE, resting, withClock } from '../tests/harness/clocked.ts'
import { eventOf, example, next, PASSPHRASE, referralOf } from '../tests/harness/parties.ts'

const RENEWED = 'The certificate has been renewed.'
const REPLACED = 'The certificate was made while a clock was ahead; it has been replaced.'
const NOT_RENEWED = 'The certificate could not be renewed.'
const READ = 'The mailbox has been read up to now.'

let clock: TestClock
let hotline: ClockedParty
let ngo: ClockedParty

withClock(['hotline', 'ngo'], (made, given) => {
  ;[hotline, ngo] = made as [ClockedParty, ClockedParty]
  clock = given
})

const certificateOf = async (party: ClockedParty) => parseCertificate((await party.keys()).tls.certificate)

/** Returns only problems of the certificate, because the desk also reports that its gateway is away. */
const certificateProblems = async ({ desk }: ClockedParty) =>
  (await desk.health()).problems.filter(({ code }) => code === 'certificate')

describe('the certificate', () => {
  test('T-071 T-136 is renewed for the same key after two thirds of its life, without disturbing messages in transit', async () => {
    const before = await certificateOf(hotline)
    clock.leap(59 * DAY)
    for (const party of [hotline, ngo]) await party.logged(resting(HOUR), 2)
    const mine = await hotline.desk.send(example('content-verification'), { to: ngo.id })
    clock.leap(2 * DAY)
    await Promise.all([hotline.logged(RENEWED), ngo.logged(RENEWED)])
    const { thread } = await next(ngo.desk, referralOf(mine.id))
    await thread.accept()
    await next(hotline.desk, eventOf(mine.id, 'accept'))
    const after = await certificateOf(hotline)
    expect(after.notAfterMs - before.notAfterMs).toBe(61 * DAY + MINUTE)
    expect(after.keyFingerprint).toBe(before.keyFingerprint)
    clock.leap(30 * DAY)
    await hotline.desk.pair((await ngo.desk.invite()).invite)
    expect((await hotline.desk.health()).certificateExpiresMs).toBe(after.notAfterMs)
    await hotline.logged(READ, 2)
    expect(hotline.log.filter(({ message }) => message === NOT_RENEWED)).toEqual([])
  })

  test('is retried after a failed renewal, soon at first; a week before it expires, a person is told', async () => {
    await hotline.gateway.drain()
    clock.leap(61 * DAY)
    await hotline.logged(NOT_RENEWED)
    for (const minutes of [1, 2, 4, 8]) {
      await hotline.logged(resting(minutes * MINUTE))
      clock.leap(minutes * MINUTE)
    }
    await hotline.logged(NOT_RENEWED, 5)
    expect(await certificateProblems(hotline)).toEqual([])
    await hotline.logged(resting(16 * MINUTE))
    clock.leap(23 * DAY)
    await hotline.logged(NOT_RENEWED, 6)
    const [problem] = await certificateProblems(hotline)
    expect(problem).toMatchObject({
      code: 'certificate',
      severity: 'warning',
      message: expect.stringContaining('could not be renewed'),
    })
    expect(await hotline.logged(problem?.message ?? '')).toMatchObject({ level: 'error' })
    await hotline.startGateway()
    await Promise.all([hotline.logged(READ, 2), hotline.logged(resting(32 * MINUTE))])
    clock.leap(HOUR)
    await hotline.logged(RENEWED)
    expect(await certificateProblems(hotline)).toEqual([])
  })

  test('is renewed even if the desk is closed immediately', async () => {
    const before = await certificateOf(hotline)
    await hotline.desk[Symbol.asyncDispose]()
    clock.leap(61 * DAY)
    hotline.desk = await hotline.open()
    await hotline.desk[Symbol.asyncDispose]()
    expect((await certificateOf(hotline)).notAfterMs).toBeGreaterThan(before.notAfterMs)
    hotline.desk = await hotline.open()
  })
})

describe('a certificate from its gateway', () => {
  test('T-138 is replaced if the clock of the gateway was ahead and others confirm the time, and the log says so', async () => {
    await ngo.desk[Symbol.asyncDispose]()
    const keys = await ngo.keys()
    const { privateKey } = keys.tls
    const uri = `${ngo.id}#desk`
    const signingRequest = createSigningRequest({ privateKey, uri })
    const authority = authorityIn(join(ngo.directory, 'gateway', 'keys'))
    const [now, sinceMs] = [clock.now() + 60 * DAY, parseCertificate(authority.certificate).notBeforeMs]
    const certificate = issueCertificate({ authority, signingRequest, uri, usage: 'desk', now, sinceMs })
    await writeKeystore(ngo.deskDirectory, { ...keys, tls: { ...keys.tls, certificate } }, PASSPHRASE)
    ngo.desk = await ngo.open()
    expect(await ngo.logged(REPLACED)).toMatchObject({ level: 'warn' })
    expect((await certificateOf(ngo)).notAfterMs).toBeLessThan(clock.now() + 91 * DAY)
  })

  test('T-027 is kept if the gateway certifies another key', async () => {
    const { tls, entitySeed } = await hotline.keys()
    const { token } = await hotline.gateway.createToken()
    const { certificate } = (await enrol(token, { purpose: 'again', entitySeed })).tls
    const renewal = { renew: async () => ({ certificate }) }
    await hotline.desk[Symbol.asyncDispose]()
    clock.leap(61 * DAY)
    hotline.desk = await hotline.open({
      linkOf: (link) => Object.create(link, { renewal: { value: renewal } }),
    })
    expect(await hotline.logged(NOT_RENEWED)).toMatchObject({ fields: { reason: 'CERTIFICATE_INVALID' } })
    expect((await certificateOf(hotline)).notAfterMs).toBe(parseCertificate(tls.certificate).notAfterMs)
  })
})

/** Reads the certification authority from the key directory of a gateway. */
function authorityIn(directory: string): Authority {
  const [certificate = '', privateKey = ''] = ['authority.pem', 'authority.key'].map((file) =>
    readFileSync(join(directory, file), 'utf8'),
  )
  return { certificate: fromPem('CERTIFICATE', certificate, 'authority'), privateKey }
}
