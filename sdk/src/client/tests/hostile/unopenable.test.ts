// A desk reports to its gateway which envelopes it could not open. Tested with real gateways and a sender whose envelopes nobody can open.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Settle } from '@rex/proto/mailbox/v1/mailbox'
import { expect, test } from 'vitest'
import { OpenFailure } from '../../../core/envelope/open.ts'
import type { SealedDelivery, SealedMessage } from '../../../core/envelope/seal.ts'
import { type ErrorReason, RexError } from '../../../core/error.ts'
import { type EpochKeys, epochAt, publicEpochs, recipientKeys } from '../../../core/identity/epoch.ts'
import { kid } from '../../../core/jose/key.ts'
import type { RecipientKeys } from '../../../core/jose/suite.ts'
import { isSendersFault } from '../../clock/interruption.ts'
import { openDesk } from '../../desk.ts'
import { type MailboxLink, openLink } from '../../gateway/link.ts'
import { openKeystore } from '../../keys/keystore.ts'
import { openSqliteDeskStore, STORE_FILE } from '../../store/sqlite.ts'
import { forge } from '../harness/forger.ts'
import { PASSPHRASE, type Party, withParties } from '../harness/parties.ts'

let flood: Party
let ngo: Party
withParties(['flood', 'ngo'], ([first, second]) => {
  flood = first as Party
  ngo = second as Party
})

/** Replaces the encrypted part of the grant by random bytes. The grant stays well-formed, and still names an existing key. */
function spoilt(message: SealedMessage): SealedMessage {
  const [delivery] = message.deliveries as [SealedDelivery]
  const grant = { ...delivery.grant, ciphertext: randomBytes(delivery.grant.ciphertext.length) }
  return { ...message, deliveries: [{ ...delivery, grant }] }
}

/** Returns keys of an epoch that no desk of this test made. */
async function foreignKeys(): Promise<RecipientKeys> {
  const epoch = epochAt(Date.now())
  const [keys] = await publicEpochs({ epoch, seed: randomBytes(32) }, epoch, 1)
  return recipientKeys(keys as EpochKeys, ['REX-1', 'REX-2'])
}

/** Wraps a link to report the desk's settlements. */
function watched(link: MailboxLink, settled: (settle: Settle) => void): MailboxLink {
  const receive: typeof link.mailbox.receive = (requests, options) =>
    link.mailbox.receive(
      (async function* () {
        for await (const request of requests) {
          if (request.content?.$case === 'settle') settled(request.content.value)
          yield request
        }
      })(),
      options,
    )
  return { ...link, mailbox: { ...link.mailbox, receive } }
}

test('T-130 REX-MBX-061 the desk reports envelopes that cannot be opened or use a key that never existed, but not those of a destroyed key', async () => {
  await using forger = await forge(flood, ngo.id)
  await ngo.desk[Symbol.asyncDispose]()
  const directory = join(ngo.directory, 'desk')
  const keys = await openKeystore(directory, PASSPHRASE)
  const all = Promise.withResolvers<void>()
  const settled = { acknowledged: 0, unopenable: 0 }
  const [gone, never] = [await foreignKeys(), await foreignKeys()]
  const destroyed = [kid(gone.x25519), kid(gone.hpke)]
  const link = watched(openLink(keys), ({ acknowledged, unopenable }) => {
    settled.acknowledged += acknowledged.length
    settled.unopenable += unopenable.length
    if (settled.acknowledged + settled.unopenable === 6) all.resolve()
  })
  ngo.desk = await openDesk({
    keys: { ...keys, destroyed },
    store: openSqliteDeskStore(join(directory, STORE_FILE)),
    link,
  })
  const refer = () => forger.sealRefer()
  const [good, ...bad] = [await refer(), await refer(), await refer(), await refer()]
  const forKeys = [await forger.again(await refer(), never), await forger.again(await refer(), gone)]
  forger.submit(good, ...bad.map(spoilt), ...forKeys)
  await all.promise
  expect(settled).toEqual({ acknowledged: 2, unopenable: 4 })
})

test('REX-MBX-061 no sender is blamed for a destroyed key or a failure of this desk', () => {
  const caused = (reason: ErrorReason) =>
    new RexError('UNOPENABLE', 'It cannot be opened.', {
      cause: new OpenFailure('signature', new RexError(reason, 'Why.')),
    })
  expect(isSendersFault(caused('MALFORMED'))).toBe(true)
  for (const error of [new RexError('KEY_EXPIRED', 'Gone.'), caused('STORE_FAILED'), caused('STORE_FULL')])
    expect(isSendersFault(error)).toBe(false)
})
