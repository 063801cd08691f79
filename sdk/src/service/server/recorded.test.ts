// An act that cannot be recorded is not performed. docs/guide/service.md, "Audit log"
import { expect, test } from 'vitest'
import { RexError } from '../../core/error.ts'
import { OPERATIONS } from '../operations/index.ts'
import { recorded } from './recorded.ts'

const full = { write: () => Promise.reject(new RexError('STORE_FULL', 'The disk is full.')) }
const about = { log: () => {}, door: 'socket', actor: 'maria', path: {} }

test('T-078 with a full disk no act begins, and nobody sees a case', async () => {
  let begun = 0
  const run = async () => {
    begun += 1
    return { text: 'a case' }
  }
  const act = recorded({ ...about, audit: full, name: 'accept', operation: OPERATIONS.accept }, run)
  await expect(act).rejects.toMatchObject({ reason: 'STORE_FULL' })
  expect(begun).toBe(0)
  const look = recorded({ ...about, audit: full, name: 'view', operation: OPERATIONS.view }, run)
  await expect(look).rejects.toMatchObject({ reason: 'STORE_FULL' })
  const health = { ...about, audit: full, name: 'health', operation: OPERATIONS.health } as const
  expect(await recorded(health, run)).toEqual({ text: 'a case' })
})

test('a completed act is answered even if its end cannot be recorded, and the answer says so', async () => {
  const said: string[] = []
  const log = ({ level }: { readonly level: string }) => said.push(level)
  const audit = {
    write: ({ what }: { readonly what: string }) => (what === 'begin' ? Promise.resolve(1) : full.write()),
  }
  const act = recorded(
    { ...about, log, audit, name: 'accept', operation: OPERATIONS.accept },
    async () => 'done',
  )
  expect(await act).toBe('done')
  expect(said).toEqual(['info', 'error'])
})
