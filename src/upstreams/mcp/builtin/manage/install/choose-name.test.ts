import { describe, expect, it } from 'vitest'
import { chooseName } from './choose-name.ts'

describe('chooseName', () => {
  it.each<readonly [string, readonly string[], string]>([
    ['io.github.me/weather', [], 'weather'],
    ['io.github.me/weather', ['weather'], 'me-weather'],
    ['io.github.me/weather', ['weather', 'me-weather'], 'me-weather-2'],
    ['io.github.me/weather', ['weather', 'me-weather', 'me-weather-2'], 'me-weather-3'],
    ['a.b/-_x y', [], 'x-y'],
    [`a.b/${'n'.repeat(100)}`, [], 'n'.repeat(64)],
  ])('calls %s beside %j %s', (name, taken, expected) => expect(chooseName(name, new Set(taken))).toBe(expected))
})
