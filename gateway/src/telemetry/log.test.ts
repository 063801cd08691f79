import { RexError } from '@rex/sdk/core'
import { expect, test } from 'vitest'
import { createLog, errorFields } from './log.ts'

function log(level: 'debug' | 'info' = 'info') {
  const lines: string[] = []
  let now = 1_000_000
  const written = createLog({ level, write: (line) => lines.push(line), now: () => now })
  return {
    log: written,
    lines,
    tick: (ms: number) => (now += ms),
    parsed: () => lines.map((line) => JSON.parse(line)),
  }
}

test('T-121 T-123 a line has only its level, time, event and listed fields', () => {
  const it = log()
  it.log.info('started', { organisation: 'https://ngo.example', ms: 3, secret: 'x' } as never)
  expect(it.parsed()).toEqual([
    {
      level: 'info',
      time: '1970-01-01T00:16:40.000Z',
      organisation: 'https://ngo.example',
      ms: 3,
      event: 'started',
    },
  ])
})

test('T-122 newlines, terminal codes and overlong texts cannot forge log lines', () => {
  const it = log()
  const forged = `x\n{"level":"error"}\u001b[2J\u202e\u2028${'y'.repeat(10_000)}`
  it.log.warn('call refused', { message: forged })
  expect(it.lines).toHaveLength(1)
  expect(it.lines[0]?.trim().split('\n')).toHaveLength(1)
  for (const mark of ['\u001b', '\u202e', '\u2028']) expect(it.lines[0]).not.toContain(mark)
  expect(it.lines[0]?.length).toBeLessThan(1000)
})

test('T-122 a flood of one event is counted, not written; other events are', () => {
  const it = log()
  for (let i = 0; i < 10_000; i++) it.log.warn('connection refused')
  it.log.info('other')
  expect(it.lines).toHaveLength(51)
  it.tick(1000)
  it.log.warn('connection refused')
  expect(it.parsed().at(-2)).toMatchObject({ event: 'connection refused: more lines left out', count: 9950 })
})

test('T-121 the log has the origin of a foreign error, not its text', () => {
  const it = log()
  const cause = Object.assign(new Error('could not parse "Canary Example"'), { code: 'ECANARY' })
  it.log.error('fault', errorFields(new RexError('INTERNAL', 'Internal error.', { cause })))
  it.log.error('fault', errorFields(cause))
  expect(it.lines.join('')).not.toContain('Canary Example')
  expect(it.parsed()[0]).toMatchObject({ reason: 'INTERNAL', fault: expect.stringContaining('ECANARY') })
})
