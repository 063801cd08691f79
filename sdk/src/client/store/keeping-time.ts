// The store that keeps the trusted time with commits that are made anyway. docs/spec/identity.md, "Trusted time"
import type { TrustedTime } from '../../core/trusted-time.ts'
import type { DeskStore } from './store.ts'

/** The store as it was, which keeps the trusted time with commits that are made anyway, once an hour. */
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
