// Runs one organisation's desk as a separate process: performs the demo's calls, and sends every inbox item to the demo.
import { connect, fileUnlock, type Item, type Thread } from '@rex/sdk'
import type { Answer, Ask, Call, ThreadData } from './wire.ts'

const [directory, passphraseFile] = process.argv.slice(2) as [string, string]
const stop = new AbortController()
for (const end of ['SIGINT', 'SIGTERM', 'disconnect']) process.once(end, () => stop.abort())

const desk = await connect({
  directory,
  unlock: fileUnlock(passphraseFile),
  log: (entry) => console.error(JSON.stringify({ time: new Date().toISOString(), ...entry })),
})
const noted = new Map<string, () => void>()

process.on('message', (ask: Ask) => {
  if ('ack' in ask) noted.get(ask.ack)?.()
  else void carryOut(ask.call, ask.what)
})
tell({ ready: true })

for await (const item of desk.receive({ concurrency: 16, signal: stop.signal })) void handOver(item)
await desk[Symbol.asyncDispose]()
if (process.connected) process.disconnect()

/** Sends an item to the demo, and acknowledges the item after the demo has recorded it. */
async function handOver(item: Item): Promise<void> {
  // Acknowledge without action, because the demo keeps nothing that it would have to erase.
  if (item.kind === 'erased') return item.ack()
  const { ack, nak, park, thread, ...data } = item
  const taken = new Promise<void>((resolve) => noted.set(item.id, resolve))
  tell({ item: { ...data, thread: dataOf(thread) } })
  await taken
  await item.ack()
  tell({ acknowledged: item.id })
}

async function carryOut(call: number, { thread, verb, args }: Call): Promise<void> {
  try {
    const target: object = thread === undefined ? desk : await handleOf(thread)
    const result = await Reflect.get(target, verb).apply(target, args)
    if (isThread(result)) tell({ call, thread: dataOf(result) })
    else if (Array.isArray(result) && result.every(isThread)) tell({ call, threads: result.map(dataOf) })
    else tell({ call, result })
  } catch (error) {
    tell({ call, error: error instanceof Error ? error.message : String(error) })
  }
}

async function handleOf(thread: NonNullable<Call['thread']>): Promise<Thread> {
  const handle = await desk.thread(thread.id)
  return thread.with === undefined ? handle : handle.with(thread.with)
}

function isThread(value: unknown): value is Thread {
  return typeof value === 'object' && value !== null && 'counterparts' in value
}

function dataOf({ id, ref, test, role, counterparts }: Thread): ThreadData {
  return { id, ...(ref !== undefined && { ref }), test, role, counterparts }
}

function tell(answer: Answer): void {
  process.send?.(answer)
}
