// /livez, /readyz and /healthz for supervisors: 200 or 503 with one JSON line. docs/guide/gateway.md, "Health"
import { createServer, type IncomingMessage } from 'node:http'
import { describeSystemError, exitCodeOfProblems, type Problem, RexError } from '@rex/sdk/core'
import { formatAddress, parseAddress } from '@rex/sdk/transport'

/** A running health listener. */
export interface Healthz {
  /** Bound address. */
  readonly address: string
  close(): Promise<void>
}

/** Sources of the health answers. */
interface HealthOptions {
  /** Returns why the gateway accepts no work, or an empty text if it accepts work. */
  readonly state: () => string
  /** Returns whether the gateway can continue without a restart. */
  readonly alive: () => boolean
  /** The same problems as `rex-gateway status` prints. */
  readonly problems: () => Promise<readonly Problem[]>
}

interface Answer {
  readonly status: number
  readonly body: object
}

/**
 * Starts the health listener. `/livez`: 503 if the gateway needs a restart; `/readyz`: 503 while it accepts no work; `/healthz`:
 * 503 while it accepts no work or a problem is critical; its answer lists all problems. Messages name partners, so they must not leave this
 * machine.
 * @throws RexError ADDRESS_IN_USE
 */
export async function startHealthz(listen: string, options: HealthOptions): Promise<Healthz> {
  const { host, port } = parseAddress(listen)
  const shown = isLoopback(host) ? (problem: Problem) => problem : withoutMessage
  const server = createServer({ headersTimeout: 5000, requestTimeout: 5000 }, (request, response) => {
    answer(request, options, shown).then(
      ({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
        response.end(`${JSON.stringify(body)}\n`)
      },
      () => response.destroy(),
    )
  })
  server.maxConnections = 16
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

async function answer(
  { method, url }: IncomingMessage,
  { state, alive, problems }: HealthOptions,
  shown: (problem: Problem) => object,
): Promise<Answer> {
  const problem = state()
  if (method === 'GET' && url === '/livez') return plain(alive(), problem)
  if (method === 'GET' && url === '/readyz') return plain(problem === '', problem)
  if (method !== 'GET' || url !== '/healthz') return { status: 404, body: { ok: false } }
  if (problem !== '') return plain(false, problem)
  const found = await problems()
  const status = exitCodeOfProblems(found) === 2 ? 503 : 200
  return { status, body: { ok: found.length === 0, ...(found.length > 0 && { problems: found.map(shown) }) } }
}

function plain(ok: boolean, problem: string): Answer {
  return { status: ok ? 200 : 503, body: { ok, ...(!ok && { problem }) } }
}

function withoutMessage({ code, severity }: Problem): object {
  return { code, severity }
}

function isLoopback(host: string): boolean {
  return host === '::1' || host === 'localhost' || host.startsWith('127.')
}
