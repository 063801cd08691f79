import { describe, expect, test } from 'vitest'
import { signInvite } from '../../core/identity/invite.ts'
import { openGateway } from '../../testing/gateway/gateway.ts'
import { openWire } from '../../testing/gateway/wire.ts'
import { type TestParty, testParty } from '../../testing/parties/party.ts'
import { createActivity } from '../../testing/time/activity.ts'
import { virtualClock } from '../../testing/time/clock.ts'
import { openSqliteDeskStore } from '../store/sqlite.ts'
import { Peers } from './peers.ts'

const NOW = Date.UTC(2026, 10, 23, 12)

/** Makes a hotline with these suites. Its statement is dated `later` milliseconds from now. */
const hotline = (suites: readonly string[], later = 0): Promise<TestParty> =>
  testParty('hotline', {
    now: NOW,
    change: (draft) => ({
      ...draft,
      issuedMs: NOW + later,
      party: { ...draft.party, suites: suites as typeof draft.party.suites },
    }),
  })
const inviteOf = ({ entity, configuration }: TestParty) =>
  signInvite(configuration.jwt, { signer: entity, now: NOW, expiresMs: NOW + 1000 })

/** Pairs an NGO with a hotline whose gateway can publish other statements. `fetched` runs between the gateway's answer and its use. */
async function paired(suites: readonly string[], fetched: () => Promise<unknown> = async () => {}) {
  const clock = virtualClock(NOW, async () => {})
  const activity = createActivity()
  const wire = openWire({ clock, activity, nextFault: () => undefined })
  const [link, theirs] = ['ngo', 'hotline'].map((name) => openGateway({ name, clock, activity, wire })) as [
    ReturnType<typeof openGateway>,
    ReturnType<typeof openGateway>,
  ]
  const store = openSqliteDeskStore(':memory:', { durable: false })
  const resolve: typeof link.directory.resolve = async (request, options) => {
    const answer = await link.directory.resolve(request, options)
    await fetched()
    return answer
  }
  const slow = { directory: { ...link.directory, resolve } }
  const peers = new Peers({ store, link: slow, time: { date: () => NOW, witness() {}, atLeast: () => 0 } })
  const first = await hotline(suites)
  await peers.pair(await inviteOf(first))
  const publish = ({ configuration: { jwt } }: TestParty) =>
    theirs.directory.publish({ entityConfiguration: jwt })
  const id = first.organisation
  const kept = () => store.read.peers().map(({ configuration }) => configuration)
  return { peers, publish, id, first, kept, store }
}

describe('T-019 an organisation that offers weaker suites than before', () => {
  test('in a newer statement: refused, and the pin stays', async () => {
    const { peers, publish, id, first, kept } = await paired(['REX-2', 'REX-1'])
    await publish(await hotline(['REX-1'], 2000))
    await expect(peers.refresh(id)).rejects.toMatchObject({ reason: 'SUITE_UNAVAILABLE' })
    expect(kept()).toEqual([first.configuration.jwt])
    expect(peers.get(id).party.suites).toEqual(['REX-2', 'REX-1'])
  })
  test('in a newer invite: refused until a person has ended the pairing', async () => {
    const { peers, id, store } = await paired(['REX-2', 'REX-1'])
    const invite = await inviteOf(await hotline(['REX-1'], 2000))
    await expect(peers.pair(invite)).rejects.toMatchObject({ reason: 'SUITE_UNAVAILABLE' })
    await peers.unpair(id, (also) => store.commit(also))
    expect((await peers.pair(invite)).suites).toEqual(['REX-1'])
  })
  test('an offer that is no weaker is accepted, and T-018 an unknown suite is ignored', async () => {
    const { peers, publish, id } = await paired(['REX-1'])
    await publish(await hotline(['REX-3', 'REX-2', 'REX-1'], 2000))
    await peers.refresh(id)
    expect(peers.get(id).party.suites).toEqual(['REX-2', 'REX-1'])
    await publish(await hotline(['REX-2'], 3000))
    await peers.refresh(id)
    expect(peers.get(id).party.suites).toEqual(['REX-2'])
  })
})

test('T-032 an old invite does not roll back a statement', async () => {
  const { peers, publish, id, first, kept } = await paired(['REX-1'])
  const newer = await hotline(['REX-2', 'REX-1'], 2000)
  await publish(newer)
  await peers.refresh(id)
  expect((await peers.pair(await inviteOf(first))).suites).toEqual(['REX-2', 'REX-1'])
  expect(kept()).toEqual([newer.configuration.jwt])
})

test('T-032 REX-ID-043 a statement that arrives after a pairing has ended does not restore the pairing', async () => {
  const { peers, publish, id, kept, store } = await paired(['REX-1'], () =>
    peers.unpair(id, (also) => store.commit(also)),
  )
  await publish(await hotline(['REX-1'], 2000))
  await expect(peers.refresh(id)).rejects.toMatchObject({ reason: 'UNKNOWN_ORGANISATION' })
  expect([peers.ids(), kept(), store.read.pairings()]).toEqual([[], [], []])
})
