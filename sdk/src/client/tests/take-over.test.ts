// T-147 REX-MBX-084: a program must state which desk it displaces before it takes over a mailbox. docs/guide/desk.md, "Errors"
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { Desk } from '../api/desk.ts'
import { connect } from '../connect.ts'
import { restoreDesk } from '../recovery/restore.ts'
import { PASSPHRASE, type Party, withParties } from './harness/parties.ts'

let hotline: Party
const root = withParties(['hotline', 'ngo'], (made) => {
  ;[hotline] = made as [Party]
})
const successor = join(root, 'successor')

const open = (directory: string, takeOver?: unknown): Promise<Desk> =>
  connect({ directory, unlock: async () => PASSPHRASE, ...(takeOver !== undefined && { takeOver }) } as never)

/** Returns the error of a desk that does not get the mailbox. */
async function refused(directory: string, takeOver?: unknown) {
  await using desk = await open(directory, takeOver)
  return await desk.caughtUp().then(
    () => undefined,
    (error: { reason: string; metadata: Record<string, string> }) => error,
  )
}

test('T-147 REX-MBX-084 takeOver names the desk that is shut out; with any other name, the mailbox is not taken', async () => {
  await hotline.desk[Symbol.asyncDispose]()
  const displaced = join(hotline.directory, 'desk')
  await cp(displaced, successor, { recursive: true })
  await restoreDesk({ directory: successor, passphrase: PASSPHRASE })
  hotline.desk = await open(successor)
  await hotline.desk.caughtUp()

  for (const wrong of [true, false, '', 'abcd', 'NONE', '0123456789ABCDEF', 'x'.repeat(16), 12_345_678])
    await expect(open(displaced, wrong)).rejects.toMatchObject({
      reason: 'CONFIG_INVALID',
      path: 'takeOver',
      message: expect.stringContaining('LEASE_LOST'),
    })

  const first = await refused(displaced)
  const { credential = '' } = first?.metadata ?? {}
  expect(first).toMatchObject({ reason: 'LEASE_LOST', metadata: { since: expect.stringMatching(/^\d+$/) } })
  expect(await hotline.desk.health()).toMatchObject({ credential: expect.stringMatching(`^${credential}`) })
  for (const other of ['0123456789abcdef', 'none'])
    expect(await refused(displaced, other)).toMatchObject({ reason: 'LEASE_LOST', metadata: { credential } })
  await hotline.desk.drain()

  await using desk = await open(displaced, credential)
  await desk.caughtUp()
  await vi.waitFor(
    async () => {
      const { problems } = await hotline.desk.health()
      expect(problems).toContainEqual(expect.objectContaining({ code: 'mailbox-lost' }))
    },
    { timeout: 60_000 },
  )
})
