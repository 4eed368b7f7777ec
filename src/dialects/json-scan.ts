/** A member of the body's top-level object by its place in the bytes: `{"a": 1}` has `a` with `keyStart` 1 and its value from 6 to 7. */
export interface MemberSpan {
  readonly key: string
  readonly keyStart: number
  readonly valueStart: number
  readonly valueEnd: number
}

/** What the top level of a JSON object says, without its values having been read. */
export interface JsonScan {
  readonly length: number
  readonly members: readonly MemberSpan[]
  /** Just after the opening brace. */
  readonly contentStart: number
  /** At the closing brace. */
  readonly contentEnd: number
}

/**
 * Finds the top-level members of one JSON object while its bytes arrive. It checks structure (brackets, separators,
 * completeness), not the inside of strings and scalars: what is only forwarded is left to the receiver to judge.
 * Both methods throw a `SyntaxError` whose message is safe to show.
 */
export interface JsonScanner {
  push(chunk: Uint8Array): void
  end(): JsonScan
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COMMA = 0x2c
const COLON = 0x3a

/** Stretches shorter than this are cheaper to walk than to hand to native search. */
const WALK_BYTES = 32
const MAX_DEPTH = 2_000
const MAX_MEMBERS = 4_096
/** A longer raw key is kept cut off: no name that the gateway knows comes near, even written with `\u` escapes throughout. */
const MAX_KEY_BYTES = 1_024

type State = 'object' | 'first-key' | 'key' | 'in-key' | 'colon' | 'value' | 'in-string' | 'in-scalar' | 'nested' | 'after-value' | 'done'

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Finds ends of strings across chunk borders; `escaped` says whether the border fell after an open backslash. */
class StringSkipper {
  #escaped = false

  /** The place just after the closing quote, or -1 when the string goes on in the next chunk. */
  skip(chunk: Buffer, from: number): number {
    let at = from
    if (this.#escaped) {
      if (at >= chunk.length) return -1
      this.#escaped = false
      at++
    }
    for (;;) {
      const walkEnd = Math.min(chunk.length, at + WALK_BYTES)
      while (at < walkEnd) {
        const byte = chunk[at]
        if (byte === QUOTE) return at + 1
        at += byte === BACKSLASH ? 2 : 1
      }
      if (at >= chunk.length) {
        this.#escaped = at > chunk.length
        return -1
      }
      const quote = chunk.indexOf(QUOTE, at)
      const end = quote < 0 ? chunk.length : quote
      let slash = end - 1
      while (slash >= at && chunk[slash] === BACKSLASH) slash--
      const isOpen = (end - slash) % 2 === 0
      if (quote < 0) {
        this.#escaped = isOpen
        return -1
      }
      if (!isOpen) return quote + 1
      // Escaped quotes come in crowds (code, JSON in strings): walking on is cheaper than a search for each.
      at = quote + 1
    }
  }
}

class TopLevelScanner implements JsonScanner {
  readonly #strings = new StringSkipper()
  readonly #members: MemberSpan[] = []
  #state: State = 'object'
  /** Bytes of all chunks before the present one. */
  #base = 0
  #contentStart = 0
  #contentEnd = 0
  #keyStart = 0
  #keyParts: Buffer[] = []
  #keyBytes = 0
  #key = ''
  #valueStart = 0
  /** Open brackets of the value that is being skipped. */
  #open: number[] = []
  #isInNestedString = false

  push(bytes: Uint8Array): void {
    const chunk = asBuffer(bytes)
    let at = 0
    while (at < chunk.length) at = this.#step(chunk, at)
    this.#base += chunk.length
  }

  end(): JsonScan {
    if (this.#state === 'object') throw new SyntaxError('Expected the body to be a JSON object, found nothing.')
    if (this.#state !== 'done') throw new SyntaxError('The JSON body ends before its object does.')
    return { length: this.#base, members: this.#members, contentStart: this.#contentStart, contentEnd: this.#contentEnd }
  }

  #step(chunk: Buffer, at: number): number {
    switch (this.#state) {
      case 'in-key':
        return this.#readKey(chunk, at)
      case 'in-string':
        return this.#skipTopString(chunk, at)
      case 'in-scalar':
        return this.#skipScalar(chunk, at)
      case 'nested':
        return this.#skipNested(chunk, at)
      default:
        return isSpace(chunk[at] ?? 0) ? at + 1 : this.#structure(chunk[at] ?? 0, at)
    }
  }

  #structure(byte: number, at: number): number {
    switch (this.#state) {
      case 'object':
        if (byte !== OPEN_BRACE) throw new SyntaxError('Expected the body to be a JSON object in UTF-8.')
        this.#contentStart = this.#base + at + 1
        this.#state = 'first-key'
        return at + 1
      case 'first-key':
        return byte === CLOSE_BRACE ? this.#finish(at) : this.#startKey(byte, at)
      case 'key':
        return this.#startKey(byte, at)
      case 'colon':
        if (byte !== COLON) throw this.#unexpected('":"', at)
        this.#state = 'value'
        return at + 1
      case 'value':
        return this.#startValue(byte, at)
      case 'after-value':
        return this.#afterValue(byte, at)
      default:
        throw this.#unexpected('nothing after the JSON object', at)
    }
  }

  #startKey(byte: number, at: number): number {
    if (byte !== QUOTE) throw this.#unexpected('a member name', at)
    this.#keyStart = this.#base + at
    this.#state = 'in-key'
    return at + 1
  }

