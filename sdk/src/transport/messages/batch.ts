// Sends items that are ready at the same time in one message, because each message on a stream waits until the previous one is written.
// docs/spec/delivery.md, "Deliver stream"

/** Sizes of an item by several measures, such as bytes, or the maximum total of each measure in a batch. */
export type Sizes = readonly number[]

/** Maximum bytes of a batch, small enough not to delay other traffic. */
export const BATCH_BYTES = 256 * 1024

/** Cuts items into batches, in order. An item larger than `most` gets a separate batch. */
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
