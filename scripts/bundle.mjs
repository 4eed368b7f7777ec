// `bundle.mjs <from> <to>`: what tsc made of the sources, as few files that load fast. Docs: docs/adr/0004.
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { rolldown } from 'rolldown'

const [from, to] = process.argv.slice(2).map((path) => resolve(path))
const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'))

/** Threads are started by the address of their file, which is beside the one that starts them. */
const THREADS = ['src/storage/sqlite/writer-thread.js', 'src/upstreams/mcp/builtin/workspace/search/search-thread.js']

const entries = ['src/cli/main.js', ...THREADS].filter((path) => existsSync(join(from, path)))
const bundle = await rolldown({
  input: Object.fromEntries(entries.map((path) => [path.replace(/^.*\/|\.js$/g, ''), join(from, path)])),
  platform: 'node',
  external: (id) => Object.keys(dependencies).some((name) => id === name || id.startsWith(`${name}/`)) || id.startsWith('node:'),
})
await bundle.write({ dir: join(to, 'src', 'cli'), format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js', keepNames: true, minify: false })
