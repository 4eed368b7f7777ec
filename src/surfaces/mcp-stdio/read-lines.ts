import { Buffer } from 'node:buffer'

const NEWLINE = 0x0a

/** Cuts a stream of bytes at newlines, in linear time whatever the pieces are. A line longer than the cap throws. */
export async function* readLines(input: AsyncIterable<Buffer | string>, maxBytes: number): AsyncGenerator<string> {
  let pieces: Buffer[] = []
  let size = 0
  for await (const chunk of input) {
    let rest = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      pieces.push(rest.subarray(0, end))
      yield Buffer.concat(pieces).toString('utf8')
      pieces = []
      size = 0
      rest = rest.subarray(end + 1)
    }
    size += rest.length
    if (size > maxBytes) throw new RangeError(`A message is longer than ${maxBytes} bytes.`)
    if (rest.length > 0) pieces.push(rest)
  }
  if (pieces.length > 0) yield Buffer.concat(pieces).toString('utf8')
}
