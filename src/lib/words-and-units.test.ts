import { describe, expect, it } from 'vitest'
import { parseByteSize } from './parse-byte-size.ts'
import { parseDuration } from './parse-duration.ts'
import { nearestWord } from './nearest-word.ts'

describe('parseDuration', () => {
  it.each([[250, 250], ['250', 250], ['250ms', 250], ['30s', 30_000], ['10m', 600_000], ['1.5h', 5_400_000], ['1d', 86_400_000], [' 5 s ', 5000], [0, 0]])('%s → %i', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })
  it.each(['', 's', '-1s', '5 minutes', '1e3', 'Infinity', '30d', Number.NaN])('refuses %s', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })
})

describe('parseByteSize', () => {
  it.each([[4096, 4096], ['4096', 4096], ['16KB', 16_384], ['16 mb', 16_777_216], ['1GiB', 1_073_741_824], ['1.5k', 1536], ['10b', 10]])('%s → %i', (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes)
  })
  it.each(['', 'MB', '-1', '1TB', '99999999999GB'])('refuses %s', (text) => {
    expect(parseByteSize(text)).toBeUndefined()
  })
})

describe('nearestWord', () => {
  it.each([['prot', 'port'], ['Port', 'port'], ['mcpserver', 'mcpServers'], ['mcp_servers', 'mcpServers'], ['comand', 'command'], ['xyz', undefined], ['', undefined]])('%s → %s', (word, near) => {
    expect(nearestWord(word, ['host', 'port', 'mcpServers', 'command'])).toBe(near)
  })
})
