import { parseArgs } from 'node:util'
import { createTestSession, type TestServer } from './base.ts'
import { serveHttp } from './serve-http.ts'

/** The options that every test server takes; its own ones are read by itself. */
export function readOption(name: string): string | undefined {
  const { values } = parseArgs({ strict: false, options: { [name]: { type: 'string' } } })
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

export function hasFlag(name: string): boolean {
  return process.argv.includes(`--${name}`)
}

export function writeLine(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** `readline` would also cut at U+2028, which may stand inside a JSON string. */
function serveStdio(server: TestServer): void {
  const session = createTestSession(server)
  let held = ''
  process.stdin.setEncoding('utf8')
  process.stdin.on('data', (chunk: string) => {
    const lines = (held + chunk).split('\n')
    held = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') void session.receive(line, writeLine)
  })
  process.stdin.on('end', () => {
    if (!hasFlag('ignore-stdin-close')) process.kill(process.pid, 'SIGTERM')
  })
}

/** Serves over stdio, or with `--http` over streamable HTTP on a free port that it prints to stderr. */
export function serve(server: TestServer): void {
  if (hasFlag('http')) serveHttp(server)
  else serveStdio(server)
}
