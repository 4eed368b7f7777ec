import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CommandContext } from './context.ts'
import { loadForRunning } from './load-for-running.ts'
import { createTerminal } from './terminal.ts'

describe('loadForRunning', () => {
  it('shows what other switches would do, and keeps to the file for the rest', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'trunkline-load-'))
    try {
      writeFileSync(join(cwd, 'trunkline.yaml'), 'providers: { a: { kind: demo } }\n')
      const terminal = createTerminal({ stdout: process.stdout, stderr: process.stderr, json: true, verbose: false })
      const context: CommandContext = { terminal, environment: {}, cwd, homeDirectory: cwd, version: '0', invocation: 'trunkline', signal: new AbortController().signal }
      const { loaded, reload, preview } = await loadForRunning(context, {})
      const favourites = { loaded: loaded.config.modelSwitches.favourites, preview: (await preview({ favourites: ['a/x'] })).config.modelSwitches.favourites, reload: (await reload()).config.modelSwitches.favourites }
      expect(favourites).toEqual({ loaded: [], preview: ['a/x'], reload: [] })
      await expect(preview({ favourites: 7 })).rejects.toMatchObject({ code: 'config_invalid' })
    } finally {
      rmSync(cwd, { recursive: true })
    }
  })
})
