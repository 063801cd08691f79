// A referral of many items through two real gateways, closed in batches; and a referral that is too large, as a group. `npm run bench -- --only
// volume` has the largest referral. docs/guide/rex-desk.md, "Many items"
import { once } from 'node:events'
import { watch } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Ended,
  type Running,
  rexDesk,
  runDesk,
  startDesk,
  startGateway,
} from '../../../testing/harness/commands.ts'
import { manyItems } from '../../../testing/referral.ts'

const HOTLINE = 'https://hotline.example'
const NGO = 'https://ngo.example'
const gateways: Running[] = []
let directory: string
const at = (name: string) => join(directory, name)
const options = (desk: string) => ['--dir', at(desk), '--passphrase-file', at('passphrase')]
const deskOf = (name: string) => (parameters: readonly string[], input?: string) =>
  runDesk([...parameters, ...options(name)], input === undefined ? {} : { input })
const hotline = deskOf('hotline')
const ngo = deskOf('ngo')

function json({ stdout, stderr, code }: Ended) {
  expect({ code, stderr }).toMatchObject({ code: 0 })
  return JSON.parse(stdout)
}

/** Passes the next item of a desk to a program that saves it. */
async function nextItem(desk: string) {
  const { stdout } = await rexDesk([
    ...['receive', '--once', '--json', '--exec', `cat > ${at('item.json')}`],
    ...options(desk),
  ])
  expect(JSON.parse(stdout)).toMatchObject({ settled: 'ack' })
  return JSON.parse(await readFile(at('item.json'), 'utf8'))
}

/** Writes a file with outcomes of the items that are numbered from `from` to `to`. */
async function batch(name: string, from: number, to: number, code = 'removed'): Promise<string[]> {
  const lines = Array.from({ length: to - from + 1 }, (_, i) =>
    JSON.stringify({ item: `url-${from + i}`, code }),
  )
  await writeFile(at(name), lines.join('\n'))
  return ['--code', 'content-removed', '--outcomes', at(name), '--json']
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rex-volume-test-'))
  await writeFile(at('passphrase'), 'correct horse battery staple\n', { mode: 0o600 })
  const [atHotline, atNgo] = await Promise.all([
    startGateway(at('hotline-gateway'), HOTLINE),
    startGateway(at('ngo-gateway'), NGO),
  ])
  gateways.push(atHotline, atNgo)
  const init = (desk: string, token: string) =>
    rexDesk(['init', '--name', desk, '--kit-page', at(`${desk}.html`), ...options(desk)], { input: token })
  await Promise.all([init('hotline', atHotline.token), init('ngo', atNgo.token)])
  await hotline(['invite', '--out', at('hotline.rexinvite')])
  await ngo(['invite', '--out', at('ngo.rexinvite')])
  await hotline(['pair', at('ngo.rexinvite'), '--yes'])
  await ngo(['pair', at('hotline.rexinvite'), '--yes'])
})

afterAll(async () => {
  for (const { child } of gateways) child.kill('SIGKILL')
  await Promise.all(gateways.map(({ ended }) => ended))
  await rm(directory, { recursive: true })
})

test('REX-REF-111 REX-THR-077 many items are sent, received and closed in batches, one of them interrupted', async () => {
  const referral = manyItems(1000)
  await writeFile(at('night.json'), JSON.stringify(referral, undefined, 2))
  json(await hotline(['send', at('night.json'), '--to', NGO, '--ref', 'H-1', '--yes', '--json']))
  const received = await nextItem('ngo')
  expect(received.referral.items).toEqual(referral.items)
  const { id } = received.thread
  json(await ngo(['accept', id, '--json']))

  const strange = await ngo(['progress', id, ...(await batch('strange', 999, 1001))])
  expect(strange).toMatchObject({ code: 1, stderr: expect.stringContaining('itemOutcomes[2].item') })
  await writeFile(at('twice'), '{"item":"url-1","code":"removed"}\n{"item":"url-1","code":"moved"}\n')
  const twice = await ngo(['progress', id, '--code', 'content-removed', '--outcomes', at('twice')])
  expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining('itemOutcomes[0]') })

  const first = json(await ngo(['progress', id, ...(await batch('one', 1, 400)), '--key', 'one']))
  expect(Object.keys(first.itemOutcomes)).toHaveLength(400)
  const second = ['progress', id, ...(await batch('two', 401, 800)), '--key', 'two']
  const changed = watch(at('ngo'))
  const killed = startDesk([...second, ...options('ngo')])
  await once(changed, 'change')
  killed.child.kill('SIGKILL')
  await killed.ended
  changed.close()
  expect(Object.keys(json(await ngo(second)).itemOutcomes)).toHaveLength(800)
  json(await ngo(['progress', id, ...(await batch('again', 1, 10, 'not-found'))]))
  const end = ['complete', id, ...(await batch('three', 801, 990))]
  const ended = json(await ngo(end))
  expect(ended).toMatchObject({ state: 'completed', itemOutcomes: { 'url-1': { code: 'not-found' } } })

  for (const type of ['accept', 'progress', 'progress', 'progress', 'complete'])
    expect(await nextItem('hotline')).toMatchObject({ event: { type } })
  const { stdout } = await hotline(['show', 'H-1'])
  expect(stdout).toContain('items      980 removed, 10 not found')
  expect(stdout).toContain('10 of 1000 items have no outcome yet')
  expect(stdout).toContain('400 removed')
  expect(stdout.split('\n').length).toBeLessThan(400)
})

test('REX-REF-112 a larger referral is split, and sent as a group or not at all', async () => {
  const { items } = manyItems(520, { urlLength: 4096 })
  await writeFile(at('large.json'), JSON.stringify({ ...manyItems(1), items }))
  const refused = await hotline(['send', at('large.json'), '--to', NGO, '--yes'])
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('rex-desk split') })

  const { parts } = json(await hotline(['split', at('large.json'), '--json']))
  expect(parts.map((part: { items: number }) => part.items)).toEqual([260, 260])
  const [one, two] = parts.map(({ file }: { file: string }) => file)
  const again = await hotline(['split', at('large.json')])
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('already a file') })
  expect((await readdir(directory)).filter((name) => name.startsWith('large'))).toHaveLength(3)

  const send = (...files: string[]) =>
    hotline(['send', ...files, '--group', '--to', NGO, '--key', 'night', '--yes', '--json'])
  for (const files of [[one], [two, one]])
    expect(await send(...files)).toMatchObject({ code: 1, stderr: expect.stringContaining('another part') })
  expect(json(await send(one, two)).group).toHaveLength(2)
  expect(json(await send(one, two)).group).toHaveLength(2)
  const received = [await nextItem('ngo'), await nextItem('ngo')]
  expect(received.map(({ referral }) => [referral.group.index, referral.group.size])).toEqual([
    [1, 2],
    [2, 2],
  ])
  expect(received.flatMap(({ referral }) => referral.items)).toEqual(items)
})
