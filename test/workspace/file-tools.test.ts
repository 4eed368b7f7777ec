import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestWorkspace, type TestWorkspace } from './open-test-workspace.ts'

let space: TestWorkspace
const at = (name: string): string => join(space.root, name)
const put = (name: string, text: string | Buffer): string => {
  writeFileSync(at(name), text)
  return at(name)
}
beforeEach(async () => {
  space = await openTestWorkspace()
})
afterEach(() => space[Symbol.asyncDispose]())

describe('workspace', () => {
  it('lists the 15 tools that coding agents know, with schemas', async () => {
    const tools = await space.tools()
    expect(tools.map(({ name }) => name as string).sort((a, b) => (a < b ? -1 : 1))).toEqual(['Bash', 'Edit', 'Glob', 'Grep', 'LS', 'MultiEdit', 'NotebookEdit', 'NotebookRead', 'Read', 'Task', 'TodoRead', 'TodoWrite', 'WebFetch', 'WebSearch', 'Write'])
    expect(tools.find(({ name }) => name === 'Edit')?.['inputSchema']).toMatchObject({ type: 'object', required: ['file_path', 'old_string', 'new_string'] })
  })

  it('says which argument is wrong', async () => {
    expect(await space.call('Read', { file_path: 5 })).toMatchObject({ isError: true, text: expect.stringContaining('`file_path`') as string })
  })

  it('says what is not configured', async () => {
    expect((await space.call('Bash', { command: 'ls' })).text).toContain('`workspace.bash`')
    expect((await space.call('WebFetch', { url: 'https://example.com' })).text).toContain('`workspace.web`')
    expect((await space.call('WebSearch', { query: 'xx' })).text).toContain('`workspace.web.search`')
    expect((await space.call('Task', { description: 'd', prompt: 'p' })).text).toContain('`workspace.task`')
  })
})

describe('Read', () => {
  it('numbers lines as `cat -n`, from an offset and up to a limit', async () => {
    put('a.txt', 'one\ntwo\nthree\n')
    expect((await space.call('Read', { file_path: at('a.txt') })).text).toBe('     1\tone\n     2\ttwo\n     3\tthree')
    expect((await space.call('Read', { file_path: 'a.txt', offset: 2, limit: 1 })).text).toBe('     2\ttwo\n\n[3 lines in all; go on with offset 3]')
  })

  it('warns of empty files, and of an offset behind the end', async () => {
    put('empty', '')
    put('short', 'x')
    expect((await space.call('Read', { file_path: at('empty') })).text).toContain('contents are empty')
    expect((await space.call('Read', { file_path: at('short'), offset: 9 })).text).toContain('shorter than the provided offset (9)')
  })

  it('gives images as image blocks, whatever their name, and refuses other binaries', async () => {
    const png = Buffer.from('89504e470d0a1a0a0000', 'hex')
    put('picture.txt', png)
    put('blob', Buffer.from([1, 0, 2]))
    expect((await space.call('Read', { file_path: at('picture.txt') })).content).toEqual([{ type: 'image', mimeType: 'image/png', data: png.toString('base64') }])
    expect(await space.call('Read', { file_path: at('blob') })).toMatchObject({ isError: true, text: 'This is a binary file, which Read cannot show.' })
  })

  it('refuses folders, absent files and files over the limit', async () => {
    put('big', 'x'.repeat(1024 * 1024 + 1))
    expect((await space.call('Read', { file_path: space.root })).isError).toBe(true)
    expect((await space.call('Read', { file_path: at('none') })).text).toBe('File or folder does not exist.')
    expect((await space.call('Read', { file_path: at('big') })).text).toContain('`fileBytes`')
  })
})

describe('Write', () => {
  it('makes files with their folders', async () => {
    expect((await space.call('Write', { file_path: at('x/y/z.txt'), content: 'hello' })).text).toBe(`File created successfully at: ${at('x/y/z.txt')}`)
    expect(readFileSync(at('x/y/z.txt'), 'utf8')).toBe('hello')
  })

  it('replaces only what was read, keeps the mode and leaves no temporary file', async () => {
    put('a.sh', 'old')
    chmodSync(at('a.sh'), 0o750)
    expect((await space.call('Write', { file_path: at('a.sh'), content: 'new' })).text).toBe('File has not been read yet. Read it first before writing to it.')
    await space.call('Read', { file_path: at('a.sh') })
    expect((await space.call('Write', { file_path: at('a.sh'), content: 'new' })).isError).toBe(false)
    expect([readFileSync(at('a.sh'), 'utf8'), statSync(at('a.sh')).mode & 0o777]).toEqual(['new', 0o750])
    expect((await space.call('LS', { path: space.root })).text).toBe(`- ${space.root}/\n  - a.sh`)
  })
})

