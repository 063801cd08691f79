// Tests of the access log: which warnings an operator sees.
import { DirectoryServiceDefinition as definition } from '@rex/proto/mailbox/v1/mailbox_service'
import { RexError } from '@rex/sdk/core'
import type { CallContext } from '@rex/sdk/transport'
import { expect, test } from 'vitest'
import { systemClock as clock } from '../clock/clock.ts'
import { createLog } from '../telemetry/log.ts'
import { observed } from './observe.ts'

/** Returns the log lines of a call that ends with `end`. */
async function linesOf(level: 'debug' | 'info', end: () => void): Promise<object[]> {
  const lines: string[] = []
  const log = createLog({ level, write: (line) => void lines.push(line) })
  const [name = ''] = Object.keys(definition.methods)
  const { handlers } = observed({ definition, handlers: { [name]: async () => end() } } as never, {
    log,
    clock,
  })
  const handler = handlers[name] as (request: object, context: CallContext) => Promise<unknown>
  const { signal } = new AbortController()
  await handler({}, { caller: undefined, network: '', signal, draining: signal }).catch(() => {})
  return lines.map((line) => JSON.parse(line))
}

test('a refusal is a warning with its reason', async () => {
  const refuse = () => {
    throw new RexError('PERMISSION_DENIED', 'Not for you.')
  }
  expect(await linesOf('info', refuse)).toMatchObject([
    { level: 'warn', event: 'call refused', reason: 'PERMISSION_DENIED' },
  ])
})

test('a caller that hangs up causes no warning, because a closing desk does so', async () => {
  const hangUp = () => {
    throw new RexError('CANCELLED', 'The caller is gone.')
  }
  expect(await linesOf('info', hangUp)).toEqual([])
  expect(await linesOf('debug', hangUp)).toMatchObject([{ event: 'call ended by the caller' }])
  expect(await linesOf('info', () => {})).toEqual([])
})
