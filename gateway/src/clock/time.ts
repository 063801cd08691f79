// Maintains the trusted time, which other organisations confirm. docs/spec/delivery.md, "Time"
import { createTrustedTime, type KeptTime, type TrustedTime } from '@rex/sdk/core'
import type { Clock } from './clock.ts'

/** The part of the store's writes that stores the trusted time. */
interface Keeping {
  readonly time: { keep(time: KeptTime): void }
}

/** The gateway's trusted time, and the clocks of gateways that greeted it. Trusted time decides about steps that cannot be undone. */
export interface GatewayTime extends TrustedTime {
  /** Records the time that another organisation's gateway states over mutual TLS. Unix milliseconds. */
  greeted(organisation: string, ms: number): void
  /** Notes that a pairing has ended, so that the organisation's clock no longer counts. */
  unpaired(organisation: string): void
  /** How far the clock of an organisation's gateway is ahead, milliseconds. Absent if it has not greeted since this gateway started. */
  aheadMs(organisation: string): number | undefined
  /** The median of `aheadMs` over all organisations. Absent if none has greeted. */
  peersAheadMs(): number | undefined
  /** Checks the times of earlier greetings again: a time that was implausibly far ahead of this clock may be plausible now. */
  review(): void
}

/** Starts from the stored time. `peers` returns the paired organisations. */
export function createGatewayTime(
  { now, steady }: Pick<Clock, 'now' | 'steady'>,
  kept: KeptTime,
  peers: () => readonly string[],
): GatewayTime {
  const trusted = createTrustedTime({ now, steady, kept, peers })
  /** Difference between each organisation's clock and the steady clock at its last greeting. */
  const offsets = new Map<string, number>()
  const ahead = (offset: number): number => offset + steady() - now()
  const median = (): number | undefined => {
    const sorted = [...offsets.values()].sort((a, b) => a - b)
    return sorted[Math.floor((sorted.length - 1) / 2)]
  }
  const outvote = (): void => {
    const offset = median()
    trusted.others(offset === undefined ? undefined : offset + steady())
  }

  return {
    ...trusted,
    greeted(organisation, ms) {
      offsets.set(organisation, ms - steady())
      trusted.witness(organisation, ms, true)
      outvote()
    },
    unpaired(organisation) {
      if (offsets.delete(organisation)) outvote()
    },
    aheadMs(organisation) {
      const offset = offsets.get(organisation)
      return offset === undefined ? undefined : ahead(offset)
    },
    peersAheadMs() {
      const offset = median()
      return offset === undefined ? undefined : Math.round(ahead(offset))
    },
    review() {
      for (const [organisation, offset] of offsets) trusted.witness(organisation, offset + steady(), true)
    },
  }
}

/** Wraps a store so that its ordinary commits also save the trusted time, once an hour. */
export function keepingTime<W extends Keeping, S extends { commit<T>(work: (write: W) => T): Promise<T> }>(
  store: S,
  time: Pick<TrustedTime, 'toKeep' | 'kept'>,
): S {
  const commit: S['commit'] = async (work) => {
    const kept = time.toKeep()
    if (kept === undefined) return store.commit(work)
    const done = await store.commit((write) => {
      write.time.keep(kept)
      return work(write)
    })
    time.kept(kept)
    return done
  }
  return { ...store, commit }
}
