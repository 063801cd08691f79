// While the desk cannot reach its gateway, the severity of the problem depends on whether messages wait (T-146). docs/guide/rex-desk.md, "Status"
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { buildReferral } from '../../testing/referral.ts'
import { type Party, withParties } from './harness/parties.ts'

const mayMount = spawnSync('unshare', ['-m', 'true']).status === 0
let hotline: Party
let ngo: Party

withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
})

const gravity = async () =>
  (await hotline.desk.health()).problems.find(({ code }) => code === 'gateway-unreachable')?.severity

test('T-146 a referral that waits in an unreachable gateway is critical, as if it waited in the desk', async () => {
  await ngo.gateway.drain()
  await hotline.desk.send(buildReferral(), { to: ngo.id })
  await hotline.desk.drain()
  expect(await gravity()).toBeUndefined()
  await hotline.gateway.drain()
  await vi.waitFor(async () => expect(await gravity()).toBe('critical'), { timeout: 60_000 })
})

test.skipIf(!mayMount)(
  'T-079 a full disk is reported when the store is opened, and before a token is used',
  () => {
    const directory = mkdtempSync(join(tmpdir(), 'rex-full-'))
    const script = `
    import { openDatabase } from '${new URL('../../sqlite/database.ts', import.meta.url)}'
    import { checkRoom } from '${new URL('../keys/durable.ts', import.meta.url)}'
    import { rmSync, writeFileSync } from 'node:fs'
    const said = (error) => error.reason
    await checkRoom('.')
    try { writeFileSync('filler', new Uint8Array(1 << 20)) } catch {}
    const seen = [await checkRoom('.').catch(said)]
    try { openDatabase('store.sqlite') } catch (error) { seen.push(said(error)) }
    rmSync('filler')
    await checkRoom('.')
    console.log(seen.join())`
    const line = 'mount -t tmpfs -o size=512k none "$0" && cd "$0" && exec "$1" --input-type=module -e "$2"'
    const ended = spawnSync('unshare', ['-m', 'sh', '-c', line, directory, process.execPath, script])
    rmSync(directory, { recursive: true })
    expect(`${ended.stdout}${ended.stderr}`).toBe('STORE_FULL,STORE_FULL\n')
  },
)
