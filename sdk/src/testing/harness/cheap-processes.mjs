// Loaded into the processes that tests start, so that key derivation for new keystores costs a hundredth there, too.
import { registerHooks } from 'node:module'
import { COST_FILE, cheaper } from './programs/cheaper.ts'

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    return COST_FILE.test(url) ? { ...loaded, source: cheaper(String(loaded.source)) } : loaded
  },
})
