import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Secret } from '../domain/secret.ts'
import { createPinoLogger } from './pino-logger.ts'

function log(format: 'json' | 'pretty', level: 'debug' | 'info' = 'info') {
  const lines: string[] = []
  return { lines, logger: createPinoLogger({ level, format, destination: { write: (line) => lines.push(line) } }) }
}

describe('createPinoLogger', () => {
  it('writes one JSON object per line, with the facts of its parents', () => {
    const { lines, logger } = log('json')
    logger.child({ requestId: 'r1' }).child({ server: 's' }).warn({ tool: 't' }, 'late')
    logger.debug({}, 'unseen')
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 40, requestId: 'r1', server: 's', tool: 't', msg: 'late' })
  })

  it('never writes a secret, by type or by name', () => {
    const { lines, logger } = log('json')
    logger.info({ key: new Secret('canary1'), provider: { apiKey: 'canary2' }, headers: { authorization: 'canary3', 'x-api-key': 'canary4' } }, 'x')
    expect(lines.join('')).not.toContain('canary')
    expect(lines.join('')).toContain('[redacted]')
  })

  it('lets no control byte of foreign text reach a terminal', () => {
    const { lines, logger } = log('pretty')
    logger.info({ tool: '\u001b]52;c;x\u0007' }, 'hello\r\nforged')
    const [line, ...rest] = stripVTControlCharacters(lines.join('')).split('\n')
    expect(line).not.toMatch(/\p{Cc}/u)
    expect(rest).toEqual([''])
  })
})
