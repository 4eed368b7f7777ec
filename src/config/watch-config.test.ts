import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTestingFolder, type TestingFolder } from './testing-folder.fixture.ts'
import { watchConfig, type ConfigWatcher, type WatchOptions } from './watch-config.ts'

let folder: TestingFolder
let changes: string[][]
let missing: string[]
let watcher: ConfigWatcher | undefined

beforeEach(() => {
  folder = createTestingFolder()
  changes = []
  missing = []
})
afterEach(async () => {
  await watcher?.[Symbol.asyncDispose]()
  watcher = undefined
  folder[Symbol.dispose]()
})

function start(paths: readonly string[], more: Partial<WatchOptions> = {}): void {
  watcher = watchConfig({
    paths,
    onChange: (changed) => changes.push([...changed]),
    onMissing: (path) => missing.push(path),
    debounceMs: 40,
    emptyWaitMs: 400,
    lookEveryMs: 60_000,
    ...more,
  })
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const once = (): Promise<unknown> => vi.waitFor(() => expect(changes).toHaveLength(1), { timeout: 60_000, interval: 10 })

/** One change was reported, and nothing follows. */
async function expectOne(file: string): Promise<void> {
  await once()
  await pause(150)
  expect(changes).toEqual([[file]])
}

describe('watchConfig sees', () => {
  it('a file that is written in place', async () => {
    const file = folder.write('a.yaml', 'one')
    start([file])
    writeFileSync(file, 'two')
    await expectOne(file)
  })

  it('a file that is emptied and then written, once, with its content', async () => {
    const file = folder.write('a.yaml', 'one')
    start([file], { emptyWaitMs: 60_000 })
    truncateSync(file)
    await pause(150)
    expect(changes).toEqual([])
    appendFileSync(file, 'tw')
    appendFileSync(file, 'o')
    await expectOne(file)
  })

  it('a file that is emptied for good, after a while', async () => {
    const file = folder.write('a.yaml', 'one')
    start([file])
    truncateSync(file)
    await expectOne(file)
  })

  it('a new file that was renamed over it', async () => {
    const file = folder.write('a.yaml', 'one')
    start([file])
    renameSync(folder.write('a.yaml.new', 'two'), file)
    await expectOne(file)
  })

  it('one swap after the other', async () => {
    const file = folder.write('a.yaml', 'one')
    start([file])
    renameSync(folder.write('a.new', 'two'), file)
    await once()
    renameSync(folder.write('a.new', 'three'), file)
    await vi.waitFor(() => expect(changes).toHaveLength(2), { timeout: 60_000 })
  })

  it('a file that was moved to a backup and written anew, as vim does', async () => {
    const file = folder.write('a.yaml', 'one')
    start([file])
    renameSync(file, `${file}~`)
    writeFileSync(file, 'two')
    await expectOne(file)
  })

  it('a file that is deleted and comes back later with another content', async () => {
    const file = folder.write('a.yaml', 'one')
    start([file])
    unlinkSync(file)
    await vi.waitFor(() => expect(missing).toEqual([file]), { timeout: 60_000 })
    expect(changes).toEqual([])
    writeFileSync(file, 'two')
    await expectOne(file)
  })

  it('the swap of the link of a mounted ConfigMap', async () => {
    folder.write('..v1/trunkline.yaml', 'one')
    folder.write('..v2/trunkline.yaml', 'two')
    symlinkSync('..v1', join(folder.path, '..data'))
    const file = join(folder.path, 'trunkline.yaml')
    symlinkSync('..data/trunkline.yaml', file)
    start([file])
    symlinkSync('..v2', join(folder.path, '..data_tmp'))
    renameSync(join(folder.path, '..data_tmp'), join(folder.path, '..data'))
    rmSync(join(folder.path, '..v1'), { recursive: true })
    await expectOne(file)
  })

  it('a write behind a link that leads elsewhere', async () => {
    const real = folder.write('dotfiles/real.yaml', 'one')
    mkdirSync(join(folder.path, 'here'))
    const file = join(folder.path, 'here', 'trunkline.yaml')
    symlinkSync(real, file)
    start([file])
    writeFileSync(real, 'two')
    await expectOne(file)
  })

  it('a file that appears where there was none', async () => {
    const file = join(folder.path, 'late.yaml')
    start([file])
    writeFileSync(file, 'one')
    await expectOne(file)
  })

  it('a file in a folder that appears, at the slow look', async () => {
    const file = join(folder.path, 'later', 'a.yaml')
    start([file], { lookEveryMs: 50 })
    await pause(80)
    folder.write('later/a.yaml', 'one')
    await expectOne(file)
  })

  it('several files of one moment together', async () => {
    const files = [folder.write('a.yaml', '1'), folder.write('b.txt', '1')]
    start(files)
    for (const file of files) writeFileSync(file, '2')
    await once()
    expect(changes[0]?.toSorted()).toEqual(files)
  })
})

describe('watchConfig does not see', () => {
  const quiet = async (): Promise<void> => {
    await pause(300)
    expect(changes).toEqual([])
  }

  it('a touch, or the same content written again', async () => {
    const file = folder.write('a.yaml', 'one')
    start([file])
    writeFileSync(file, 'one')
    renameSync(folder.write('a.new', 'one'), file)
    await quiet()
  })

  it('a deletion followed by the same content', async () => {
    const file = folder.write('a.yaml', 'one')
    start([file])
    unlinkSync(file)
    await vi.waitFor(() => expect(missing).toHaveLength(1), { timeout: 60_000 })
    writeFileSync(file, 'one')
    await quiet()
  })

  it('neighbours', async () => {
    const file = folder.write('a.yaml', 'one')
    start([file])
    folder.write('b.yaml', 'two')
    await quiet()
  })

  it('anything once it is disposed of', async () => {
    const file = folder.write('a.yaml', 'one')
    start([file])
    writeFileSync(file, 'two')
    await watcher?.[Symbol.asyncDispose]()
    await quiet()
  })

  it('files that setPaths took out', async () => {
    const [a, b] = [folder.write('a.yaml', '1'), folder.write('x/b.yaml', '1')]
    start([a])
    watcher?.setPaths([b])
    writeFileSync(a, '2')
    await quiet()
    writeFileSync(b, '2')
    await expectOne(b)
  })
})
