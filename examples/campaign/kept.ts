// Programs that are killed and restarted, as by a service manager.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, closeSync, openSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { end } from '../network/end.ts'

/** How long a program stays down after it has ended. */
const DOWN_MS = 200

/** A program that can be killed. */
export interface Mortal {
  readonly name: string
  /**
   * Kills the program with SIGKILL. If it is not running, waits until it runs. A kept program then restarts by itself.
   */
  kill(): Promise<void>
}

/** Command line of a program. */
export type Command = readonly [file: string, ...parameters: string[]]

/** Runs commands one after the other. The running command can be killed. */
export interface Runner extends Mortal {
  /** Runs a command. Returns its exit code, or null if a signal ended it. */
  run(command: Command): Promise<number | null>
  stop(): Promise<void>
}

/** Creates a runner of commands. `log`: file for their standard error. */
export function runner(name: string, log: string): Runner {
  let child: ChildProcess | undefined
  return {
    name,
    async run([file, ...parameters]) {
      const errors = openSync(log, 'a', 0o600)
      const started = spawn(file, parameters, { stdio: ['ignore', 'ignore', errors] })
      closeSync(errors)
      child = started
      const [code] = (await once(started, 'exit')) as [number | null]
      child = undefined
      return code
    },
    async kill() {
      while (child === undefined) await pause(10)
      await end(child, 'SIGKILL')
    },
    stop: () => end(child, 'SIGTERM'),
  }
}

/** A program that is restarted whenever it ends, until it is stopped. */
export interface Kept extends Mortal {
  /** Returns how often the program ended with an error without being killed. */
  failures(): number
  stop(): Promise<void>
}

/** Starts a program and keeps it running. */
export function keep(name: string, command: Command, log: string): Kept {
  const { run, kill, stop } = runner(name, log)
  let isWanted = true
  let failures = 0
  const running = (async () => {
    while (isWanted) {
      const code = await run(command)
      if (code !== 0 && code !== null) {
        failures += 1
        appendFileSync(log, `${name} has ended with ${code}.\n`)
      }
      await pause(DOWN_MS)
    }
  })()
  return {
    name,
    kill,
    failures: () => failures,
    async stop() {
      isWanted = false
      await stop()
      await running
    },
  }
}
