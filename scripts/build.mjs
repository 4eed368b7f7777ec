// `npm run build`: the sources as JavaScript in `dist/`.
import { build, ensureTools, script } from './set-up.mjs'

await script(async () => build(await ensureTools()))
