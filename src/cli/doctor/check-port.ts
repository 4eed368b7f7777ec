import { once } from 'node:events'
import { createServer } from 'node:net'
import type { ServerConfig } from '../../config/index.ts'
import type { CheckResult } from './check-result.ts'

async function isOurs(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  try {
    const name = host.includes(':') ? `[${host}]` : host
    const response = await fetch(`http://${name}:${port}/livez`, { signal: AbortSignal.any([signal, AbortSignal.timeout(1000)]) })
    return response.ok && response.headers.get('x-trunkline-request-id') !== null
  } catch {
    // Somebody else, or nobody who speaks HTTP.
    return false
  }
}

/** Opens the address for a moment. A gateway that already runs there is no problem. */
export async function checkPort({ host, port }: ServerConfig, signal: AbortSignal): Promise<CheckResult> {
  const address = `${host}:${port}`
  const probe = createServer()
  try {
    probe.listen({ host, port, exclusive: true })
    await once(probe, 'listening', { signal })
    return { id: 'port', status: 'ok', evidence: `${address} is free` }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE' && (await isOurs(host, port, signal))) return { id: 'port', status: 'ok', evidence: `a gateway runs at ${address}` }
    const fix = code === 'EACCES' ? 'Choose a port above 1023 with `server.port` or `--port`.' : 'Choose another with `server.port` or `--port`.'
    return { id: 'port', status: 'problem', evidence: `${address} cannot be opened (${code ?? String(error)})`, fix }
  } finally {
    probe.close()
  }
}
