// rex-gateway start: runs the gateway until it receives a stop signal. docs/guide/gateway.md, "Running"
import { type Gateway, openLog, readConfig, startGateway } from '@rex/gateway'
import { coreDumpWarning, letHeapGrow, onStopSignals } from '@rex/sdk/process'
import type { CommonOptions } from '../options.ts'
import { fail, print, printJson } from '../terminal.ts'

/** Runs the gateway. Returns after it has drained. */
export async function start({ dir, json }: CommonOptions): Promise<void> {
  letHeapGrow()
  const config = await readConfig(dir)
  const { log, reopen } = openLog(config)
  process.on('SIGHUP', reopen)
  const warning = coreDumpWarning()
  if (warning !== undefined) log.warn('core dumps', { message: warning })
  const gateway = await startGateway(config, { log })
  tellReady(gateway, json)
  const failure = await Promise.race([stopSignal(), gateway.failed])
  if (failure === undefined) return gateway.drain()
  fail(failure, { json })
  process.exit(1)
}

function tellReady(gateway: Gateway, json: boolean | undefined): void {
  const { organisation, address, enrolAddress, healthAddress, adminSocket } = gateway
  if (json) printJson({ ready: true, organisation, address, enrolAddress, healthAddress, adminSocket })
  else print(`The gateway of ${organisation} listens on ${address}. Stop it with Ctrl-C.`)
}

/** Resolves at the first stop signal. A second signal ends the process immediately. */
function stopSignal(): Promise<undefined> {
  return new Promise((resolve) =>
    onStopSignals(
      () => resolve(undefined),
      () => process.exit(1),
    ),
  )
}
