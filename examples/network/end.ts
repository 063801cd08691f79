// Stops a process and waits until it has exited. The process may have exited already.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** Sends the signal; resolves when the process has ended. */
export async function end(child: ChildProcess | undefined, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}
