import { textResult, tool } from './base.ts'
import { hasFlag, readOption, serve, writeLine } from './serve.ts'

/** `--bom` starts with a byte order mark; `--junk N` (20) lines that are no messages come before the first answer. */
if (hasFlag('bom')) process.stdout.write('\uFEFF')
for (let line = 0; line < Number(readOption('junk') ?? 20); line++) {
  writeLine(['starting up …', '{"level":"info"}', '[1,2]', '{"jsonrpc":"2.0"', '{}', 'null'][line % 6] ?? '')
}

serve({
  name: 'chatty',
  eras: 'legacy',
  tools: () => [
    tool('flood', ({ arguments: given }) => {
      const megabytes = Number(given['megabytes'] ?? 8)
      const block = `${'e'.repeat(1023)}\n`.repeat(1024)
      for (let written = 0; written < megabytes; written++) process.stderr.write(block)
      process.stderr.write('end of the flood\n')
      return textResult('flooded')
    }),
    tool('junk', ({ arguments: given }) => {
      for (let line = 0; line < Number(given['lines'] ?? 100); line++) writeLine(`junk ${line}`)
      return textResult('done')
    }),
  ],
})
