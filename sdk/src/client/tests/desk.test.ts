import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { verifyInvite } from '../../core/identity/invite.ts'
import { verifyEvidence } from '../../core/receipt/evidence.ts'
import type { Referral } from '../../core/referral/index.ts'
import type { Desk } from '../api/desk.ts'
import type { Item } from '../api/items.ts'
import type { Thread, ThreadView } from '../api/thread.ts'
import { connect } from '../connect.ts'
import {
  eventOf,
  example,
  next,
  openAgain,
  PASSPHRASE,
  type Party,
  referralOf,
  withParties,
} from './harness/parties.ts'

const logged: string[] = []
let hotline: Party
let ngo: Party
let police: Party

const root = withParties(
  ['hotline', 'ngo', 'police'],
  (made) => {
    ;[hotline, ngo, police] = made as [Party, Party, Party]
  },
  (line) => logged.push(line),
)

const open = (directory: string) => openAgain(directory, (line) => logged.push(line))

/** Sends an example referral, and waits for its arrival. Returns the thread on both sides. */
async function referred(
  name: string,
  to: Party,
  options: object = {},
): Promise<{ mine: Thread; theirs: Thread; item: Item }> {
  const mine = await hotline.desk.send(example(name), { to: to.id, ...options })
  const item = await next(to.desk, referralOf(mine.id))
  return { mine, theirs: item.thread, item }
}

describe('the closed loop', () => {
  test('after refer, accept, disclose and complete, both sides have the same state', async () => {
    const { mine, theirs, item } = await referred('victim-support-grooming', ngo, { ref: 'H-1' })
    expect(item.kind === 'referral' && item.referral.people).toBeUndefined()
    expect(theirs.test).toBe(true)
    await theirs.accept({ reference: 'N-1' })
    const accepted = await next(hotline.desk, eventOf(mine.id, 'accept'))
    expect(accepted.ref).toBe('H-1')
    await mine.disclose()
    await next(ngo.desk, eventOf(mine.id, 'disclose'))
    const current = await theirs.current()
    expect(current.referral.people?.length).toBeGreaterThan(0)
    expect(current.staged).toEqual([])
    await theirs.complete({ outcome: 'service-provided' })
    await next(hotline.desk, eventOf(mine.id, 'complete'))
    const views = await Promise.all([mine.view(), theirs.view()])
    expect(views.map(({ state }) => state)).toEqual(['completed', 'completed'])
    expect(await mine.describe('en')).toContain('REHEARSAL')
  })
})

