// `npm start`: everything from a bare clone to a listening gateway. `npm start -- --port 5000` passes flags on.
import { join } from 'node:path'
import { endLike, run } from './run.mjs'
import { ROOT, script, setUp } from './set-up.mjs'

await script(async () => {
  const node = await setUp()
  endLike(await run(node, [join(ROOT, 'bin', 'trunkline.mjs'), 'serve', '--next-steps', ...process.argv.slice(2)]))
})