describe('Edit', () => {
  const edit = (old_string: string, new_string: string, more = {}): ReturnType<TestWorkspace['call']> => space.call('Edit', { file_path: at('f.ts'), old_string, new_string, ...more })

  it('replaces one text, literally, and shows the place', async () => {
    put('f.ts', 'a\nb\nc\n')
    await space.call('Read', { file_path: at('f.ts') })
    expect((await edit('b', '$& $1')).text).toContain("Here's the result of running `cat -n` on a snippet of the edited file:\n     1\ta\n     2\t$& $1\n     3\tc")
    expect(readFileSync(at('f.ts'), 'utf8')).toBe('a\n$& $1\nc\n')
  })

  it('wants the text to be there once, or `replace_all`', async () => {
    put('f.ts', 'x x')
    await space.call('Read', { file_path: at('f.ts') })
    expect((await edit('x', 'y')).text).toContain('Found 2 matches')
    expect((await edit('z', 'y')).text).toContain('String to replace not found in file.')
    expect((await edit('x', 'x')).text).toContain('exactly the same')
    expect(readFileSync(at('f.ts'), 'utf8')).toBe('x x')
    expect((await edit('x', 'y', { replace_all: true })).isError).toBe(false)
    expect(readFileSync(at('f.ts'), 'utf8')).toBe('y y')
  })

  it('refuses a file that was not read, or changed since, even with the same time and size', async () => {
    put('f.ts', 'one')
    expect((await edit('one', 'two')).text).toContain('has not been read yet')
    await space.call('Read', { file_path: at('f.ts') })
    const { atime, mtime } = statSync(at('f.ts'))
    put('f.ts', 'eno')
    utimesSync(at('f.ts'), atime, mtime)
    expect((await edit('eno', 'two')).text).toContain('modified since read')
    expect(readFileSync(at('f.ts'), 'utf8')).toBe('eno')
  })

  it('keeps Windows line ends and byte order marks', async () => {
    put('f.ts', '\uFEFFa\r\nb\r\n')
    await space.call('Read', { file_path: at('f.ts') })
    await edit('a\nb', 'a\nc')
    expect(readFileSync(at('f.ts'), 'utf8')).toBe('\uFEFFa\r\nc\r\n')
  })

  it('makes a file of an empty `old_string`, and none otherwise', async () => {
    expect((await edit('x', 'y')).text).toBe('File does not exist.')
    expect((await edit('', 'new')).text).toContain('created')
    expect(readFileSync(at('f.ts'), 'utf8')).toBe('new')
  })

  it('does not lose one of two edits at the same time', async () => {
    put('f.ts', 'a b')
    await space.call('Read', { file_path: at('f.ts') })
    await Promise.all([edit('a', '1'), edit('b', '2')])
    expect(readFileSync(at('f.ts'), 'utf8')).toBe('1 2')
  })
})

describe('MultiEdit', () => {
  it('makes all edits in order, or none', async () => {
    put('f', 'a b')
    await space.call('Read', { file_path: at('f') })
    const edits = (...pairs: readonly (readonly [string, string])[]): object => ({ file_path: at('f'), edits: pairs.map(([old_string, new_string]) => ({ old_string, new_string })) })
    expect((await space.call('MultiEdit', { ...edits(['a', 'x'], ['nope', 'y']) })).text).toContain('Edit 2 of 2 failed, so none was made.')
    expect(readFileSync(at('f'), 'utf8')).toBe('a b')
    expect((await space.call('MultiEdit', { ...edits(['a', 'x'], ['x b', 'done']) })).text).toContain('Applied 2 edits')
    expect(readFileSync(at('f'), 'utf8')).toBe('done')
  })
})

