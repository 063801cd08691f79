// Counts what arrives and leaves, so that the memory it took is collected in time. docs/adr/0026-buffers-are-given-back.md

/** So many bytes may have passed before the buffers that they took are collected. */
const COLLECT_EVERY = 4 * 1024 * 1024

let passed = 0
let collect: () => void = () => {}

/** Notes bytes that have arrived or left. */
export function notePassed(bytes: number): void {
  passed += bytes
  if (passed < COLLECT_EVERY) return
  passed = 0
  collect()
}

/** Says how buffers are collected. Default: when V8 does. */
export function collectWith(collector: () => void): void {
  collect = collector
}