describe('a referral in parts', () => {
  test('in a split referral, each recipient has its part and each track its state', async () => {
    const to = [
      { organisation: ngo.id, sections: ['triage', 'handling', 'items'], staged: [] },
      { organisation: police.id, sections: ['triage', 'handling', 'items', 'incident'], staged: [] },
    ]
    const mine = await hotline.desk.send(example('content-removal-image-host'), { to })
    const [atNgo, atPolice] = await Promise.all([
      next(ngo.desk, referralOf(mine.id)),
      next(police.desk, referralOf(mine.id)),
    ])
    expect(atNgo.kind === 'referral' && atNgo.referral.incident).toBeUndefined()
    expect(atPolice.kind === 'referral' && atPolice.referral.incident).toBeDefined()
    await atNgo.thread.decline({ code: 'no-capacity', alternative: police.id })
    await next(hotline.desk, eventOf(mine.id, 'decline'))
    expect((await mine.with(ngo.id).view()).state).toBe('declined')
    expect((await mine.with(police.id).view()).state).toBe('requested')
    await expect(mine.view()).rejects.toMatchObject({ reason: 'NOT_FOUND' })
    const types = async (thread: Thread) => (await thread.changes()).events.map(({ type }) => type)
    expect(await types(mine.with(police.id))).toEqual(['refer'])
    expect(await types(mine)).toEqual(['refer', 'decline'])
  })

  test('REX-THR-032 in a referral in parts, a disclose sends the sections staged for its recipient, even after a restart', async () => {
    const to = [
      { organisation: ngo.id, sections: ['triage', 'handling', 'consent'], staged: [] },
      { organisation: police.id, staged: ['people'] },
    ]
    const referral = example('victim-support-grooming')
    const { recipients } = await hotline.desk.preview(referral, { to })
    expect(recipients.map(({ staged }) => staged)).toEqual([[], ['people']])
    const { id } = await hotline.desk.send(referral, { to })
    for (const { desk } of [ngo, police]) await (await next(desk, referralOf(id))).thread.accept()
    const accepted = new Set<string>()
    const acceptOf = eventOf(id, 'accept')
    await next(hotline.desk, (item) => {
      if (acceptOf(item) && item.kind === 'event') accepted.add(item.event.by)
      return accepted.size === 2
    })
    await hotline.desk[Symbol.asyncDispose]()
    hotline.desk = await open(hotline.directory)

    const mine = await hotline.desk.thread(id)
    expect((await mine.with(ngo.id).current()).staged).toEqual([])
    await expect(mine.with(ngo.id).disclose()).rejects.toMatchObject({ reason: 'NOT_FOUND' })
    await mine.with(police.id).disclose()
    await mine.with(ngo.id).disclose({ sections: ['contact'] })
    const given = async (desk: Desk) => {
      const { thread } = await next(desk, eventOf(id, 'disclose'))
      const { people, contact, narrative } = (await thread.current()).referral
      return [people, contact, narrative].map((section) => section !== undefined)
    }
    expect(await given(police.desk)).toEqual([true, false, false])
    expect(await given(ngo.desk)).toEqual([false, true, false])
    await expect(mine.with(police.id).disclose()).rejects.toMatchObject({ reason: 'NOT_FOUND' })
  })

  test('REX-REF-022 triage and handling go to every recipient, whatever sections are chosen', async () => {
    const to = [{ organisation: ngo.id, sections: ['items'], staged: [] }]
    const mine = await hotline.desk.send(example('content-verification'), { to })
    const { referral } = (await next(ngo.desk, referralOf(mine.id))) as Extract<Item, { kind: 'referral' }>
    expect(Object.keys(referral)).toEqual(expect.arrayContaining(['triage', 'handling', 'items']))
  })
})

describe('exchange after the referral', () => {
  test('a question and its answer', async () => {
    const { mine, theirs } = await referred('victim-support-grooming', ngo)
    await theirs.requestInfo({ questions: [{ text: 'Is there a safe time to call?' }] })
    await next(hotline.desk, eventOf(mine.id, 'request-info'))
    const [question] = (await mine.view()).openQuestions
    await mine.provideInfo({ answers: [{ id: question?.id as string, text: 'After school.' }] })
    await next(ngo.desk, eventOf(mine.id, 'provide-info'))
    expect((await theirs.view()).openQuestions).toEqual([])
  })

  test('evidence of the thread verifies with the pinned entity keys alone', async () => {
    const { mine, theirs } = await referred('victim-support-grooming', ngo)
    await theirs.decline({ code: 'out-of-mandate' })
    await next(hotline.desk, eventOf(mine.id, 'decline'))
    const keys = new Map<string, Awaited<ReturnType<typeof verifyInvite>>['configuration']['entityKey']>()
    for (const { desk, id } of [hotline, ngo])
      keys.set(id, (await verifyInvite((await desk.invite()).invite, Date.now())).configuration.entityKey)
    const report = await verifyEvidence(await mine.export(), (organisation) => keys.get(organisation))
    expect(report.messages.map(({ type, sender }) => [type, sender])).toEqual([
      ['REFER', hotline.id],
      ['DECLINE', ngo.id],
    ])
  })
})

