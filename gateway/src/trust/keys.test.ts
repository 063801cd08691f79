import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  certificateUri,
  checkChain,
  createSigningRequest,
  generateRsaKey,
  keptAt,
  parseCertificate,
  toBase64url,
} from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { createGatewayTime } from '../clock/time.ts'
import { virtualClock } from '../clock/virtual.ts'
import { temporaryDirectory } from '../testing/directory.ts'
import { createKeys, openKeys } from './keys.ts'

const ORGANISATION = 'https://ngo.example'
const DAY = 86_400_000

test('T-071 the certificate renews itself at two thirds of its life, under the same authority', async () => {
  using directory = temporaryDirectory()
  const clock = virtualClock(Date.UTC(2026, 10, 1))
  const options = { organisation: ORGANISATION, directory: directory.path, clock }
  await createKeys(options)
  const keys = await openKeys(options)
  const before = keys.expiresMs()
  await clock.advance(59 * DAY)
  expect(await keys.renewIfDue()).toBeUndefined()
  await clock.advance(2 * DAY)
  expect(await keys.renewIfDue()).toBe('due')
  expect(keys.expiresMs()).toBe(before + 61 * DAY)
  const { certificate, authority } = keys.identity()
  const leaf = checkChain({
    leaf: certificate,
    authority,
    organisation: ORGANISATION,
    usage: 'gateway',
    now: clock.now(),
  })
  expect(leaf.uris).toEqual([certificateUri(ORGANISATION, 'gateway')])
  expect((await openKeys(options)).expiresMs()).toBe(keys.expiresMs())
})

test.each([60, 400])(
  'T-138 a certificate made %i days ahead is valid now, and replaced when others confirm that',
  async (days) => {
    using directory = temporaryDirectory()
    const clock = virtualClock(Date.UTC(2026, 10, 1))
    const time = createGatewayTime(clock, keptAt(0), () => [])
    const options = { organisation: ORGANISATION, directory: directory.path, clock, time }
    clock.leap(days * DAY)
    await createKeys(options)
    clock.leap(-days * DAY)
    const keys = await openKeys(options)
    const check = () => {
      const { certificate, authority } = keys.identity()
      const at = { organisation: ORGANISATION, usage: 'gateway' as const, now: clock.now() }
      return checkChain({ leaf: certificate, authority, ...at }).notAfterMs
    }
    expect(check()).toBe(clock.now() + (90 + days) * DAY)
    expect(await keys.renewIfDue()).toBeUndefined()
    time.greeted('https://hotline.example', clock.now())
    expect(await keys.renewIfDue()).toBe('made-by-a-wrong-clock')
    expect(check()).toBe(clock.now() + 90 * DAY)
  },
)

test('T-138 a certificate made while the clock was behind has not expired when the clock is right again', async () => {
  using directory = temporaryDirectory()
  const clock = virtualClock(Date.UTC(2026, 10, 1))
  const time = createGatewayTime(clock, keptAt(clock.now()), () => [])
  const options = { organisation: ORGANISATION, directory: directory.path, clock, time }
  await createKeys(options)
  const keys = await openKeys(options)
  clock.leap(-400 * DAY)
  const privateKey = await generateRsaKey()
  const uri = certificateUri(ORGANISATION, 'desk')
  const desk = keys.certify(createSigningRequest({ privateKey, uri }), 'desk')
  clock.leap(400 * DAY)
  expect(parseCertificate(desk).notAfterMs).toBe(clock.now() + 90 * DAY)
})

test('T-087 a gateway with a missing key refuses to start; it makes no new key', async () => {
  using directory = temporaryDirectory()
  const options = { organisation: ORGANISATION, directory: directory.path, clock: virtualClock(Date.now()) }
  await createKeys(options)
  rmSync(join(directory.path, 'receipt.key'))
  for (let i = 0; i < 2; i++) {
    await expect(openKeys(options)).rejects.toMatchObject({
      reason: 'CONFIG_INVALID',
      path: expect.stringContaining('receipt.key'),
    })
  }
})

test('T-087 T-142 a gateway with a damaged key file, or the key of another certificate, refuses to start and names the file', async () => {
  using directory = temporaryDirectory()
  const options = { organisation: ORGANISATION, directory: directory.path, clock: virtualClock(Date.now()) }
  await createKeys(options)
  const path = (file: string) => join(directory.path, file)
  const other = readFileSync(path('gateway.key'), 'utf8')
  for (const file of ['authority.key', 'authority.pem', 'gateway.key', 'gateway.pem', 'receipt.key']) {
    const whole = readFileSync(path(file), 'utf8')
    for (const content of ['', whole.slice(0, whole.length / 2), 'not a key', other]) {
      if (content === whole) continue
      writeFileSync(path(file), content)
      await expect(openKeys(options), `${file}: ${content.slice(0, 30)}`).rejects.toMatchObject({
        reason: 'CONFIG_INVALID',
        message: expect.stringContaining(path(file)),
        hint: expect.stringContaining('from a backup'),
      })
    }
    writeFileSync(path(file), whole)
  }
  await openKeys(options)
})

