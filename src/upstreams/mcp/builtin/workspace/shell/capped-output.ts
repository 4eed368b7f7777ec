/** Keeps the start and the end of what is written to it, and counts the rest. */
export interface CappedOutput {
  write(bytes: Buffer): void
  text(): string
}

export function createCappedOutput(mostBytes: number): CappedOutput {
  const headBytes = Math.ceil(mostBytes / 2)
  const tailBytes = mostBytes - headBytes
  let head = Buffer.alloc(0)
  let tail = Buffer.alloc(0)
  let dropped = 0
  return {
    write(bytes) {
      const room = headBytes - head.length
      if (room > 0) head = Buffer.concat([head, bytes.subarray(0, room)])
      const rest = bytes.subarray(Math.max(0, room))
      if (rest.length === 0) return
      tail = Buffer.concat([tail, rest])
      if (tail.length <= tailBytes) return
      dropped += tail.length - tailBytes
      tail = Buffer.from(tail.subarray(tail.length - tailBytes))
    },
    text() {
      if (dropped === 0) return Buffer.concat([head, tail]).toString()
      return `${head.toString()}\n\n... [${dropped} bytes left out] ...\n\n${tail.toString()}`
    },
  }
}
