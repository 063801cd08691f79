// Tests of errors on the wire.
import { ErrorDetail, ErrorReason as Reason } from '@rex/proto/core/v1/error'
import fc from 'fast-check'
import { ClientError, Metadata, Status } from 'nice-grpc-common'
import { describe, expect, test } from 'vitest'
import { decode } from '../../core/encoding/encoding.ts'
import { type ErrorReason, REASONS, RexError } from '../../core/error.ts'
import { ERROR_TRAILER, fromClientError, fromErrorDetail, renderError, toErrorDetail } from './status.ts'

const reasons = Object.keys(REASONS) as ErrorReason[]

test('every reason has a number, and every number a reason', () => {
  expect(reasons.map((reason) => Reason[reason]).sort()).toEqual(
    Object.values(Reason)
      .filter((number) => number !== 0)
      .sort(),
  )
})

test.each(reasons)('%s survives the wire with its message and metadata', (reason) => {
  const metadata = Object.fromEntries(REASONS[reason].metadata.map((key) => [key, `value of ${key}`]))
  const message = reason === 'INTERNAL' ? 'Internal error.' : 'A sentence.'
  const { code, details, trailer } = renderError(new RexError(reason, message, { metadata }))
  const detail = decode(ErrorDetail, trailer, 'error', 8192)
  expect([Status[code], details, detail.retryable]).toEqual([
    REASONS[reason].status,
    message,
    REASONS[reason].retryable,
  ])
  const received = fromClientError(
    new ClientError('/x', code, details),
    Metadata({ [ERROR_TRAILER]: trailer }),
  )
  expect(received).toMatchObject({ name: 'RexError', reason, message, metadata })
})

describe('T-121 what a peer may see', () => {
  test('T-121 no cause, no foreign metadata, no text of unknown errors', () => {
    const error = new RexError('EXPIRED', 'Too late.', {
      cause: new Error('canary'),
      metadata: { name: 'canary' },
      hint: 'canary',
    })
    for (const thrown of [
      error,
      new Error('canary'),
      'canary',
      { canary: 1 },
      new RexError('INTERNAL', 'canary'),
      undefined,
    ]) {
      const { details, trailer } = renderError(thrown)
      expect(details + trailer.toString('latin1')).not.toContain('canary')
    }
  })

  test('any text is rendered within a limit and made harmless', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), (text) => {
        const { details } = renderError(new RexError('MALFORMED', text, { path: text }))
        expect(Buffer.byteLength(details)).toBeLessThanOrEqual(1024)
        expect(details).not.toMatch(/[\p{Cc}\p{Cs}]/u)
        expect(() => encodeURI(details)).not.toThrow()
      }),
    )
  })
})

describe('what a peer sent', () => {
  const detail = (changes: Partial<ErrorDetail>): ErrorDetail => ({
    reason: Reason.EXPIRED,
    message: '',
    retryable: false,
    metadata: [],
    ...changes,
  })

  test('an escape sequence does not reach a terminal, and unknown keys are dropped', () => {
    const metadata = [{ key: 'name', value: 'x' }]
    const error = fromErrorDetail(detail({ message: 'a\u001b[2Jb\u202ec', metadata }))
    expect(error).toMatchObject({ message: 'a [2Jb c', metadata: {} })
  })

  test('an empty message is the hint of the reason', () => {
    expect(fromErrorDetail(detail({})).message).toBe(REASONS.EXPIRED.hint)
  })

  test('a reason of a newer version keeps its retryability', () => {
    const reason = 9999 as Reason
    expect(fromErrorDetail(detail({ reason, retryable: true })).reason).toBe('UNAVAILABLE')
    expect(fromErrorDetail(detail({ reason })).reason).toBe('UNSUPPORTED_VERSION')
    expect(fromErrorDetail(detail({ reason: 0 })).reason).toBe('UNSUPPORTED_VERSION')
  })

  test('a trailer that is not canonical, or absent, leaves the gRPC status', () => {
    const bare = (code: Status, trailer?: Uint8Array) =>
      fromClientError(new ClientError('/x', code, 'text'), trailer && Metadata({ [ERROR_TRAILER]: trailer }))
        .reason
    expect(bare(Status.UNAVAILABLE, new Uint8Array([0xff]))).toBe('UNAVAILABLE')
    expect(bare(Status.PERMISSION_DENIED)).toBe('PERMISSION_DENIED')
    expect(bare(Status.UNIMPLEMENTED)).toBe('UNSUPPORTED_VERSION')
    expect(bare(Status.DATA_LOSS)).toBe('INTERNAL')
  })
})

test('detail to error and back is the same detail', () => {
  for (const reason of reasons) {
    const detail = toErrorDetail(new RexError(reason, 'A sentence.', { metadata: { path: 'a.b' } }))
    expect(toErrorDetail(fromErrorDetail(detail))).toEqual(detail)
  }
})
