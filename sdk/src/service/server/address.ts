// Listens on an address: a loopback address, or any address with TLS. docs/guide/service.md, "Tokens"
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import { RexError } from '../../core/error.ts'
import { describeSystemError, isSystemError } from '../../core/system-error.ts'
import { isLoopback } from '../address.ts'

/** An address at which callers with tokens can reach the service. */
export interface Listen {
  /** An IP address, or `localhost`. */
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** Certificates (the service's own first) and private key, PEM. Required unless the address is a loopback address. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer }
}

/**
 * Checks an address. @throws RexError CONFIG_INVALID if tokens would cross a network unencrypted, or if certificate and key do
 * not match
 */
export function checkListen({ host, tls }: Listen): void {
  if (tls === undefined && !isLoopback(host))
    throw new RexError('CONFIG_INVALID', `Without TLS, the service does not listen on ${host}.`, {
      path: 'listen',
      hint: 'Listen on 127.0.0.1, or give a certificate and its key.',
    })
  try {
    createSecureContext(tls)
  } catch (cause) {
    throw new RexError('CONFIG_INVALID', 'Certificate and key cannot be used together.', {
      cause,
      path: 'tls',
      hint: 'Give PEM files: the certificate of the service first, and its own private key without a passphrase.',
    })
  }
}

/**
 * Returns a function that checks whether the service has a name: its loopback address, or a name in its certificate. @throws
 * RexError CONFIG_INVALID
 */
export function ownNames({ host, tls }: Listen): (name: string) => boolean {
  if (tls === undefined) return (name) => name === host || isLoopback(name)
  const certificate = new X509Certificate(tls.cert)
  return (name) =>
    (isIP(name) > 0 ? certificate.checkIP(name) : certificate.checkHost(name, { subject: 'never' })) !==
    undefined
}

/** Makes a server listen on an address. Returns the URL of the service. @throws RexError ADDRESS_IN_USE, CONFIG_INVALID */
export async function listenOn(server: Server, { host, port, tls }: Listen): Promise<string> {
  server.listen({ host, port })
  await once(server, 'listening').catch((cause: NodeJS.ErrnoException) => {
    const isTaken = cause.code === 'EADDRINUSE'
    const why = isSystemError(cause) ? describeSystemError(cause) : cause.message
    throw new RexError(isTaken ? 'ADDRESS_IN_USE' : 'CONFIG_INVALID', `${host}:${port}: ${why}`, {
      cause,
      path: 'listen',
    })
  })
  const at = server.address() as AddressInfo
  return `${tls ? 'https' : 'http'}://${isIP(host) === 6 ? `[${host}]` : host}:${at.port}`
}
