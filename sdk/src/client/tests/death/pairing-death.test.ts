// A desk crashes after its gateway has learned that a pairing begins or ends, and completes this change when reopened (T-142,
// REX-MBX-080).
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDesk } from '../../desk.ts'
import { type MailboxLink, openLink } from '../../gateway/link.ts'
import { openKeystore } from '../../keys/keystore.ts'
import { openSqliteDeskStore, STORE_FILE } from '../../store/sqlite.ts'
import {
  example,
  next,
  openAgain,
  PASSPHRASE,
  type Party,
  startAgain,
  withParties,
} from '../harness/parties.ts'

let hotline: Party
let ngo: Party

withParties(['hotline', 'ngo'], (made) => {
  ;[hotline, ngo] = made as [Party, Party]
})

const peersOf = async () => (await hotline.desk.peers()).map(({ organisation }) => organisation)

/** Ends the hotline's desk during a call, once its gateway has executed the call: the answer never arrives. */
async function dies(verb: 'putPeer' | 'deletePeer', work: (desk: Party['desk']) => Promise<unknown>) {
  await hotline.desk[Symbol.asyncDispose]()
  const directory = join(hotline.directory, 'desk')
  const keys = await openKeystore(directory, PASSPHRASE)
  const link = openLink(keys)
  const reached = Promise.withResolvers<void>()
  const silent = async (...call: never[]) => {
    await (link.directory[verb] as (...call: never[]) => Promise<unknown>)(...call)
    reached.resolve()
    return new Promise<never>(() => {})
  }
  const mortal = { ...link, directory: { ...link.directory, [verb]: silent } } as MailboxLink
  const desk = await openDesk({ keys, store: openSqliteDeskStore(join(directory, STORE_FILE)), link: mortal })
  work(desk).catch(() => {})
  await reached.promise
  await desk[Symbol.asyncDispose]()
  hotline.desk = await openAgain(hotline.directory)
}

test('T-142 REX-MBX-080 after a crash while a pairing ends, it ends here too, with all waiting mail', async () => {
  await ngo.gateway.drain()
  const mine = await hotline.desk.send(example('content-verification'), { to: ngo.id })
  await hotline.desk.drain()
  await dies('deletePeer', (desk) => desk.unpair(ngo.id))
  await expect.poll(peersOf).not.toContain(ngo.id)
  await next(hotline.desk, (item) => item.kind === 'failure' && item.thread.id === mine.id)
  await startAgain(ngo)
})

test('T-142 after a crash while a pairing begins, it begins here too, once', async () => {
  const { invite } = await ngo.desk.invite()
  await dies('putPeer', (desk) => desk.pair(invite))
  await expect.poll(peersOf).toContain(ngo.id)
  const mine = await hotline.desk.send(example('content-verification'), { to: ngo.id })
  await next(ngo.desk, (item) => item.kind === 'referral' && item.thread.id === mine.id)
})