describe('a read-only workspace', () => {
  it('reads, and writes nothing', async () => {
    await using readOnly = await openTestWorkspace({ readOnly: true })
    writeFileSync(join(readOnly.root, 'a'), 'x')
    expect((await readOnly.call('Read', { file_path: 'a' })).isError).toBe(false)
    for (const [name, given] of [['Write', { content: 'y' }], ['Edit', { old_string: 'x', new_string: 'y' }], ['MultiEdit', { edits: [{ old_string: 'x', new_string: 'y' }] }]] as const) {
      expect((await readOnly.call(name, { file_path: 'a', ...given })).text).toContain('read-only')
    }
    expect(readFileSync(join(readOnly.root, 'a'), 'utf8')).toBe('x')
  })
})

describe('Glob', () => {
  it('finds by pattern, the newest first, and stays inside', async () => {
    mkdirSync(at('src/deep'), { recursive: true })
    for (const [index, name] of ['src/a.ts', 'src/deep/b.ts', 'src/c.js'].entries()) utimesSync(put(name, ''), 1000 + index, 1000 + index)
    expect((await space.call('Glob', { pattern: '**/*.ts' })).text).toBe(`${at('src/deep/b.ts')}\n${at('src/a.ts')}`)
    expect((await space.call('Glob', { pattern: '*.{ts,js}', path: at('src') })).text).toBe(`${at('src/c.js')}\n${at('src/a.ts')}`)
    expect((await space.call('Glob', { pattern: '*.py' })).text).toBe('No files found')
    expect((await space.call('Glob', { pattern: '../*' })).isError).toBe(true)
  })
})

describe('Grep', () => {
  beforeEach(() => {
    put('a.ts', 'one\nTwo\nthree\nfour\n')
    put('b.py', 'two\n')
    put('skipped.log', 'two\n')
    put('.gitignore', '*.log\n')
  })
  const grep = async (given: Record<string, string | number | boolean>): Promise<string> => (await space.call('Grep', given)).text

  it('lists files, counts, and prints lines with context', async () => {
    utimesSync(at('a.ts'), 1000, 1000)
    expect(await grep({ pattern: 'two', '-i': true })).toBe(`Found 2 files\n${at('b.py')}\n${at('a.ts')}`)
    expect(await grep({ pattern: 'o', output_mode: 'count', type: 'ts' })).toBe(`${at('a.ts')}:3\n\nFound 3 total occurrences across 1 file.`)
    expect(await grep({ pattern: 'Two', output_mode: 'content', '-A': 1 })).toBe(`${at('a.ts')}:2:Two\n${at('a.ts')}-3-three`)
    expect(await grep({ pattern: 'Two', output_mode: 'content', '-B': 1, '-n': false })).toBe(`${at('a.ts')}-one\n${at('a.ts')}:Two`)
    expect(await grep({ pattern: 'two', glob: '*.ts' })).toBe('No files found')
  })

  it('limits, matches over lines, and looks into one file', async () => {
    expect(await grep({ pattern: '.', output_mode: 'content', head_limit: 1, path: at('a.ts') })).toContain(`${at('a.ts')}:1:one\n[`)
    expect(await grep({ pattern: 'Two.three', multiline: true, output_mode: 'content' })).toBe(`${at('a.ts')}:2:Two\n${at('a.ts')}:3:three`)
    expect(await grep({ pattern: '(' })).toContain('The pattern cannot be used')
  })

  it('finds nothing behind symbolic links', async () => {
    writeFileSync(join(space.outside, 'secret'), 'two')
    const { symlinkSync } = await import('node:fs')
    symlinkSync(space.outside, at('link'))
    symlinkSync(join(space.outside, 'secret'), at('link2'))
    expect(await grep({ pattern: 'two' })).toBe(`Found 1 file\n${at('b.py')}`)
    expect(await grep({ pattern: 'two', path: at('link') })).toContain('outside of the workspace')
  })
})

describe('LS', () => {
  it('lists a tree, leaves out what is ignored, and follows no links', async () => {
    mkdirSync(at('src'))
    put('src/a.ts', '')
    put('src/b.log', '')
    expect((await space.call('LS', { path: space.root, ignore: ['*.log'] })).text).toBe(`- ${space.root}/\n  - src/\n    - a.ts`)
    expect((await space.call('LS', { path: '..' })).text).toContain('outside of the workspace')
  })
})

