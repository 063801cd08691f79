// Steps of the gateway's operator, through the hooks of the target.
import { credentialOf } from '../../peer/desk.ts'
import type { Verb } from './streams.ts'

export const OPERATOR_VERBS: Readonly<Record<string, Verb>> = {
  /** Stops the gateway. */
  async stop(world) {
    await world.instance.stop()
    return {}
  },
  async start(world) {
    await world.instance.start()
    return {}
  },
  /** Stops the gateway and starts it again. */
  async restart(world) {
    await world.instance.stop()
    await world.instance.start()
    return {}
  },
  /** Kills the gateway without a shutdown, and starts it again. */
  async kill(world) {
    await world.instance.stop('SIGKILL')
    await world.instance.start()
    return {}
  },
  /** Copies the store of the stopped gateway. */
  async save(world) {
    await world.instance.run('save')
    return {}
  },
  /** Replaces the store of the stopped gateway with the copy. */
  async putback(world) {
    await world.instance.run('putback')
    return {}
  },
  /** Revokes a desk's credential. Default: that of the suite's desk. */
  async revoke(world, { credential = credentialOf(world.desk) }) {
    await world.instance.run('revoke', { credential })
    return {}
  },
}
