import { createJsonScanner, type DialectCodec, type WholeVerdict } from '../../dialects/index.ts'

/** A JSON body while it arrives: its pieces, and what of its top level was seen. */
export class GatheredBody {
  readonly #scanner = createJsonScanner()
  readonly pieces: Uint8Array[] = []
  bytes = 0

  push(bytes: Uint8Array): void {
    this.#scanner.push(bytes)
    this.pieces.push(bytes)
    this.bytes += bytes.length
  }

  /** What it is in the dialect of its provider; call it once, when all of it has come. An answer is none where a stream was asked for. */
  judge(codec: DialectCodec, wantsStream: boolean): WholeVerdict {
    const verdict = codec.response.readWhole({ pieces: this.pieces, scan: this.#scanner.end() })
    return wantsStream && verdict.kind === 'answer' ? NOT_A_STREAM : verdict
  }
}

export const NOT_A_STREAM = { kind: 'malformed', reason: 'a whole answer though a stream was asked for' } as const
