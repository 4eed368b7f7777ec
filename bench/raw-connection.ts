import { connect, type Socket } from 'node:net'

/** Where one answer stands in its connection. */
export interface RawSink {
  /** The first byte of the body. */
  first(): void
  end(ok: boolean): void
}

const HEAD_END = Buffer.from('\r\n\r\n')
const READ_BYTES = 256 * 1024

/**
 * One keep-alive connection that reads into one buffer and keeps nothing of what it reads: the collections of a client that
 * allocates would be measured as pauses of the gateway. It takes answers with a `content-length` and chunked ones.
 */
export class RawConnection {
  readonly #url: URL
  #socket: Socket | undefined
  #sink: RawSink | undefined
  #head = ''
  /** Bytes of the body, or of its chunk, that are to come; undefined where a head or the size of a chunk is. */
  #left: number | undefined
  #size: string | undefined
  #isFirst = false
  #ok = false

  constructor(url: string) {
    this.#url = new URL(url)
  }

  send(headers: Readonly<Record<string, string>>, body: Buffer, sink: RawSink): void {
    const { host, pathname, search } = this.#url
    const lines = Object.entries({ host, 'content-type': 'application/json', ...headers, 'content-length': String(body.length) }).map(([name, value]) => `${name}: ${value}\r\n`)
    this.#sink = sink
    this.#head = ''
    this.#left = undefined
    this.#size = undefined
    this.#isFirst = true
    this.#socket ??= this.#open()
    this.#socket.write(Buffer.concat([Buffer.from(`POST ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`), body]))
  }

  close(): void {
    this.#sink = undefined
    this.#socket?.destroy()
  }

  #open(): Socket {
    const buffer = Buffer.allocUnsafe(READ_BYTES)
    const onread = { buffer, callback: (count: number): boolean => (this.#read(buffer.subarray(0, count)), true) }
    const socket = connect({ host: this.#url.hostname, port: Number(this.#url.port), noDelay: true, onread })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#socket = undefined
      this.#end(false)
    })
    return socket
  }

  #end(ok: boolean): void {
    const sink = this.#sink
    this.#sink = undefined
    sink?.end(ok)
  }

  #read(bytes: Buffer): void {
    let rest = bytes
    while (rest.length > 0 && this.#sink) rest = this.#left !== undefined ? this.#readBody(rest, this.#left) : this.#size === undefined ? this.#readHead(rest) : this.#readSize(rest)
  }

  #readHead(bytes: Buffer): Buffer {
    const at = bytes.indexOf(HEAD_END)
    this.#head += bytes.toString('latin1', 0, at < 0 ? bytes.length : at)
    if (at < 0) return bytes.subarray(bytes.length)
    const head = this.#head.toLowerCase()
    this.#ok = /^http\/1\.1 2\d\d/.test(head)
    const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1]
    if (head.includes('\r\ntransfer-encoding: chunked')) this.#size = ''
    else if (Number(length ?? 0) === 0) this.#end(this.#ok)
    else this.#left = Number(length)
    return bytes.subarray(at + HEAD_END.length)
  }

  /** The line before a chunk, with the line end of the chunk before it. */
  #readSize(bytes: Buffer): Buffer {
    const at = bytes.indexOf(0x0a)
    const line = (this.#size ?? '') + bytes.toString('latin1', 0, at < 0 ? bytes.length : at + 1)
    this.#size = line
    const rest = bytes.subarray(at < 0 ? bytes.length : at + 1)
    if (at < 0 || line === '\r\n') return rest
    const size = Number.parseInt(line.trim(), 16)
    if (size === 0) this.#end(this.#ok)
    // With the line end behind it.
    else this.#left = size + 2
    return rest
  }

  #readBody(bytes: Buffer, left: number): Buffer {
    if (this.#isFirst) this.#sink?.first()
    this.#isFirst = false
    const taken = Math.min(left, bytes.length)
    const isChunked = this.#size !== undefined
    this.#left = left - taken === 0 ? undefined : left - taken
    if (this.#left === undefined && isChunked) this.#size = ''
    if (this.#left === undefined && !isChunked) this.#end(this.#ok)
    return bytes.subarray(taken)
  }
}
