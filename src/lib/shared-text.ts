/** A long text that many answers hold. Its bytes are made once, when they are first asked for. */
export interface SharedPart {
  readonly text: string
  bytes(): Uint8Array
}

export function sharePart(text: string): SharedPart {
  let encoded: Uint8Array | undefined
  return { text, bytes: () => (encoded ??= Buffer.from(text, 'utf8')) }
}

/** A text with a shared part in its middle, kept apart so that sending it costs no copy of the part. `String(it)` joins it. */
export class SharedText {
  readonly before: string
  readonly part: SharedPart
  readonly after: string

  constructor(before: string, part: SharedPart, after: string) {
    this.before = before
    this.part = part
    this.after = after
  }

  within(before: string, after: string): SharedText {
    return new SharedText(before + this.before, this.part, this.after + after)
  }

  /** In their order. */
  chunks(): readonly Uint8Array[] {
    return [Buffer.from(this.before, 'utf8'), this.part.bytes(), Buffer.from(this.after, 'utf8')]
  }

  toString(): string {
    return this.before + this.part.text + this.after
  }
}