describe('NotebookRead and NotebookEdit', () => {
  const cells = [
    { cell_type: 'markdown', id: 'm', metadata: {}, source: ['# T\n', 'x'] },
    { cell_type: 'code', id: 'c', metadata: {}, source: '1+1', execution_count: 1, outputs: [{ output_type: 'execute_result', data: { 'text/plain': ['2'] } }] },
  ]
  const stored = (): { cells: { id: string; source: string; outputs?: unknown[] }[]; other: string } => JSON.parse(readFileSync(at('n.ipynb'), 'utf8')) as never
  const edit = (given: object): ReturnType<TestWorkspace['call']> => space.call('NotebookEdit', { notebook_path: at('n.ipynb'), new_source: '', ...given })

  it('reads cells with outputs, and edits them once they were read', async () => {
    put('n.ipynb', JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells, other: 'kept' }))
    expect((await edit({ cell_id: 'c', new_source: '2+2' })).text).toContain('has not been read yet')
    const shown = (await space.call('NotebookRead', { notebook_path: at('n.ipynb') })).text
    expect(shown).toBe('<cell id="m"><cell_type>markdown</cell_type># T\nx</cell id="m">\n<cell id="c">1+1</cell id="c">\n2')
    expect((await space.call('NotebookRead', { notebook_path: at('n.ipynb'), cell_id: 'm' })).text).not.toContain('1+1')
    expect((await edit({ cell_id: 'c', new_source: '2+2' })).text).toBe('Updated cell c with 2+2')
    expect((await edit({ cell_id: 'm', new_source: 'new', cell_type: 'code', edit_mode: 'insert' })).isError).toBe(false)
    expect(stored().cells.map(({ source }) => source)).toEqual([['# T\n', 'x'], 'new', '2+2'])
    expect([stored().cells[2]?.outputs, stored().other]).toEqual([[], 'kept'])
    expect((await edit({ cell_id: 'm', edit_mode: 'delete' })).text).toBe('Deleted cell m')
    expect((await edit({ cell_id: 'absent', edit_mode: 'delete' })).isError).toBe(true)
    expect(stored().cells).toHaveLength(2)
  })

  it('is for notebooks only', async () => {
    put('a.txt', '{}')
    expect((await space.call('NotebookRead', { notebook_path: at('a.txt') })).text).toContain('.ipynb')
    put('n.ipynb', '{')
    expect((await space.call('NotebookRead', { notebook_path: at('n.ipynb') })).text).toContain('not valid JSON')
    expect(existsSync(at('n.ipynb'))).toBe(true)
  })
})

describe('TodoWrite and TodoRead', () => {
  it('keep a list for each session', async () => {
    const todos = [{ content: 'a', status: 'in_progress', activeForm: 'Doing a' }]
    expect((await space.call('TodoWrite', { todos }, { session: 'one' })).text).toContain('Todos have been modified successfully')
    expect(JSON.parse((await space.call('TodoRead', {}, { session: 'one' })).text)).toEqual(todos)
    expect((await space.call('TodoRead', {})).text).toBe('[]')
    expect((await space.call('TodoWrite', { todos: [{ content: 'a', status: 'maybe' }] })).isError).toBe(true)
  })
})

describe('Task', () => {
  it('hands the prompt to the gateway’s runs with its limits, and returns the last words', async () => {
    const seen: unknown[] = []
    await using withTasks = await openTestWorkspace(
      { task: { model: 'small', maxHops: 3, timeoutMs: 50 } },
      {
        runTask: ({ signal: _, ...request }) => {
          seen.push(request)
          return request.prompt === 'hang' ? new Promise((_resolve, reject) => _.addEventListener('abort', () => reject(new Error('stopped')))) : Promise.resolve('done')
        },
      },
    )
    expect((await withTasks.call('Task', { description: 'd', prompt: 'p', subagent_type: 'explore' })).text).toBe('done')
    expect(seen).toEqual([{ description: 'd', prompt: 'p', agent: 'explore', model: 'small', maxHops: 3 }])
    expect((await withTasks.call('Task', { description: 'd', prompt: 'hang' })).text).toContain('took longer than 50 ms')
  })
})
