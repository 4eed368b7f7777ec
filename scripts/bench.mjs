// `npm run bench`: see `bench/README.md`.
import { join } from 'node:path'
import { endLike, run } from './run.mjs'
import { ROOT, script, setUp } from './set-up.mjs'

await script(async () => {
  const node = await setUp()
  endLike(await run(node, [join(ROOT, 'bench', 'main.ts'), ...process.argv.slice(2)], { cwd: ROOT }))
})
