/** The whole body, or undefined when it is longer than the cap; the rest of it is not read. */
export async function readCapped(answer: Response, mostBytes: number): Promise<Buffer | undefined> {
  if (!answer.body) return Buffer.alloc(0)
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>) {
    size += piece.length
    // Leaving the loop cancels the stream.
    if (size > mostBytes) return undefined
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
