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
  /** Stops it and starts it again. */
  async restart(world) {
    await world.instance.stop()
    await world.instance.start()
    return {}
  },
  /** Ends it as a power cut of the process would, and starts it again. */
  async kill(world) {
    await world.instance.stop('SIGKILL')
    await world.instance.start()
    return {}
  },
  /** Keeps a copy of its store, while it is stopped. */
  async save(world) {
    await world.instance.run('save')
    return {}
  },
  /** Puts the copy in the place of its store, while it is stopped. */
  async putback(world) {
    await world.instance.run('putback')
    return {}
  },
  /** Revokes a desk. Default: that of the suite. */
  async revoke(world, { credential = credentialOf(world.desk) }) {
    await world.instance.run('revoke', { credential })
    return {}
  },
}
