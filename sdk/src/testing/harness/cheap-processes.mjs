// Loaded into the processes that tests start: reduces the cost of key derivation for new keystores to a hundredth, as in cheap-keystores.ts.
import { registerHooks } from 'node:module'

const FILE = '/client/keys/key-derivation.ts'
const COST = 'memory: 64 * 1024, passes: 3, parallelism: 4'
const CHEAP = 'memory: 512, passes: 1, parallelism: 1'

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    if (!url.endsWith(FILE)) return loaded
    const source = String(loaded.source)
    if (!source.includes(COST)) throw new Error(`${FILE} no longer has the line that this file changes.`)
    return { ...loaded, source: source.replace(COST, CHEAP) }
  },
})
