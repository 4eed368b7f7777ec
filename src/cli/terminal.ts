import type { JsonValue } from '../lib/json.ts'
import { renderTable, type Cell } from './table.ts'

/** Where a command writes: data to stdout, everything else to stderr. */
export interface Terminal {
  readonly json: boolean
  readonly verbose: boolean
  readonly isInteractive: boolean
  /** One line of data. */
  print(line: string): void
  printJson(value: JsonValue | object): void
  /** `{"items":[…],"next":null}` in JSON mode, a table otherwise. */
  printList(items: readonly object[], columns: readonly string[], row: (index: number) => readonly Cell[]): void
  /** One line for people. */
  note(line: string): void
}

export interface TerminalOptions {
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly json: boolean
  readonly verbose: boolean
}

/** Control bytes out of a server’s texts would otherwise move the cursor or set the clipboard. */
export function plainText(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '·')
}

export function createTerminal({ stdout, stderr, json, verbose }: TerminalOptions): Terminal {
  const print = (line: string): void => void stdout.write(`${line}\n`)
  const note = (line: string): void => void stderr.write(`${line}\n`)
  return {
    json,
    verbose,
    isInteractive: stderr.isTTY,
    print,
    printJson: (value) => print(JSON.stringify(value, null, stdout.isTTY ? 2 : undefined)),
    printList(items, columns, row) {
      if (json) print(JSON.stringify({ items, next: null }))
      else for (const line of renderTable(columns, items.map((_, index) => row(index)), stdout.isTTY)) print(line)
    },
    note,
  }
}

/** A reader that went away (`| head -1`) is no failure; the output just ends. */
export function ignoreBrokenPipes(streams: readonly NodeJS.WriteStream[], onHangup: () => void): void {
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return
      // The terminal window was closed.
      if (error.code === 'EIO') return onHangup()
      throw error
    })
  }
}
