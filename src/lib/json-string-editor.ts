/** What a string of a JSON text becomes; undefined leaves it. */
export type StringEdit = (value: string) => string | undefined

export interface JsonStringEditorOptions {
  /** Where the strings stand: `['requests', '*', 'params', 'model']`. A `*` is any member or item. */
  readonly places: readonly (readonly string[])[]
  readonly edit: StringEdit
  /** What a string gets shorter is filled up with spaces behind it, so that the text keeps its length. A longer one is not taken. */
  readonly keepsLength?: boolean
}

/** Edits strings of JSON texts that pass, one after another or in lines, without keeping them. What is not edited passes byte for byte. */
export interface JsonStringEditor {
  push(bytes: Uint8Array): Uint8Array
  /** What was held back of a text that ended in the middle of a string. */
  end(): Uint8Array
}

interface Level {
  readonly isObject: boolean
  /** The member under way; of lists nothing is asked. */
  key: string
  /** Whether the next string is the name of a member. */
  wantsKey: boolean
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c

/** A string that is longer is neither a name nor anything that is edited. */
const MAX_STRING = 8_192

class StringEditor implements JsonStringEditor {
  readonly #options: JsonStringEditorOptions
  readonly #deepest: number
  readonly #levels: Level[] = []
  /** Levels below the deepest place, which are only counted. */
  #below = 0
  #inString = false
  #isEscaped = false
  /** The string under way, with its quotes, as far as it is wanted. */
  #string: number[] | undefined
  /** It is held back and not yet passed on. */
  #isHeld = false

  constructor(options: JsonStringEditorOptions) {
    this.#options = options
    this.#deepest = Math.max(...options.places.map(({ length }) => length))
  }

  push(bytes: Uint8Array): Uint8Array {
    const out: Uint8Array[] = []
    let from = this.#isHeld ? bytes.length : 0
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0
      const wasHeld = this.#isHeld
      const written = this.#inString ? this.#continue(byte) : this.#begin(byte)
      if (this.#isHeld && !wasHeld) {
        out.push(bytes.subarray(from, at))
        from = bytes.length
      }
      if (wasHeld && written !== undefined) {
        out.push(written)
        from = at + 1
      }
    }
    if (from < bytes.length) out.push(bytes.subarray(from))
    return out.length === 1 && out[0] ? out[0] : Buffer.concat(out)
  }

  end(): Uint8Array {
    const held = this.#isHeld ? Buffer.from(this.#string ?? []) : Buffer.alloc(0)
    this.#isHeld = false
    return held
  }

  #begin(byte: number): undefined {
    if (byte === QUOTE && this.#levels.length > 0) this.#open()
    else this.#structure(byte)
  }

  #continue(byte: number): Uint8Array | undefined {
    this.#string?.push(byte)
    return this.#advance(byte)
  }

  #open(): void {
    this.#inString = true
    this.#isEscaped = false
    const level = this.#below === 0 ? this.#levels.at(-1) : undefined
    const isKey = level?.isObject === true && level.wantsKey
    this.#isHeld = level !== undefined && !isKey && this.#isWanted()
    this.#string = isKey || this.#isHeld ? [QUOTE] : undefined
  }

  /** Undefined while the string goes on; else what stands in its place. */
  #advance(byte: number): Uint8Array | undefined {
    const released = this.#string && this.#string.length > MAX_STRING ? this.#release() : undefined
    if (this.#isEscaped) this.#isEscaped = false
    else if (byte === BACKSLASH) this.#isEscaped = true
    else if (byte === QUOTE) {
      const closed = this.#close()
      return released ?? closed
    }
    return released
  }

  /** Gives up a string that is too long to be meant. */
  #release(): Uint8Array | undefined {
    const text = this.#isHeld ? Buffer.from(this.#string ?? []) : undefined
    this.#string = undefined
    this.#isHeld = false
    return text
  }

  #close(): Uint8Array | undefined {
    const text = this.#string && Buffer.from(this.#string)
    const level = this.#below === 0 ? this.#levels.at(-1) : undefined
    const isHeld = this.#isHeld
    this.#inString = false
    this.#string = undefined
    this.#isHeld = false
    if (!text) return undefined
    if (isHeld) return this.#edited(text)
    if (level) level.key = readString(text) ?? ''
    return undefined
  }

  #edited(text: Buffer): Uint8Array {
    const value = readString(text)
    const next = value === undefined ? undefined : this.#options.edit(value)
    if (next === undefined) return text
    const written = Buffer.from(JSON.stringify(next))
    if (this.#options.keepsLength !== true) return written
    const missing = text.length - written.length
    return missing < 0 ? text : Buffer.concat([written, Buffer.alloc(missing, ' ')])
  }

  #isWanted(): boolean {
    return this.#options.places.some((place) => place.length === this.#levels.length && place.every((name, index) => name === '*' || (this.#levels[index]?.isObject === true && this.#levels[index].key === name)))
  }

  #structure(byte: number): void {
    if (byte === 0x7b || byte === 0x5b) return this.#enter(byte === 0x7b)
    if (byte === 0x7d || byte === 0x5d) return this.#leave()
    const level = this.#below === 0 ? this.#levels.at(-1) : undefined
    if (level && byte === COLON) level.wantsKey = false
    else if (level && byte === COMMA) level.wantsKey = level.isObject
  }

  #enter(isObject: boolean): void {
    if (this.#below > 0 || this.#levels.length >= this.#deepest) this.#below++
    else this.#levels.push({ isObject, key: '', wantsKey: isObject })
  }

  #leave(): void {
    if (this.#below > 0) this.#below--
    else this.#levels.pop()
  }
}

function readString(text: Buffer): string | undefined {
  try {
    const value: unknown = JSON.parse(text.toString('utf8'))
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

export function createJsonStringEditor(options: JsonStringEditorOptions): JsonStringEditor {
  return new StringEditor(options)
}
