// One organisation's desk as a process of its own: carries out what its parent asks, and hands it every inbox item.
import { connect, type Desk, fileUnlock, type Item, type Thread } from '@rex/sdk'
import type { Answer, Ask, ItemNotice } from './wire.ts'

const [directory, passphraseFile] = process.argv.slice(2) as [string, string]
const desk = await connect({
  directory,
  unlock: fileUnlock(passphraseFile),
  log: (entry) => console.error(JSON.stringify({ time: new Date().toISOString(), ...entry })),
})
const settled = new Map<string, () => void>()
const stop = new AbortController()

process.on('message', (ask: Ask) => {
  if (ask.call === 'ack') settled.get(ask.id)?.()
  else void carryOut(ask)
})
process.on('SIGTERM', () => stop.abort())
tell({ ready: desk.organisation })

for await (const item of desk.receive({ concurrency: 16, signal: stop.signal })) void handOver(item)
await desk[Symbol.asyncDispose]()
process.disconnect()

/** Hands an item to the parent and acknowledges it when the parent has taken note. */
async function handOver(item: Item): Promise<void> {
  const noted = new Promise<void>((resolve) => settled.set(item.id, resolve))
  tell({ item: notice(item) })
  await noted
  await item.ack()
  tell({ settled: item.id })
}

async function carryOut(ask: Exclude<Ask, { call: 'ack' }>): Promise<void> {
  try {
    const result = ask.call === 'desk' ? await onDesk(desk, ask.verb, ask.args) : await onThread(ask)
    tell({ answer: ask.sequence, result })
  } catch (error) {
    tell({ answer: ask.sequence, error: error instanceof Error ? error.message : String(error) })
  }
}

async function onDesk(target: Desk, verb: string, args: readonly unknown[]): Promise<unknown> {
  const method = target[verb as keyof Desk] as (...args: readonly unknown[]) => Promise<unknown>
  const result = await method.apply(target, [...args])
  return isThread(result) ? { id: result.id } : result
}

async function onThread(ask: {
  thread: string
  with?: string
  verb: string
  args: readonly unknown[]
}): Promise<unknown> {
  const found = await desk.thread(ask.thread)
  const thread = ask.with === undefined ? found : found.with(ask.with)
  const method = thread[ask.verb as keyof Thread] as (...args: readonly unknown[]) => Promise<unknown>
  const result = await method.apply(thread, [...ask.args])
  return result instanceof Uint8Array ? { base64: Buffer.from(result).toString('base64') } : result
}

function isThread(value: unknown): value is Thread {
  return typeof value === 'object' && value !== null && 'counterparts' in value && 'id' in value
}

function notice(item: Item): ItemNotice {
  const { kind, id, redelivered, thread } = item
  const common = {
    kind,
    id,
    redelivered,
    thread: thread.id,
    ...(item.ref !== undefined && { ref: item.ref }),
  }
  switch (item.kind) {
    case 'referral':
      return { ...common, referral: item.referral }
    case 'event':
      return { ...common, event: item.event }
    case 'failure':
      return { ...common, failure: { outcome: item.outcome, recipient: item.recipient, reason: item.reason } }
    case 'alarm':
      return { ...common, alarm: item.alarm }
  }
}

function tell(answer: Answer): void {
  process.send?.(answer)
}
