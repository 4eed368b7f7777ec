/** Whether bytes occur in a body, looked for through its pieces and over their borders, without joining them. */
export function mentions(pieces: readonly Uint8Array[], mark: Buffer): boolean {
  let tail = Buffer.alloc(0)
  for (const piece of pieces) {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
    if (bytes.includes(mark) || Buffer.concat([tail, bytes.subarray(0, mark.length)]).includes(mark)) return true
    tail = Buffer.concat([tail, bytes.subarray(-mark.length)]).subarray(-mark.length)
  }
  return false
}
