// Creates a gateway in a directory: keys, store, configuration. docs/guide/gateway.md
import { stat } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join, resolve } from 'node:path'
import { checkKnown, describeSystemError, parseEntityId, RexError, selfTest } from '@rex/sdk/core'
import { makeOwnDirectory } from '@rex/sdk/process'
import { checkAddress, checkSocketPath, formatAddress, parseAddress } from '@rex/sdk/transport'
import { type Clock, systemClock } from './clock/clock.ts'
import { enrolmentAddress } from './config/addresses.ts'
import { CONFIG_FILE, type Config, FILES, isAnywhere, parseConfig, readConfig } from './config/config.ts'
import { openCredentials } from './enrolment/credentials.ts'
import { createEnrolment } from './enrolment/enrolment.ts'
import { openSqliteStore } from './store/sqlite/store.ts'
import { writeSecret } from './trust/files.ts'
import { createKeys, openKeys } from './trust/keys.ts'

/** Highest port for the listener, because enrolment and health use the next two ports. */
const LAST_PORT = 65_533

/** Settings of a new gateway. */
export interface InitOptions {
  /** Directory to create, or an empty directory. */
  readonly directory: string
  readonly organisation: string
  /** `host:port` for other gateways and desks. Enrolment and health use the next two ports, or any ports if the port is 0. */
  readonly listen: string
  /** Address at which other gateways and desks reach the new gateway. Required if `listen` is a wildcard address. */
  readonly endpoint?: string | undefined
  /** Default: the system clock. */
  readonly clock?: Clock
}

/** A new gateway. */
export interface NewGateway {
  readonly config: Config
  /** A token for the first desk. Absent if the port is unknown until the gateway runs. */
  readonly token: { readonly token: string; readonly expiresMs: number } | undefined
}

/**
 * Creates a gateway. The configuration is written last, so an interrupted attempt can be repeated.
 * @throws RexError ALREADY_EXISTS, ADDRESS_IN_USE, CONFIG_INVALID, STORE_FULL, STORE_FAILED, SELF_TEST_FAILED
 */
export async function initGateway(options: InitOptions): Promise<NewGateway> {
  checkKnown(options, ['directory', 'organisation', 'listen', 'endpoint', 'clock'], 'initGateway')
  const { directory, organisation, clock = systemClock } = options
  await selfTest()
  parseEntityId(organisation, 'organisation')
  const content = contentOf(options)
  const parsed = parseConfig(content)
  await checkFree(join(directory, CONFIG_FILE))
  checkSocketPath(resolve(directory, FILES.admin))
  await checkAddresses(parsed)
  await makeDirectory(directory)
  const keys = { organisation, directory: join(directory, FILES.keys), clock }
  await createKeys(keys)
  await using store = openSqliteStore(join(directory, FILES.store))
  await writeSecret(join(directory, CONFIG_FILE), `${JSON.stringify(content, null, 2)}\n`)
  const config = await readConfig(directory)
  if (parseAddress(config.enrolListen).port === 0) return { config, token: undefined }
  const address = () => enrolmentAddress(config, config)
  const credentials = openCredentials({
    store,
    clock,
    time: { now: () => 0 },
    release: (_, also) => store.commit(also),
  })
  const enrolment = createEnrolment({
    organisation,
    store,
    clock,
    credentials,
    keys: await openKeys(keys),
    address,
    published: () => undefined,
  })
  return { config, token: await enrolment.createToken() }
}

function contentOf({ organisation, listen, endpoint }: InitOptions): object {
  const { host, port } = parseAddress(listen, 'listen')
  if (port > LAST_PORT) {
    throw new RexError(
      'CONFIG_INVALID',
      `The gateway also needs the two ports after ${port}, but they do not exist.`,
      {
        path: 'listen',
        hint: `Choose a port up to ${LAST_PORT}.`,
      },
    )
  }
  if (isAnywhere(listen) && endpoint === undefined) {
    throw new RexError('CONFIG_INVALID', `Others cannot reach the address ${listen}.`, {
      path: 'endpoint',
      hint: 'Give the public address with --endpoint host:port.',
    })
  }
  const next = (distance: number) => (port === 0 ? 0 : port + distance)
  return {
    organisation,
    listen,
    enrolListen: formatAddress({ host, port: next(1) }),
    healthListen: formatAddress({ host: loopbackAddress(), port: next(2) }),
    ...(endpoint !== undefined && { endpoints: [endpoint] }),
  }
}

/** Returns the IPv4 loopback address or, on a machine without IPv4, the IPv6 loopback address. */
function loopbackAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? [])
  return addresses.some(({ address }) => address === '127.0.0.1') ? '127.0.0.1' : '::1'
}

async function checkAddresses({ listen, enrolListen, healthListen }: Config): Promise<void> {
  for (const [path, address] of Object.entries({ listen, enrolListen, healthListen })) {
    if (address === undefined) continue
    await checkAddress(address).catch((cause: unknown) => {
      const { reason, message, hint } = RexError.from(cause)
      throw new RexError(reason, `${address}: ${message}`, { path, cause, hint })
    })
  }
}

async function checkFree(file: string): Promise<void> {
  const found = await stat(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined
    throw new RexError('CONFIG_INVALID', `The directory cannot be read. ${describeSystemError(cause)}`, {
      path: file,
      cause,
      hint: 'Run this command as the user that owns the gateway, or choose another directory with --dir.',
    })
  })
  if (found === undefined) return
  throw new RexError('ALREADY_EXISTS', `There is already a gateway: ${file}.`, {
    hint: 'Start it with `rex-gateway start`, or choose another directory with --dir.',
  })
}

async function makeDirectory(directory: string): Promise<void> {
  await makeOwnDirectory(directory).catch((cause: unknown) => {
    throw new RexError('CONFIG_INVALID', `The directory cannot be created. ${describeSystemError(cause)}`, {
      path: directory,
      cause,
      hint: 'Choose a directory that you may write to with --dir.',
    })
  })
}
