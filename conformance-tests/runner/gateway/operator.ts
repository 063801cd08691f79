// Steps of the gateway's operator, through the hooks of the target.
import { credentialOf } from '../../peer/desk.ts'
import { BadFile } from '../../suite/read.ts'
import { inTime, type Verb } from './streams.ts'
import { HOOKS } from './target.ts'

export const OPERATOR_VERBS: Readonly<Record<string, Verb>> = {
  /** Runs a hook. `with`: values of the words in braces in the hook's command. */
  async operator(world, { hook, with: replaced = {} }) {
    if (!HOOKS.includes(hook)) throw new BadFile(`There is no hook ${hook}.`)
    const texts = Object.entries(replaced).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value),
    ])
    const { code, printed } = await world.instance.try(hook, Object.fromEntries(texts))
    return code === 0 ? { printed } : { refused: true, printed }
  },
  /** Advances the clocks of the gateway, the desk and the peers, without waiting. */
  async pass(world, { ms }) {
    await world.instance.setClock({ passed: world.instance.clock.passed + ms })
    return {}
  },
  /** Sets how far the gateway's time of day is ahead of that of the suite and its peers. The gateway's timers are not affected. */
  async leap(world, { aheadMs }) {
    await world.instance.setClock({ ahead: aheadMs })
    return {}
  },
  /** Waits until the gateway has ended by itself. */
  async exits(world) {
    return { code: await inTime(world, 'the end of the gateway', world.instance.ended()) }
  },
  /** Starts a second gateway on the store of the running gateway, and waits until the second has ended. */
  async startAgain(world) {
    const { code } = await world.instance.try('start')
    return { ended: code }
  },
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
