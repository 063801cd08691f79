// Counts bytes in and out, so that unreachable buffers are collected in time. docs/adr/0026-buffers-are-given-back.md

/** Bytes that pass before buffers are collected. */
const COLLECT_EVERY = 4 * 1024 * 1024

let passed = 0
let collect: () => void = () => {}

/** Records bytes that arrived or left. */
export function notePassed(bytes: number): void {
  passed += bytes
  if (passed < COLLECT_EVERY) return
  passed = 0
  collect()
}

/** Sets the function that collects buffers. Default: V8 alone decides. */
export function collectWith(collector: () => void): void {
  collect = collector
}