describe('refused before anything is stored or sent', () => {
  const threads = async () => (await hotline.desk.threads({ limit: 10_000 })).length
  const refused = async (referral: Referral, to: string, expected: object) => {
    const before = await threads()
    await expect(hotline.desk.send(referral, { to })).rejects.toMatchObject(expected)
    expect(await threads()).toBe(before)
  }

  test('a typo in a field name, with its path', async () => {
    const { triage, ...rest } = example('victim-support-grooming')
    await refused({ ...rest, triagge: triage } as never, ngo.id, { reason: 'INVALID_REFERRAL' })
  })
  test('a lint error, which the preview shows', async () => {
    const { items, ...referral } = example('content-verification')
    const { findings } = await hotline.desk.preview(referral, { to: ngo.id })
    expect(findings).toContainEqual(expect.objectContaining({ severity: 'error' }))
    await refused(referral, ngo.id, { reason: 'INVALID_REFERRAL', metadata: { path: 'items' } })
  })
  test('nothing for a warning: the preview has those of @rex/sdk/referral/warnings, too', async () => {
    const referral = example('victim-support-grooming')
    const [child, ...others] = referral.people ?? []
    const people = [{ ...child, stateless: true, nationalities: ['UA'], deceasedDate: '2999' }, ...others]
    const { findings } = await hotline.desk.preview({ ...referral, people } as Referral, { to: ngo.id })
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'contradiction', path: 'people[0].stateless' }),
    )
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'date-in-future', path: 'people[0].deceasedDate' }),
    )
  })
  test('an organisation that is not paired', () =>
    refused(example('victim-support-grooming'), 'https://stranger.example', {
      reason: 'UNKNOWN_ORGANISATION',
    }))
  test('image bytes in any text', async () => {
    const referral = example('victim-support-grooming')
    const png = `data:image/png;base64,${Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').toString('base64')}`
    await refused({ ...referral, narrative: [{ text: png, language: 'en' }] }, ngo.id, {
      reason: expect.stringMatching(/CONTENT_REFUSED|INVALID_REFERRAL/),
    })
  })
  test('image bytes in the text of an event', async () => {
    const { mine } = await referred('victim-support-grooming', ngo)
    const text = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').toString('base64')
    await expect(mine.withdraw({ code: 'other', text })).rejects.toMatchObject({
      reason: 'CONTENT_REFUSED',
      metadata: { path: 'withdraw.text' },
    })
    expect((await mine.view()).state).toBe('requested')
  })
  test('T-051 disclosure before the acceptance and after a withdrawal', async () => {
    const { mine } = await referred('victim-support-grooming', ngo)
    await expect(mine.disclose()).rejects.toMatchObject({ reason: 'INVALID_EVENT' })
    await mine.withdraw({ code: 'no-longer-needed' })
    await next(ngo.desk, eventOf(mine.id, 'withdraw'))
    await expect(mine.disclose()).rejects.toMatchObject({ reason: 'INVALID_EVENT' })
  })
  test('the refusal of a verb lists the verbs that the state allows', async () => {
    const { theirs } = await referred('victim-support-grooming', ngo)
    await expect(theirs.complete({ outcome: 'service-provided' })).rejects.toMatchObject({
      reason: 'INVALID_EVENT',
      hint: expect.stringContaining('accept'),
    })
  })
})

describe('idempotency', () => {
  test('the same key and content make the same send; other content is KEY_CONFLICT', async () => {
    const referral = example('victim-support-grooming')
    const [first, second] = [
      await hotline.desk.send(referral, { to: ngo.id, key: 'k1' }),
      await hotline.desk.send(referral, { to: ngo.id, key: 'k1' }),
    ]
    expect(second.id).toBe(first.id)
    await expect(
      hotline.desk.send({ ...referral, lane: 'routine' }, { to: police.id, key: 'k1' }),
    ).rejects.toMatchObject({ reason: 'KEY_CONFLICT' })
    await next(ngo.desk, referralOf(first.id))
  })
  test('two concurrent sends with the same key are one send', async () => {
    const send = () => hotline.desk.send(example('content-verification'), { to: ngo.id, key: 'k2' })
    const [first, second] = await Promise.all([send(), send()])
    expect(second.id).toBe(first.id)
  })
})

describe('items', () => {
  test('T-094 an item that fails five times is parked and blocks no other', async () => {
    const mine = await hotline.desk.send(example('victim-support-grooming'), { to: ngo.id })
    let tries = 0
    const stop = new AbortController()
    for await (const item of ngo.desk.receive({ concurrency: 1, signal: stop.signal })) {
      if (item.thread.id !== mine.id) await item.ack()
      else if (++tries < 5) await item.nak(0)
      else {
        await item.nak(0)
        stop.abort()
      }
    }
    expect(tries).toBe(5)
    const other = await referred('content-verification', ngo)
    expect(other.item.kind).toBe('referral')
  })
  test('an item is settled once', async () => {
    const { item } = await referred('content-verification', ngo)
    await expect(item.ack()).rejects.toMatchObject({ reason: 'ALREADY_EXISTS' })
  })
})

