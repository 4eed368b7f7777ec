import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** One process as the system’s own table has it. */
export interface ProcessRow {
  readonly pid: number
  readonly parent: number
  readonly state: string
  readonly command: string
}

function readRow(pid: number): ProcessRow | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { pid, parent: Number(parent), state, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() }
  } catch {
    // It ended while it was being read.
    return undefined
  }
}

export function processTable(): readonly ProcessRow[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => readRow(Number(name)) ?? [])
}

/** The process and all that descend from it. */
export function processFamily(root: number): readonly ProcessRow[] {
  const rows = processTable()
  const family = new Set([root])
  for (let grew = true; grew; ) {
    grew = false
    for (const { pid, parent } of rows) {
      if (!family.has(parent) || family.has(pid)) continue
      family.add(pid)
      grew = true
    }
  }
  return rows.filter(({ pid }) => family.has(pid))
}

export function isAlive(pid: number): boolean {
  const row = readRow(pid)
  return row !== undefined && row.state !== 'Z'
}

/** Inodes of the system’s TCP sockets, as text. */
function tcpInodes(): ReadonlySet<string> {
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(1) : []))
  return new Set(lines.flatMap((line) => line.trim().split(/\s+/)[9] ?? []))
}

function describeDescriptor(pid: number, name: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/fd/${name}`)
  } catch {
    // It was closed while it was being read.
    return undefined
  }
}

/** Files, pipes and sockets, but not TCP connections: a client keeps those open for as long as it likes. */
export function openDescriptors(pid: number): number {
  const inodes = tcpInodes()
  const links = readdirSync(`/proc/${pid}/fd`).flatMap((name) => describeDescriptor(pid, name) ?? [])
  return links.filter((link) => !inodes.has(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? '')).length
}
