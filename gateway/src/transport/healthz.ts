// /healthz for supervisors on this machine: 200 or 503 with one JSON line. docs/guide/gateway.md, "Health"
import { createServer } from 'node:http'
import { describeSystemError, RexError } from '@rex/sdk/core'
import { formatAddress, parseAddress } from '@rex/sdk/transport'

/** A running health listener. */
export interface Healthz {
  /** Address bound. */
  readonly address: string
  close(): Promise<void>
}

/** Starts the health listener; `state` is empty while all is well, else why not. @throws RexError ADDRESS_IN_USE */
export async function startHealthz(listen: string, state: () => string): Promise<Healthz> {
  const server = createServer({ headersTimeout: 5000, requestTimeout: 5000 }, (request, response) => {
    const found = request.method === 'GET' && request.url === '/healthz'
    const problem = state()
    const status = found ? (problem === '' ? 200 : 503) : 404
    const body = found ? { ok: problem === '', ...(problem !== '' && { problem }) } : { ok: false }
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
    response.end(`${JSON.stringify(body)}\n`)
  })
  server.maxConnections = 16
  const { host, port } = parseAddress(listen)
  const bound = Promise.withResolvers<void>()
  server.once('error', (cause: NodeJS.ErrnoException) => {
    const reason = cause.code === 'EADDRINUSE' ? 'ADDRESS_IN_USE' : 'CONFIG_INVALID'
    const message = `healthListen ${listen}: ${describeSystemError(cause)}`
    bound.reject(new RexError(reason, message, { path: 'healthListen', cause }))
  })
  server.listen(port, host, bound.resolve)
  await bound.promise
  const address = server.address()
  return {
    address: typeof address === 'object' && address ? formatAddress({ host, port: address.port }) : listen,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
