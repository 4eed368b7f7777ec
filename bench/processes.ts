import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const TICKS_PER_SECOND = 100

/** A process under measurement that said where it listens. */
export interface Measured extends AsyncDisposable {
  readonly url: string
  /** CPU seconds so far, user and system, of the process itself; undefined where the system does not tell. */
  cpuSeconds(): number | undefined
  /** Resident megabytes. */
  residentMegabytes(): number | undefined
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return undefined
  }
}

function measure(child: ChildProcess, url: string): Measured {
  const pid = child.pid ?? 0
  const exited = new Promise((resolve) => child.once('exit', resolve))
  return {
    url,
    cpuSeconds() {
      const stat = readProc(pid, 'stat')
      if (stat === undefined) return undefined
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
    },
    residentMegabytes() {
      const match = /VmRSS:\s+(\d+) kB/.exec(readProc(pid, 'status') ?? '')
      return match?.[1] === undefined ? undefined : Number(match[1]) / 1024
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

/** Starts a script of this repository and waits until a line of its output holds `listening <address>`, at most 20 s. */
export async function startMeasured(script: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Measured> {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...environment } })
  const url = await new Promise<string>((resolve, reject) => {
    let said = ''
    const timer = setTimeout(() => reject(new Error(`${script} did not listen within 20 s: ${said.slice(-500)}`)), 20_000)
    const look = (line: string): void => {
      said += `${line}\n`
      const found = /(?:listening|OpenAI API)[^\n]*?(https?:\/\/[\w.:[\]-]+)/i.exec(line)?.[1]
      if (found === undefined) return
      clearTimeout(timer)
      resolve(found)
    }
    createInterface({ input: child.stdout }).on('line', look)
    createInterface({ input: child.stderr }).on('line', look)
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}: ${said.slice(-500)}`)))
  })
  return measure(child, url)
}
