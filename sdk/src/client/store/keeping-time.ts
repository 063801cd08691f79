// A store that saves the trusted time along with other commits. docs/spec/identity.md, "Trusted time"
import type { TrustedTime } from '../../core/trusted-time.ts'
import type { DeskStore } from './store.ts'

/** The same store, which saves the trusted time once an hour, along with a commit that is made anyway. */
export function keepingTime(store: DeskStore, time: Pick<TrustedTime, 'toKeep' | 'kept'>): DeskStore {
  return {
    ...store,
    async commit(work, undone) {
      const ms = time.toKeep()
      if (ms === undefined) return store.commit(work, undone)
      const done = await store.commit((write) => {
        write.putTrustedTime(ms)
        return work(write)
      }, undone)
      time.kept(ms)
      return done
    },
  }
}