describe('a reopened desk', () => {
  test('knows its threads, refuses a wrong passphrase, and is open only once', async () => {
    const { mine } = await referred('victim-support-grooming', ngo, { ref: 'again' })
    await expect(open(hotline.directory)).rejects.toMatchObject({ reason: 'STORE_IN_USE' })
    await hotline.desk[Symbol.asyncDispose]()
    const wrong = connect({ directory: join(hotline.directory, 'desk'), unlock: async () => 'wrong' })
    await expect(wrong).rejects.toMatchObject({ reason: 'UNLOCK_FAILED' })
    hotline.desk = await open(hotline.directory)
    const thread = await hotline.desk.thread(mine.id)
    expect([thread.ref, (await thread.view()).state]).toEqual(['again', 'requested'])
  })
})

test('a desk that closes ends pending calls, and later calls are told that it is closed', async () => {
  const gone = hotline.desk
  await gone.caughtUp()
  const reading = (async () => {
    for await (const item of gone.receive()) await item.ack()
  })()
  await gone[Symbol.asyncDispose]()
  await reading
  await expect(gone.threads()).rejects.toMatchObject({ reason: 'CANCELLED' })
  hotline.desk = await open(hotline.directory)
})

describe('a signal', () => {
  const opened = (signal: AbortSignal, unlock: () => Promise<string> = async () => PASSPHRASE) =>
    connect({ directory: join(hotline.directory, 'desk'), unlock, signal })
  beforeEach(() => hotline.desk[Symbol.asyncDispose]())
  afterEach(async () => {
    hotline.desk = await open(hotline.directory)
  })

  test('closes the desk in order: readers end, and the next one can open it', async () => {
    const stop = new AbortController()
    const desk = await opened(stop.signal)
    const reading = (async () => {
      for await (const item of desk.receive()) await item.ack()
    })()
    stop.abort()
    await reading
    await desk[Symbol.asyncDispose]()
    await expect(desk.threads()).rejects.toMatchObject({ reason: 'CANCELLED' })
  })
  test('ends the attempt to open the desk, during the passphrase prompt and later', async () => {
    const stop = new AbortController()
    const asked = opened(stop.signal, () => new Promise(() => {}))
    stop.abort()
    await expect(asked).rejects.toMatchObject({ reason: 'CANCELLED' })
    const late = new AbortController()
    const unlocked = opened(late.signal, async () => {
      setImmediate(() => late.abort())
      return PASSPHRASE
    })
    await expect(unlocked).rejects.toMatchObject({ reason: 'CANCELLED' })
  })
})

test('deliveries end as received', async () => {
  const { mine } = await referred('content-verification', ngo)
  const states = async (): Promise<ThreadView['delivery'][number]['state'][]> =>
    (await mine.view()).delivery.map(({ state }) => state)
  await expect.poll(states).toEqual(['received'])
})

test('T-121 no word of a referral is unencrypted on any disk or in any log', async () => {
  const canary = `canary-${randomBytes(8).toString('hex')}`
  const referral = {
    ...example('victim-support-grooming'),
    narrative: [{ text: `The child says ${canary}.`, language: 'en' }],
  }
  const mine = await hotline.desk.send(referral, { to: ngo.id, ref: `ref-${canary}` })
  const { thread } = await next(ngo.desk, referralOf(mine.id))
  await thread.accept({ text: `accepted ${canary}` })
  await next(hotline.desk, eventOf(mine.id, 'accept'))
  await mine.disclose()
  await next(ngo.desk, eventOf(mine.id, 'disclose'))
  expect((await thread.current()).referral.narrative?.[0]?.text).toContain(canary)
  const hits = filesBelow(root).filter((path) => readFileSync(path).includes(canary))
  expect(hits).toEqual([])
  expect(logged.filter((line) => line.includes(canary))).toEqual([])
})

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
}
