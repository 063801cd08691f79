// In the background, compares the file of the desk store with the data that the desk wrote. docs/guide/desk.md, "The desk store"
import { RexError } from '../../core/error.ts'
import { CHECK_PACE } from '../../sqlite/check.ts'
import type { DeskStore } from '../store/store.ts'

/** Compares one megabyte per second until the store is closed or fails. Starts a round at most every ten seconds. */
export function startPageCheck({ check }: Pick<DeskStore, 'check'>): void {
  let begunMs = performance.now()
  let nextMs = begunMs
  const timer = setInterval(() => {
    const nowMs = performance.now()
    if (nowMs < nextMs) return
    try {
      if (check()) return
    } catch (error) {
      clearInterval(timer)
      if (!RexError.is(error)) throw error
    }
    nextMs = begunMs + CHECK_PACE.roundMs
    begunMs = Math.max(nextMs, nowMs)
  }, CHECK_PACE.stepMs)
  timer.unref()
}
