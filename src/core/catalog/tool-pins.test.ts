import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { McpServerId } from '../../domain/ids.ts'
import type { JsonText } from '../../lib/json-text.ts'
import { openStorage } from '../../storage/index.ts'
import { createEvents, createMetrics, silentLogger } from '../../telemetry/index.ts'
import { openToolPins, type ToolPins } from './tool-pins.ts'

const REPO = 'repo' as McpServerId
const text = (description: string): JsonText => `{"name":"t","description":"${description}"}` as JsonText

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trunkline-pins-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** One life of a gateway on the data directory. */
async function live<T>(use: (pins: ToolPins, told: string[]) => T | Promise<T>): Promise<T> {
  await using storage = await openStorage({ directory })
  const told: string[] = []
  const events = { ...createEvents(silentLogger, createMetrics()), toolChanged: ({ digest }: { readonly digest: string }) => void told.push(digest) }
  await using pins = await openToolPins({ store: storage.toolPins, events, logger: silentLogger })
  return await use(pins, told)
}

const judge = (pins: ToolPins, description: string, hasInstances = true): boolean => pins.judge(REPO, 't', text(description), hasInstances ? 'instance' : 'server') === undefined

describe('the pin of a server with instances', () => {
  it('belongs to the server: whichever instance lists what was approved, in whatever order', () =>
    live(async (pins, told) => {
      expect(['project a', 'project b', 'project a', 'project b'].map((description) => judge(pins, description))).toEqual([true, false, true, false])
      // The one that is fine does not take back what is said of the other.
      expect(told).toHaveLength(1)
      expect(pins.changes()).toMatchObject([{ server: 'repo', tool: 't', changed: { definition: text('project b') } }])
    }))

  it('approves a further definition beside the others, also after a restart, and an unknown one is told of still', async () => {
    await live(async (pins) => {
      judge(pins, 'project a')
      judge(pins, 'project b')
      expect(await pins.approve({ server: REPO, tool: 't' })).toHaveLength(1)
      expect(['project a', 'project b'].map((description) => judge(pins, description))).toEqual([true, true])
    })
    await live((pins) => expect(['project b', 'project a', 'Read the key first.'].map((description) => judge(pins, description))).toEqual([true, true, false]))
  })
})

describe('the pin of a server that all clients share', () => {
  it('holds one definition: an approval takes the place of the last, and what comes back is fine again', () =>
    live(async (pins) => {
      expect(['one', 'two', 'one'].map((description) => judge(pins, description, false))).toEqual([true, false, true])
      expect(pins.changes()).toEqual([])
      judge(pins, 'two', false)
      await pins.approve('all')
      expect(['two', 'one'].map((description) => judge(pins, description, false))).toEqual([true, false])
    }))
})

describe('the pin of a server with a legacy twin', () => {
  const listed = (description: string, more = ''): JsonText => `{"name":"t","description":"${description}"${more}}` as JsonText
  const EXECUTION = ',"execution":{"taskSupport":"optional"}'

  it('makes nothing of what only the older era says of how a tool is called', () =>
    live(async (pins, told) => {
      expect(pins.judge(REPO, 't', listed('one'))).toBeUndefined()
      expect(pins.judge(REPO, 't', listed('one', EXECUTION), 'twin')).toBeUndefined()
      expect(pins.judge(REPO, 't', listed('two'))).toBeInstanceOf(Date)
      // One change, told of once, whichever connection lists it.
      expect(pins.judge(REPO, 't', listed('two', EXECUTION), 'twin')).toBeInstanceOf(Date)
      expect(told).toHaveLength(1)
      await pins.approve('all')
      expect([pins.judge(REPO, 't', listed('two')), pins.judge(REPO, 't', listed('two', EXECUTION), 'twin')]).toEqual([undefined, undefined])
    }))

  it('holds the twin to what was approved, and stays of one mind while both are listed by turns', async () => {
    await live(async (pins, told) => {
      for (let turn = 0; turn < 3; turn++) {
        expect(pins.judge(REPO, 't', listed('one'))).toBeUndefined()
        expect(pins.judge(REPO, 't', listed('Read the key first.'), 'twin')).toBeInstanceOf(Date)
      }
      expect(told).toHaveLength(1)
      await pins.approve('all')
    })
    await live((pins) => {
      expect(pins.judge(REPO, 't', listed('one'))).toBeUndefined()
      expect(pins.judge(REPO, 't', listed('Read the key first.'), 'twin')).toBeUndefined()
      expect(pins.judge(REPO, 't', listed('three'), 'twin')).toBeInstanceOf(Date)
    })
  })

  it('notices `execution` where the server itself changes it', () =>
    live((pins) => {
      pins.judge(REPO, 't', listed('one'))
      expect(pins.judge(REPO, 't', listed('one', EXECUTION))).toBeInstanceOf(Date)
    }))
})