test('T-142 REX-ID-074 a change of the certificate key that was interrupted anywhere is undone or completed at the next start', async () => {
  using directory = temporaryDirectory()
  const options = { organisation: ORGANISATION, directory: directory.path, clock: virtualClock(Date.now()) }
  await createKeys(options)
  const path = (file: string) => join(directory.path, file)
  const files = (dots: string) => [path(`gateway${dots}.key`), path(`gateway${dots}.pem`)] as const
  const before = files('').map((file) => readFileSync(file))
  await (await openKeys(options)).rotateCertificate()
  const after = files('').map((file) => readFileSync(file))
  expect(after).not.toEqual(before)
  // The files after each step: whether the key and the certificate are written, and whether the key has been moved.
  for (const [nextKey, nextPem, moved] of [
    [true, false, false],
    [true, true, false],
    [false, true, true],
  ]) {
    for (const [i, file] of files('').entries())
      writeFileSync(file, (moved && i === 0 ? after : before)[i] as Buffer)
    if (nextKey) writeFileSync(files('.next')[0], after[0] as Buffer, { mode: 0o600 })
    if (nextPem) writeFileSync(files('.next')[1], after[1] as Buffer, { mode: 0o600 })
    await openKeys(options)
    expect(files('').map((file) => readFileSync(file))).toEqual(nextPem ? after : before)
    expect(files('.next').map((file) => existsSync(file))).toEqual([false, false])
  }
})

test('T-142 REX-ID-082 a change of the authority that was interrupted anywhere is undone or completed at the next start', async () => {
  using directory = temporaryDirectory()
  const options = { organisation: ORGANISATION, directory: directory.path, clock: virtualClock(Date.now()) }
  await createKeys(options)
  const path = (file: string) => join(directory.path, file)
  const FILES = ['authority.key', 'authority.pem', 'authority.next.key', 'authority.next.pem', 'gateway.pem']
  /** Returns the contents of the files, or undefined for a missing file. */
  const state = () => FILES.map((file) => (existsSync(path(file)) ? readFileSync(path(file)) : undefined))
  const before = state()
  const keys = await openKeys(options)
  const name = await keys.beginAuthority()
  expect(await keys.beginAuthority()).toBe(name)
  const begun = state()
  expect(await keys.changeAuthority()).toBe(name)
  const after = state()
  await expect(keys.changeAuthority()).rejects.toMatchObject({ reason: 'NOT_FOUND' })
  const [key, pem, nextKey, nextPem, leaf] = begun
  // The files after each step, and the authority in use at the next start.
  for (const [files, inUse] of [
    [[key, pem, nextKey, undefined, leaf], pem],
    [[key, pem, nextKey, nextPem, leaf], pem],
    [[nextKey, pem, undefined, nextPem, leaf], nextPem],
    [[nextKey, nextPem, undefined, undefined, leaf], nextPem],
  ] as const) {
    for (const [i, file] of FILES.entries()) {
      const content = files[i]
      if (content === undefined) rmSync(path(file), { force: true })
      else writeFileSync(path(file), content, { mode: 0o600 })
    }
    const opened = await openKeys(options)
    expect(readFileSync(path('authority.pem'))).toEqual(inUse)
    const { certificate, authority } = opened.identity()
    const at = { organisation: ORGANISATION, usage: 'gateway' as const, now: options.clock.now() }
    expect(checkChain({ leaf: certificate, authority, ...at }).uris).toHaveLength(1)
    expect(opened.nextAuthority() !== undefined).toBe(files[3] !== undefined && inUse === pem)
  }
  expect(before.slice(0, 2)).toEqual([key, pem])
  expect(after.slice(0, 2)).toEqual([nextKey, nextPem])
})

test('T-142 REX-ID-082 a certificate that the new authority could not issue at once is issued later, without a restart', async () => {
  using directory = temporaryDirectory()
  const options = { organisation: ORGANISATION, directory: directory.path, clock: virtualClock(Date.now()) }
  await createKeys(options)
  const keys = await openKeys(options)
  let changes = 0
  keys.onChange(() => void changes++)
  await keys.beginAuthority()
  const obstacle = join(directory.path, 'gateway.pem.new')
  mkdirSync(obstacle)
  await expect(keys.changeAuthority()).rejects.toThrow('EISDIR')
  // Desks with certificates of the new authority are still recognised.
  expect([changes, keys.deskAuthorities().length]).toEqual([1, 2])
  rmdirSync(obstacle)
  expect(await keys.renewIfDue()).toBe('due')
  const { certificate, authority } = keys.identity()
  expect(authority).toEqual(keys.authority().certificate)
  const at = { organisation: ORGANISATION, usage: 'gateway' as const, now: options.clock.now() }
  expect(checkChain({ leaf: certificate, authority, ...at }).uris).toHaveLength(1)
  expect(await keys.renewIfDue()).toBeUndefined()
})

test('REX-ID-074 a receipt key that the statement of the gateway revokes is replaced, even if it is the next one; no other key is', async () => {
  using directory = temporaryDirectory()
  const options = { organisation: ORGANISATION, directory: directory.path, clock: virtualClock(Date.now()) }
  await createKeys(options)
  const { receipts } = await openKeys(options)
  const dated = (key: Uint8Array, reason?: 'superseded') => ({
    jwk: { kty: 'OKP' as const, crv: 'Ed25519' as const, x: toBase64url(key) },
    notBeforeMs: 0,
    expiresMs: Number.MAX_SAFE_INTEGER,
    ...(reason && { revoked: { reason, atMs: 0 } }),
  })
  const first = receipts.used()
  for (const named of [undefined, [], [dated(first)]]) expect(await receipts.published(named)).toBe(false)
  expect(receipts.named()).toEqual(first)
  expect(await receipts.published([dated(first, 'superseded')])).toBe(true)
  const second = receipts.named()
  expect(second).not.toEqual(first)
  expect(receipts.used()).toEqual(first)
  const both = [dated(first, 'superseded'), dated(second, 'superseded')]
  expect(await receipts.published(both)).toBe(true)
  const third = receipts.named()
  expect(await receipts.published(both)).toBe(false)
  expect((await openKeys(options)).receipts.named()).toEqual(third)
  expect(await receipts.published([dated(third), ...both])).toBe(false)
  expect(receipts.used()).toEqual(third)
})