  #afterValue(byte: number, at: number): number {
    if (byte === CLOSE_BRACE) return this.#finish(at)
    if (byte !== COMMA) throw this.#unexpected('"," or "}"', at)
    this.#state = 'key'
    return at + 1
  }

  #startValue(byte: number, at: number): number {
    this.#valueStart = this.#base + at
    if (byte === QUOTE) this.#state = 'in-string'
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      this.#open.push(byte)
      this.#state = 'nested'
    } else if (byte === COMMA || byte === COLON || byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      throw this.#unexpected('a value', at)
    } else this.#state = 'in-scalar'
    return at + 1
  }

  #readKey(chunk: Buffer, at: number): number {
    const end = this.#strings.skip(chunk, at)
    const part = chunk.subarray(at, end < 0 ? chunk.length : end - 1)
    if (this.#keyBytes < MAX_KEY_BYTES) this.#keyParts.push(part)
    this.#keyBytes += part.length
    if (end < 0) return chunk.length
    this.#key = this.#decodeKey(at)
    this.#keyParts = []
    this.#keyBytes = 0
    this.#state = 'colon'
    return end
  }

  #decodeKey(at: number): string {
    const raw = (this.#keyParts.length === 1 ? this.#keyParts[0] ?? Buffer.alloc(0) : Buffer.concat(this.#keyParts)).toString('utf8')
    if (this.#keyBytes > MAX_KEY_BYTES || !raw.includes('\\')) return raw
    try {
      return JSON.parse(`"${raw}"`) as string
    } catch {
      throw this.#unexpected('a member name with valid escapes', at)
    }
  }

  #skipTopString(chunk: Buffer, at: number): number {
    const end = this.#strings.skip(chunk, at)
    if (end < 0) return chunk.length
    this.#addMember(end)
    return end
  }

  #skipScalar(chunk: Buffer, from: number): number {
    let at = from
    while (at < chunk.length) {
      const byte = chunk[at] ?? 0
      if (byte === COMMA || byte === CLOSE_BRACE || isSpace(byte)) {
        this.#addMember(at)
        return at
      }
      if (byte === QUOTE || byte === OPEN_BRACE || byte === OPEN_BRACKET || byte === CLOSE_BRACKET || byte === COLON) {
        throw this.#unexpected('"," or "}"', at)
      }
      at++
    }
    return at
  }

  #skipNested(chunk: Buffer, from: number): number {
    let at = from
    while (at < chunk.length) {
      if (this.#isInNestedString) {
        at = this.#strings.skip(chunk, at)
        if (at < 0) return chunk.length
        this.#isInNestedString = false
        continue
      }
      const byte = chunk[at++]
      if (byte === QUOTE) this.#isInNestedString = true
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#descend(byte)
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        this.#ascend(byte, at)
        if (this.#open.length > 0) continue
        this.#addMember(at)
        return at
      }
    }
    return at
  }

  #descend(byte: number): void {
    this.#open.push(byte)
    if (this.#open.length > MAX_DEPTH) throw new SyntaxError(`The JSON body is nested deeper than ${MAX_DEPTH} levels.`)
  }

  #ascend(byte: number, at: number): void {
    const opened = this.#open.pop()
    if ((opened === OPEN_BRACE) !== (byte === CLOSE_BRACE)) throw this.#unexpected('the bracket that was opened to be closed', at - 1)
  }

  #addMember(end: number): void {
    if (this.#members.length >= MAX_MEMBERS) throw new SyntaxError(`The JSON body has more than ${MAX_MEMBERS} top-level members.`)
    this.#members.push({ key: this.#key, keyStart: this.#keyStart, valueStart: this.#valueStart, valueEnd: this.#base + end })
    this.#state = 'after-value'
  }

  #finish(at: number): number {
    this.#contentEnd = this.#base + at
    this.#state = 'done'
    return at + 1
  }

  #unexpected(expected: string, at: number): SyntaxError {
    return new SyntaxError(`The body is not valid JSON: expected ${expected} at byte ${this.#base + at}.`)
  }
}

export function createJsonScanner(): JsonScanner {
  return new TopLevelScanner()
}
