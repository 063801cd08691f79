// What every sealing tool of the comparison does: content in, sealed bytes between, the same content out, authenticated.

/** A tool with keys of a sender and a recipient. */
export interface Tool {
  /** Signs and seals the content for one recipient. */
  seal(content: Content): Promise<unknown>
  /** Opens what `seal` made, verifies the sender, and returns the content. */
  open(sealed: never): Promise<Content>
}

/** The contents of the two sections of a message. */
export type Content = readonly Uint8Array[]

/** One way there and back. @throws Error if something else comes out */
export async function thereAndBack(tool: Tool, content: Content): Promise<void> {
  const opened = await tool.open((await tool.seal(content)) as never)
  if (!Buffer.concat(opened).equals(Buffer.concat(content))) throw new Error('Other content came out.')
}
