import { fileURLToPath } from 'node:url'
import { callTool, content, startUpstream, stdio, testServer } from './upstream-fixture.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Started as users start them: a package runner between the gateway and the server. */
const viaNpx = (name: string): ReturnType<typeof stdio> => stdio('npx', ['--no-install', name], { cwd: root })

const SERVERS = {
  forking: testServer('forking'),
  'forking-stubborn': testServer('forking', '--stubborn', '--ignore-stdin-close'),
  'npx-everything': viaNpx('mcp-server-everything'),
  'npx-memory': viaNpx('mcp-server-memory'),
}

/** Stands in for a gateway that gets killed: starts servers, prints the pids it knows of, and waits. */
const [stateDirectory = '', ...names] = process.argv.slice(2)
const pids: number[] = []
for (const name of names as (keyof typeof SERVERS)[]) {
  const upstream = await startUpstream(SERVERS[name], { stateDirectory, definition: { timeouts: { connectMs: 60_000, callMs: 60_000, listMs: 60_000 } } })
  if (upstream.status.state !== 'ready') throw new Error(`${name}: ${JSON.stringify(upstream.status)}`)
  if (name.startsWith('forking')) pids.push(...(content(await callTool(upstream, 'children')) as number[]))
}
process.stdout.write(JSON.stringify(pids))
setInterval(() => {}, 1000)
