// Acts as an administrator: restarts programs that have ended, and follows the advice in error messages and in the status.
// docs/guide/testing.md, "Damage"
import { dirname } from 'node:path'
import { restoreDesk } from '@rex/sdk'
import { type Image, imageOf, restore } from './image.ts'
import type { Network } from './network.ts'
import type { Program } from './program.ts'
import { PASSPHRASE } from './wire.ts'

/** Time between two checks by the administrator. */
const LOOK_MS = 1000

/** The administrator of both organisations during one round. */
export class Administrator {
  /** Desks that were restored from the backup, because they refused to start or were still damaged after a restart. */
  readonly restored = new Set<Program>()
  /** Desks that have reported a damaged store. */
  readonly damaged = new Set<Program>()
  readonly #gateways: readonly Program[]
  readonly #desks: readonly Program[]
  readonly #backups: ReadonlyMap<Program, Image>
  #nextMs = 0

  /** Makes a backup of each desk. */
  constructor({ sender, recipient }: Network) {
    this.#gateways = [sender.gateway, recipient.gateway]
    this.#desks = [sender.desk, recipient.desk]
    this.#backups = new Map(this.#desks.map((desk) => [desk, imageOf(desk.store)]))
  }

  /**
   * Starts a program. If a desk refuses to start because of its store, restores the backup, as the message advises.
   * @throws Error if the program does not start
   */
  async start(program: Program): Promise<void> {
    const refusal = await program.start()
    if (refusal === undefined) return
    if (refusal.reason !== 'STORE_FAILED' || !this.#mayRestore(program))
      throw new Error(`${program.store}: ${refusal.reason}: ${refusal.message}`)
    await this.#restore(program)
  }

  /** Returns whether this program may be restored from its backup. A program is restored at most once per round. */
  #mayRestore(program: Program): boolean {
    return this.#backups.has(program) && !this.restored.has(program)
  }

  async #restore(desk: Program): Promise<void> {
    this.restored.add(desk)
    restore(desk.store, this.#backups.get(desk) ?? new Map())
    await restoreDesk({ directory: dirname(desk.store), passphrase: PASSPHRASE })
    await this.start(desk)
  }

  /**
   * Checks the programs, at most once a second: restarts programs that have ended, and restarts a desk that reports a damaged store. If
   * the desk still reports damage after that, restores the backup.
   */
  async look(): Promise<void> {
    if (performance.now() < this.#nextMs) return
    this.#nextMs = performance.now() + LOOK_MS
    for (const program of [...this.#gateways, ...this.#desks])
      if (await program.endsWithin(0)) await this.start(program)
    for (const desk of this.#desks) {
      if (!(await desk.ask<string[]>('problems')).includes('store-damaged')) continue
      const isAgain = this.damaged.has(desk)
      if (isAgain && !this.#mayRestore(desk)) continue
      this.damaged.add(desk)
      await desk.end('SIGTERM')
      await (isAgain ? this.#restore(desk) : this.start(desk))
    }
  }

  /** Advances the clocks of all programs, so that long back-off pauses end and unconfirmed items are offered again. */
  async pass(ms: number): Promise<void> {
    const all = [...this.#gateways, ...this.#desks]
    for (const program of all.toReversed()) {
      await program.end('SIGTERM')
      program.aheadMs += ms
    }
    for (const program of all) await this.start(program)
  }
}
