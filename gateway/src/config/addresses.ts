// Determines the addresses at which other gateways and desks reach the gateway. docs/guide/gateway.md, "Addresses"
import { formatAddress, parseAddress } from '@rex/sdk/transport'
import type { Config } from './config.ts'

/** Bound addresses of the listeners. */
interface Bound {
  readonly listen: string
  readonly enrolListen: string
}

/** Returns the addresses for other gateways and desks, `host:port`. */
export function endpointsOf({ endpoints }: Config, { listen }: Bound): readonly string[] {
  return endpoints ?? [listen]
}

/** Returns the address at which desks reach the enrolment listener. */
export function enrolmentAddress(config: Config, bound: Bound): string {
  if (config.enrolEndpoint !== undefined) return config.enrolEndpoint
  const { host } = parseAddress(endpointsOf(config, bound)[0] ?? bound.listen)
  return formatAddress({ host, port: parseAddress(bound.enrolListen).port })
}
