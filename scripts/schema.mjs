// `npm run schema`: writes the document’s JSON Schema for editors. A test keeps it equal to the code.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureTools, ROOT, script } from './set-up.mjs'

await script(async () => {
  const node = await ensureTools()
  const code = `import('./src/config/index.ts').then(({ configJsonSchema }) => console.log(JSON.stringify(configJsonSchema(), null, 2)))`
  writeFileSync(join(ROOT, 'schema', 'trunkline.schema.json'), execFileSync(node, ['-e', code], { cwd: ROOT, encoding: 'utf8' }))
})
