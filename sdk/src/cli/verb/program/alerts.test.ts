// Tests of alerts, webhooks and changes as commands, with a real desk, gateway, service and mail server. docs/guide/alerts.md
import { mkdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { PASSPHRASE, type Party, withParties } from '../../../client/tests/harness/parties.ts'
import { configure, mailServer, subjectOf } from '../../../service/alerts/fixture.ts'
import { firstLine, runDesk, startDesk } from '../../../testing/harness/commands.ts'
import { urgentReferral } from '../../../testing/harness/fixture.ts'

let ngo: Party
let hotline: Party
const root = withParties(['ngo', 'hotline'], async (made) => {
  ;[ngo, hotline] = made as [Party, Party]
  await ngo.desk[Symbol.asyncDispose]()
  writeFileSync(join(root, 'passphrase'), PASSPHRASE, { mode: 0o600 })
})
const desk = () => join(ngo.directory, 'desk')
const used = () => ['--dir', desk(), '--json']

/** Starts the service, and ends it after the test, even if the test fails. */
async function serving() {
  const service = startDesk(['serve', ...used(), '--passphrase-file', join(root, 'passphrase')])
  onTestFinished(() => void service.child.kill('SIGKILL'))
  await firstLine(service.child)
  return service
}

const json = ({ stdout }: { readonly stdout: string }) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

/** Asks the service whether it is ready. Returns HTTP status and body. */
async function ready() {
  const answer = Promise.withResolvers<[number | undefined, string]>()
  request({ socketPath: join(desk(), 'service.sock'), path: '/v1/ready' }, (response) => {
    text(response).then((body) => answer.resolve([response.statusCode, body]), answer.reject)
  })
    .on('error', answer.reject)
    .end()
  return await answer.promise
}

test('an urgent referral is mailed to the people on call; commands test mail, list changes and show failures', async () => {
  const certificates = join(root, 'mail')
  mkdirSync(certificates)
  let refuses = false
  const mail = await mailServer(certificates, {
    onRcptTo: (_to, _session, done) =>
      done(refuses ? Object.assign(new Error('No'), { responseCode: 550 }) : null),
  })
  onTestFinished(() => mail.close())
  configure(desk(), mail.smtp, { name: 'on-call', atOnce: ['urgent'] })
  const tested = await runDesk(['alerts', 'test', 'on-call', ...used()])
  expect(json(tested)).toEqual([{ name: 'on-call', accepted: true, answer: expect.stringMatching(/^250 /) }])
  const service = await serving()
  expect((await runDesk(['alerts', 'test', ...used()])).code).toBe(0)
  const sent = await hotline.desk.send(urgentReferral(), { to: ngo.id, ref: 'Maria 4711' })
  await mail.until(() => mail.all.length === 3)
  expect(mail.all.map(subjectOf)).toEqual([
    'REX: Test alert',
    'REX: Test alert',
    'REX: An urgent referral arrived',
  ])
  expect(mail.all[2]?.body).toContain(sent.id.slice(0, 8))
  expect(mail.all[2]?.raw).not.toMatch(/Maria|4711|hotline/)
  const changes = json(await runDesk(['changes', ...used()]))
  expect(changes).toContainEqual(expect.objectContaining({ kind: 'message', thread: sent.id, mine: false }))
  const { cursor } = changes.at(-1)
  expect((await runDesk(['changes', '--after', cursor, ...used()])).stdout).toBe('')
  refuses = true
  const again = await hotline.desk.send(urgentReferral(), { to: ngo.id })
  const dead = async () => json(await runDesk(['alerts', ...used()]))[0]?.dead
  await expect.poll(dead, { interval: 200 }).toBe(1)
  const given = json(await runDesk(['alerts', 'dead', 'on-call', ...used()]))
  expect(given).toMatchObject([{ alert: 'urgent', thread: again.id, failure: 'recipient', attempts: 1 }])
  const { problems } = json(await runDesk(['status', ...used()]))[0]
  const problem = {
    code: 'alerts-failing',
    severity: 'critical',
    message: expect.stringContaining('permanently refuses the recipient'),
  }
  expect(problems).toContainEqual(problem)
  // The service still reports that it is ready, because no supervisor should restart it. Its answer contains the problem.
  const [status, body] = await ready()
  expect([status, JSON.parse(body)]).toEqual([200, { problems: [problem] }])
  refuses = false
  service.child.kill('SIGTERM')
  await service.ended
  const unserved = await runDesk(['status', ...used(), '--passphrase-file', join(root, 'passphrase')])
  expect(json(unserved)[0].problems).toContainEqual({
    code: 'alerts-failing',
    severity: 'critical',
    message: expect.stringContaining('No service runs, so nobody gets alerts or webhooks'),
  })
  expect(unserved.code).toBe(2)
  expect(json(await runDesk(['alerts', 'resend', 'on-call', ...used()]))).toEqual([
    { name: 'on-call', count: 1 },
  ])
  await serving()
  await mail.until(() => mail.all.length === 4)
  expect(mail.all[3]?.body).toContain(again.id.slice(0, 8))
  await expect.poll(ready, { interval: 200 }).toEqual([204, ''])
  expect(await runDesk(['alerts', 'dead', 'nobody', ...used()])).toMatchObject({ code: 1 })
})

test('changes --follow prints each change once, in order, while others use the service, until it is interrupted', async () => {
  const service = await serving()
  const before = await hotline.desk.send(urgentReferral(), { to: ngo.id })
  const changes = async () => (await runDesk(['changes', ...used()])).stdout
  await expect.poll(changes).toContain(before.id)
  const [last] = json({ stdout: await changes() }).slice(-1)
  const following = startDesk(['changes', '--follow', '--after', last.cursor, ...used()])
  onTestFinished(() => void following.child.kill('SIGKILL'))
  const lines = createInterface({ input: following.child.stdout })[Symbol.asyncIterator]()
  const next = async () => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error((await following.ended).stderr)
    return JSON.parse(value)
  }
  const followed: { cursor: string; kind: string; thread?: string }[] = []
  for (let n = 0; n < 3; n++) {
    const sent = await hotline.desk.send(urgentReferral(), { to: ngo.id })
    do followed.push(await next())
    while (!followed.some(({ kind, thread }) => kind === 'message' && thread === sent.id))
  }
  following.child.kill('SIGINT')
  expect(await following.ended).toMatchObject({ code: 130, stderr: '' })
  const since = json(await runDesk(['changes', '--after', last.cursor, ...used()]))
  expect(followed).toEqual(since.slice(0, followed.length))
  service.child.kill('SIGTERM')
  await service.ended
})

test('a webhook gets a new secret in addition to the old one, which is removed later', async () => {
  const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
  const hook = { name: 'cases', url: 'https://cases.ngo.example/rex', secrets: [secret] }
  writeFileSync(join(desk(), 'webhooks.json'), JSON.stringify({ webhooks: [hook] }), { mode: 0o600 })
  expect(json(await runDesk(['webhooks', ...used()]))).toEqual([
    { name: 'cases', origin: 'https://cases.ngo.example', waiting: 0, dead: 0 },
  ])
  const [first] = json(await runDesk(['webhooks', 'rotate', 'cases', ...used()]))
  expect(first.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  expect(await runDesk(['webhooks', 'rotate', 'cases', ...used()])).toMatchObject({ code: 1 })
  const [last] = json(await runDesk(['webhooks', 'rotate', 'cases', '--finish', ...used()]))
  expect(last).toEqual({ name: 'cases', secret: first.secret, finished: true })
  expect(await runDesk(['webhooks', 'rotate', ...used()])).toMatchObject({ code: 2 })
})
