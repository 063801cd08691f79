// Sends items that are ready at the same time in one message: on a stream each message waits for the previous one to be written.
// docs/spec/delivery.md, "Deliver stream"

/** Sizes of an item, or the limits on their totals in a batch. */
export type Sizes = readonly number[]

/** Bytes of a batch: small enough not to delay other traffic. */
export const BATCH_BYTES = 256 * 1024

/** Cuts items into batches, in order. An item larger than `most` forms a batch of its own. */
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
