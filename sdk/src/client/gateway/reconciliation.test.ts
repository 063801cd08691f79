// After it is opened, a desk signs nothing until its gateway has answered. docs/spec/mailbox.md, REX-MBX-091
import { expect, test } from 'vitest'
import { RexError } from '../../core/error.ts'
import { localSigner } from '../../core/jose/jose.ts'
import { readAnswer } from '../../transport/network/refusal.ts'
import { Reconciliation } from './reconciliation.ts'

const signer = localSigner(new Uint8Array(32).fill(7))

/** Makes the call to the gateway fail with `error`, then tries to sign. Returns the error of the attempt to sign. */
async function refused(error: RexError | undefined): Promise<unknown> {
  const reconciliation = new Reconciliation(false)
  reconciliation.by(() => Promise.reject(error))
  return reconciliation
    .before(signer)
    .sign(new Uint8Array(1))
    .then(() => undefined, RexError.from)
}

test('T-083 T-138 REX-MBX-091 a desk that its gateway cannot admit for now can try again', async () => {
  const away = await refused(new RexError('UNAVAILABLE', 'Nobody answers.'))
  expect(away).toMatchObject({ reason: 'UNAVAILABLE', hint: expect.stringContaining('gateway runs') })
  const clock = await refused(readAnswer('certificate'))
  expect(clock).toMatchObject({
    reason: 'UNAVAILABLE',
    retryable: true,
    message: expect.stringMatching(/does not accept the certificate.* signs nothing/),
    hint: expect.stringContaining('clock'),
  })
})

test('REX-MBX-106 a desk that was revoked is not told to try again', async () => {
  expect(await refused(readAnswer('revoked'))).toMatchObject({ reason: 'UNAUTHENTICATED', retryable: false })
  const lost = new RexError('LEASE_LOST', 'Another desk has the mailbox.')
  expect(await refused(lost)).toMatchObject({ reason: 'LEASE_LOST' })
})

test('T-083 REX-MBX-091 a desk whose gateway has answered since it was opened signs even while the gateway is away', async () => {
  const reconciliation = new Reconciliation(false)
  reconciliation.by(() => Promise.reject(new RexError('UNAVAILABLE', 'Nobody answers.')))
  reconciliation.answered()
  expect(reconciliation.waits()).toBe(false)
  expect(await reconciliation.before(signer).sign(new Uint8Array(1))).toHaveLength(64)
})
