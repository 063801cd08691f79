// What time it is, as far as other organisations confirm it. docs/spec/delivery.md, "Time"
import { createTrustedTime, type TrustedTime } from '@rex/sdk/core'
import type { Clock } from './clock.ts'

/** What is written, as far as keeping the time needs it. */
interface Keeping {
  readonly time: { keep(ms: number): void }
}

/** The trusted time of a gateway, and the clocks of the gateways that greeted it. Rooms take it for steps that cannot be taken back. */
export interface GatewayTime extends TrustedTime {
  /** The gateway of another organisation says over mutual TLS what time it is. Unix milliseconds. */
  greeted(organisation: string, ms: number): void
  /** The clock of an organisation's gateway minus this one's, milliseconds. Absent: it has not greeted since this gateway runs. */
  aheadMs(organisation: string): number | undefined
  /** The median of all of these. Absent: none has greeted. */
  peersAheadMs(): number | undefined
  /** Hears again what was said before: what this clock had not reached then, it may have reached now. */
  review(): void
}

/** Begins with what the store kept (Unix milliseconds; 0: nothing). */
export function createGatewayTime(clock: Clock, keptMs: number): GatewayTime {
  const { now, steady } = clock
  const trusted = createTrustedTime({ now, steady, keptMs })
  /** By organisation: its clock minus the steady one, at its last greeting. */
  const offsets = new Map<string, number>()
  const ahead = (offset: number): number => offset + steady() - now()

  return {
    ...trusted,
    greeted(organisation, ms) {
      offsets.set(organisation, ms - steady())
      trusted.witness(ms)
    },
    aheadMs(organisation) {
      const offset = offsets.get(organisation)
      return offset === undefined ? undefined : ahead(offset)
    },
    peersAheadMs() {
      const sorted = [...offsets.values()].sort((a, b) => a - b)
      const median = sorted[Math.floor((sorted.length - 1) / 2)]
      return median === undefined ? undefined : Math.round(ahead(median))
    },
    review() {
      for (const offset of offsets.values()) trusted.witness(offset + steady())
    },
  }
}

/** The store as it was, which keeps the trusted time with commits that are made anyway, once an hour. */
export function keepingTime<W extends Keeping, S extends { commit<T>(work: (write: W) => T): Promise<T> }>(
  store: S,
  time: Pick<TrustedTime, 'toKeep' | 'kept'>,
): S {
  const commit: S['commit'] = async (work) => {
    const ms = time.toKeep()
    if (ms === undefined) return store.commit(work)
    const done = await store.commit((write) => {
      write.time.keep(ms)
      return work(write)
    })
    time.kept(ms)
    return done
  }
  return { ...store, commit }
}
