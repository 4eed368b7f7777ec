import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { readProcess } from './process-table.ts'

const recordSchema = z.object({
  /** Pids and start times mean nothing after a reboot. */
  bootId: z.string(),
  server: z.string(),
  owner: z.string().min(8),
  variable: z.string(),
  leader: z.object({ pid: z.number().int(), startedAt: z.number() }),
  gateway: z.object({ pid: z.number().int(), startedAt: z.number() }),
})

/** What a later gateway needs to recognise a process that this one left behind. */
export type OrphanRecord = z.infer<typeof recordSchema>

const FOLDER = 'children'

export async function readBootId(): Promise<string | undefined> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
  } catch {
    return undefined
  }
}

/** Writes the record of a child that has just started and returns its file; `undefined` where processes cannot be told apart. */
export async function writeOrphanRecord(
  stateDirectory: string,
  facts: Pick<OrphanRecord, 'server' | 'owner' | 'variable'> & { readonly pid: number },
): Promise<string | undefined> {
  const [bootId, leader, gateway] = await Promise.all([readBootId(), readProcess(facts.pid), readProcess(process.pid)])
  if (bootId === undefined || !leader || !gateway) return undefined
  const record: OrphanRecord = {
    bootId,
    server: facts.server,
    owner: facts.owner,
    variable: facts.variable,
    leader: { pid: leader.pid, startedAt: leader.startedAt },
    gateway: { pid: gateway.pid, startedAt: gateway.startedAt },
  }
  const folder = join(stateDirectory, FOLDER)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${process.pid}-${facts.pid}-${randomUUID()}.json`)
  await writeFile(`${file}.new`, JSON.stringify(record), { mode: 0o600 })
  await rename(`${file}.new`, file)
  return file
}

export async function removeOrphanRecord(file: string): Promise<void> {
  await rm(file, { force: true })
}

/** A record is named after the gateway that writes it: `4711-4712-….json.new`. */
function isWriterAlive(name: string): boolean {
  try {
    return process.kill(Number.parseInt(name, 10), 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Every record; `undefined` for a file that is no record, which a crash in the middle of writing may leave. */
export async function readOrphanRecords(stateDirectory: string): Promise<readonly { readonly file: string; readonly record: OrphanRecord | undefined }[]> {
  const folder = join(stateDirectory, FOLDER)
  let names: readonly string[]
  try {
    names = await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  const unfinished = names.filter((name) => name.endsWith('.json.new') && !isWriterAlive(name)).map((name) => ({ file: join(folder, name), record: undefined }))
  const records = await Promise.all(
    names.filter((name) => name.endsWith('.json')).map(async (name) => {
      const file = join(folder, name)
      try {
        return { file, record: recordSchema.parse(JSON.parse(await readFile(file, 'utf8'))) }
      } catch {
        return { file, record: undefined }
      }
    }),
  )
  return [...unfinished, ...records]
}
