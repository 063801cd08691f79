// Every member of every operation refuses values of wrong types. docs/guide/service.md
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestNetwork, testNetwork } from '../../testing/network.ts'
import { buildReferral } from '../../testing/referral.ts'
import { OPERATIONS, type Operation } from '../operations/index.ts'
import { type Service, serve } from './serve.ts'

let network: TestNetwork<'ngo' | 'hotline'>
let directory: string
let service: Service

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rex-input-'))
  network = await testNetwork(['ngo', 'hotline'])
  service = await serve({ desk: network.desks.ngo, directory, log: () => {} })
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

async function post(path: string, body: object) {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number
    problem: { readonly path?: string }
  }>()
  const headers = { 'Content-Type': 'application/json', 'Rex-Actor': 'maria', 'Idempotency-Key': 'k' }
  request({ socketPath: service.socket, method: 'POST', path, headers }, async (answer) =>
    resolve({ status: answer.statusCode ?? 0, problem: (await json(answer)) as object }),
  )
    .on('error', reject)
    .end(JSON.stringify(body))
  return promise
}

/** Values that no member of any operation takes. */
const WRONG = [null, { strange: 1 }, [[null]], 1.5, 'x'.repeat(70_000)]
/** Valid values of required members. Without these members, the desk would not check the others. */
const COMPLETE: Readonly<Record<string, unknown>> = {
  referral: buildReferral(),
  siblings: [{}, {}],
  shared: buildReferral(),
  to: 'https://hotline.example',
}

/** Whether a path is in one of these members of the body. Paths in a referral begin at the referral. */
const isIn = (members: readonly string[], path: string) =>
  members.includes('referral') || members.includes(/^\w*/.exec(path)?.[0] ?? '')

test('T-152 a member of a wrong type is refused with its path, whatever the operation', async () => {
  const { id } = await network.desks.hotline.send(buildReferral(), { to: 'https://ngo.example' })
  await network.settle()
  const accepted: string[] = []
  for (const [name, { method, path, input }] of Object.entries<Operation>(OPERATIONS)) {
    // Skip `wasSent`, which accepts an invalid referral: its answer is that the referral was not sent.
    if (method === 'GET' || name === 'wasSent') continue
    const at = `/v1${path.replace(':thread', id).replaceAll(/:\w+/g, '0'.repeat(32))}`
    const complete = Object.fromEntries(Object.entries(COMPLETE).filter(([member]) => member in input.fields))
    // If another required member is absent, the refusal may name that member.
    const required = Object.keys(input.fields).filter((member) => input.fields[member]?.required)
    for (const member of Object.keys(input.fields))
      for (const value of WRONG) {
        const { status, problem } = await post(at, { ...complete, [member]: value })
        const refused = [member, ...required.filter((other) => !(other in complete))]
        // Accept 404: a text may be a valid name of something that does not exist.
        if (status !== 404 && (![400, 409].includes(status) || !isIn(refused, problem.path ?? '')))
          accepted.push(
            `${name}.${member} ${JSON.stringify(value).slice(0, 20)} ${status} ${JSON.stringify(problem).slice(0, 300)}`,
          )
      }
  }
  expect(accepted).toEqual([])
})
