// A target for tests that greets correctly and then fails in the way that its first argument states.
import { appendFileSync } from 'node:fs'
import { ConformanceRequest, ConformanceResponse } from '@rex/proto/conformance/v1/conformance'

const [, , fault, log] = process.argv
// Write a line for each start, because tests count the starts.
if (log !== undefined) appendFileSync(log, 'start\n')

type Result = NonNullable<ConformanceResponse['result']>

function send(name: string, result?: Result): void {
  write(ConformanceResponse.encode({ case: name, result }).finish())
}

function write(bytes: Uint8Array): void {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(bytes.length)
  process.stdout.write(Buffer.concat([head, bytes]))
}

const accepted: Result = { $case: 'accepted', value: { values: [] } }

function crash(): void {
  process.stderr.write('out of order')
  process.exitCode = 3
  process.stdin.destroy()
}

const FAULTS: Readonly<Record<string, (name: string) => void>> = {
  crashes: crash,
  fickle: crash,
  hangs: () => {},
  floods: () => {
    const block = Buffer.alloc(64 * 1024, 1)
    const more = () => process.stdout.write(block, more)
    more()
  },
  'announces-much': () => process.stdout.write(Buffer.alloc(4, 0xff)),
  babbles: (name) => {
    send(name, accepted)
    send(name, accepted)
  },
  'other-case': () => send('another', accepted),
  garbage: () => write(Buffer.alloc(8, 0xff)),
  'no-result': (name) => send(name),
  accepts: (name) => send(name, accepted),
  'no-json': (name) =>
    send(name, { $case: 'accepted', value: { values: [{ name: 'findings', value: Buffer.from('{') }] } }),
  unsupported: (name) => send(name, { $case: 'unsupported', value: {} }),
}

let received = Buffer.alloc(0)
process.stdin.on('data', (chunk: Buffer) => {
  received = Buffer.concat([received, chunk])
  const length = received.length >= 4 ? received.readUInt32BE() : Infinity
  if (received.length < 4 + length) return
  const { case: name, operation } = ConformanceRequest.decode(received.subarray(4, 4 + length))
  received = received.subarray(4 + length)
  if (operation?.$case !== 'greet') return FAULTS[fault ?? '']?.(name)
  const version = fault === 'version' ? 2 : 1
  const called = fault === 'long-name' ? 'x'.repeat(201) : 'misbehaving'
  const features = fault === 'fickle' ? ['REX-1', `run ${process.pid}`] : ['REX-1']
  if (fault !== 'mute') send(name, { $case: 'target', value: { version, name: called, features } })
})
