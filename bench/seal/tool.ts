// The interface of the compared tools. Each seals content, and returns the same content, authenticated, when it opens the result.

/** A tool that is ready to use, with the keys of a sender and a recipient. */
export interface Tool {
  /** Signs and seals the content for one recipient. */
  seal(content: Content): Promise<unknown>
  /** Opens the result of `seal`, verifies the sender, and returns the content. */
  open(sealed: never): Promise<Content>
}

/** The contents of the two sections of a message. */
export type Content = readonly Uint8Array[]

/** Seals and opens content. @throws Error if the result differs */
export async function thereAndBack(tool: Tool, content: Content): Promise<void> {
  const opened = await tool.open((await tool.seal(content)) as never)
  if (!Buffer.concat(opened).equals(Buffer.concat(content))) throw new Error('Other content came out.')
}
