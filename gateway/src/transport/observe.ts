// Writes the access log: who called which method, how the call ended, and how long it took. docs/guide/gateway.md, "Log"
import { RexError } from '@rex/sdk/core'
import type { CallContext, Service } from '@rex/sdk/transport'
import type { Clock } from '../clock/clock.ts'
import { errorFields, type Log } from '../telemetry/log.ts'

type Handler = Service['handlers'][string]

/** Wraps the service so that every call is logged. */
export function observed(
  { definition, handlers }: Service,
  { log, clock }: { log: Log; clock: Clock },
): Service {
  const wrapped = Object.entries(handlers).map(([name, handler]) => {
    const method = definition.methods[name]
    const line = lineOf({ log, clock, method: `${definition.fullName}/${method?.name ?? name}` })
    return [name, method?.responseStream ? streaming(handler, line) : unary(handler, line)]
  })
  return { definition, handlers: Object.fromEntries(wrapped) }
}

type Line = (context: CallContext) => (error?: unknown) => void

function lineOf({ log, clock, method }: { log: Log; clock: Clock; method: string }): Line {
  return ({ caller }) => {
    const from = clock.now()
    return (error) => {
      const fields = { method, ms: clock.now() - from, ...(caller && { peer: caller.uri }) }
      if (error === undefined) log.debug('call', fields)
      else if (RexError.is(error, 'CANCELLED')) log.debug('call ended by the caller', fields)
      else log.warn('call refused', { ...fields, ...errorFields(error) })
    }
  }
}

function unary(handler: Handler, line: Line): Handler {
  return async (request, context) => {
    const end = line(context)
    try {
      const response = await handler(request, context)
      end()
      return response
    } catch (error) {
      end(error)
      throw error
    }
  }
}

/**
 * Logs the end of a stream. The iterator is written by hand, because a generator would need more turns of the
 * event loop for each answer.
 */
function streaming(handler: Handler, line: Line): Handler {
  return (requests, context) => {
    const end = line(context)
    const answers: AsyncGenerator<unknown, void> = handler(requests, context)
    const next = async () => {
      try {
        const answer = await answers.next()
        if (answer.done === true) end()
        return answer
      } catch (error) {
        end(error)
        throw error
      }
    }
    return { [Symbol.asyncIterator]: () => ({ next, return: () => answers.return() }) }
  }
}
