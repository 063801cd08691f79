// Items that are ready at the same time travel in one message: on a stream each message waits for the one before to be written. docs/spec/delivery.md, "Deliver stream"

/** Sizes of an item, or the most of each that a batch may have together. */
export type Sizes = readonly number[]

/** Bytes of a batch: small enough to hold up nobody for long. */
export const BATCH_BYTES = 256 * 1024

/** Cuts items into batches, in order. An item that alone is more than `most` is a batch of its own. */
export function batches<T>(items: readonly T[], sizesOf: (item: T) => Sizes, most: Sizes): T[][] {
  const cut: T[][] = []
  let together: number[] = []
  for (const item of items) {
    const sizes = sizesOf(item)
    const sum = sizes.map((size, i) => size + (together[i] ?? 0))
    const last = cut.at(-1)
    if (last !== undefined && sum.every((size, i) => size <= (most[i] as number))) {
      last.push(item)
      together = sum
    } else {
      cut.push([item])
      together = [...sizes]
    }
  }
  return cut
}
