// Tests of a service whose disk is full: nothing is half done, and work continues once there is space. docs/guide/service.md, "Audit log"
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { testNetwork } from '../../testing/network.ts'
import { buildReferral } from '../../testing/referral.ts'
import { verifyAudit } from '../audit/index.ts'
import { connect, serve } from '../index.ts'

const directory = mkdtempSync(join(tmpdir(), 'rex-full-'))
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', directory]).status === 0
afterAll(() => {
  if (mounted) execFileSync('umount', ['-l', directory])
  rmSync(directory, { recursive: true, force: true })
})

/** Fills the disk to the last byte. */
function fill(): void {
  const filler = openSync(join(directory, 'filler'), 'w')
  expect(() => {
    for (;;) writeSync(filler, Buffer.alloc(4096))
  }).toThrow('ENOSPC')
  closeSync(filler)
}

/** Returns the status of /v1/ready. */
const ready = (socketPath: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    request({ socketPath, path: '/v1/ready' }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })

test.skipIf(!mounted)(
  'T-078 while the disk is full, the service is not ready, and a send is refused and leaves no trace; then it works',
  async () => {
    await using network = await testNetwork(['hotline', 'ngo'])
    await using service = await serve({ desk: network.desks.ngo, directory, log: () => {} })
    await using used = await connect({ socket: service.socket })
    const send = (n: number) =>
      used.send(buildReferral(), { to: 'https://hotline.example', key: `case-${n}` })
    expect(await ready(service.socket)).toBe(204)
    fill()
    expect(await ready(service.socket)).toBe(507)
    // The last page of the audit log may still have space for some records.
    let sent = 0
    const refused = async () => {
      for (; sent < 100; sent++) await send(sent)
    }
    await expect(refused()).rejects.toMatchObject({ reason: 'STORE_FULL', retryable: true })
    expect(await network.desks.ngo.threads()).toHaveLength(sent)
    rmSync(join(directory, 'filler'))
    expect(await ready(service.socket)).toBe(204)
    const { id } = await send(sent)
    expect((await send(sent)).id).toBe(id)
    expect(await network.desks.ngo.threads()).toHaveLength(sent + 1)
    expect((await verifyAudit(directory)).faults).toEqual([])
  },
)
