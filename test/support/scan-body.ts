import { createJsonScanner, type ScannedBody } from '../../src/dialects/index.ts'

export function scanBody(text: string): ScannedBody {
  const scanner = createJsonScanner()
  const piece = Buffer.from(text)
  scanner.push(piece)
  return { pieces: [piece], scan: scanner.end() }
}
