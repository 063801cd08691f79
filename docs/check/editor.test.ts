// Tests the completions and hovers that an editor shows for the published types, as returned by the compiler's language server.
// docs/guide/desk.md
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** URI of a file that exists only in the editor. */
const URI = pathToFileURL(`${ROOT}examples/unsaved.ts`).href
const SOURCE = `import type { Desk, Item } from '@rex/sdk'
import type { Person, Referral, Strict, Triage } from '@rex/sdk/referral'
export const referral: Partial<Referral> = { triage: { risk: '' } }
export const strict: Strict<Triage> = { services: [''] }
export const of = (person: Person) => [person.dateOfBirth, person.careArrangement]
export const decline = (item: Item) => item.kind === 'event' && item.event.type === 'decline' && item.event.content.code === ''
export const stop = (desk: Desk, id: string) => desk.thread(id).then((thread) => thread.decline({ code: '' }))
`

let server: ChildProcessWithoutNullStreams
const answers = new Map<number, (result: unknown) => void>()
let unread = Buffer.alloc(0)
let last = 0

function send(message: object): void {
  const body = JSON.stringify({ jsonrpc: '2.0', ...message })
  server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

function ask<Result>(method: string, params: object): Promise<Result> {
  return new Promise((resolve) => {
    answers.set(++last, resolve as (result: unknown) => void)
    send({ id: last, method, params })
  })
}

/** Reads complete messages of the language server. Answers its requests as an editor without settings. */
function read(bytes: Buffer): void {
  unread = Buffer.concat([unread, bytes])
  for (;;) {
    const head = /^Content-Length: (\d+).*?\r\n\r\n/s.exec(unread.toString('latin1'))
    if (head === null || unread.length < head[0].length + Number(head[1])) return
    const message = JSON.parse(unread.subarray(head[0].length, head[0].length + Number(head[1])).toString())
    unread = unread.subarray(head[0].length + Number(head[1]))
    if (message.method === undefined) answers.get(message.id)?.(message.result)
    else if (message.id !== undefined)
      send({ id: message.id, result: message.params?.items?.map(() => null) ?? null })
  }
}

beforeAll(async () => {
  server = spawn('node_modules/.bin/tsc', ['--lsp', '--stdio'], { cwd: ROOT })
  server.stdout.on('data', read)
  const textDocument = { completion: {}, hover: { contentFormat: ['markdown'] } }
  await ask('initialize', {
    processId: process.pid,
    rootUri: pathToFileURL(ROOT).href,
    capabilities: { textDocument },
  })
  send({ method: 'initialized', params: {} })
  send({
    method: 'textDocument/didOpen',
    params: { textDocument: { uri: URI, languageId: 'typescript', version: 1, text: SOURCE } },
  })
})
afterAll(() => {
  server.kill()
})

/** Returns the position in the source after the first occurrence of a text. */
function after(text: string): object {
  const before = SOURCE.slice(0, SOURCE.indexOf(text) + text.length)
  const lines = before.split('\n')
  return { textDocument: { uri: URI }, position: { line: lines.length - 1, character: lines.at(-1)?.length } }
}

const completions = async (text: string) => {
  const { items } = await ask<{ items: readonly { label: string }[] }>('textDocument/completion', after(text))
  return items.map(({ label }) => label)
}

test.each([
  ["risk: '", ['high', 'low', 'medium']],
  ["services: ['", ['cash-assistance', 'shelter']],
  ["content.code === '", ['no-capacity', 'out-of-mandate']],
  ["decline({ code: '", ['no-capacity', 'out-of-mandate']],
])('after %s the editor completes the codes of the list', async (text, codes) => {
  expect(await completions(text)).toEqual(expect.arrayContaining(codes))
})

test.each([
  ['person.dateOfBi', /Date of birth, as far as known\..*@example.*20/s],
  ['person.careArr', /careArrangement.*Present care of a child\..*@example/s],
])('the hover text of %s has a meaning and an example', async (text, shown) => {
  const { contents } = await ask<{ contents: { value: string } }>('textDocument/hover', after(text))
  expect(contents.value).toMatch(shown)
})
