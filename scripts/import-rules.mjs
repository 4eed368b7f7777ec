/** Who may import whom (HOUSE-STYLE §1). The order is the order data flows: outside in, then the side rooms. */
const MAY_IMPORT = {
  cli: ['app', 'config', 'telemetry', 'domain', 'lib'],
  app: ['surfaces', 'core', 'upstreams', 'dialects', 'storage', 'config', 'telemetry', 'domain', 'lib'],
  surfaces: ['core', 'dialects', 'telemetry', 'domain', 'lib'],
  core: ['upstreams', 'dialects', 'storage', 'telemetry', 'domain', 'lib'],
  upstreams: ['dialects', 'telemetry', 'domain', 'lib'],
  dialects: ['domain', 'lib'],
  storage: ['domain', 'lib'],
  config: ['domain', 'lib'],
  telemetry: ['domain', 'lib'],
  domain: ['lib'],
  lib: [],
}

const roomRules = Object.entries(MAY_IMPORT).map(([room, allowed]) => ({
  name: `${room}-imports`,
  comment: `${room} may import: ${allowed.join(', ') || 'nothing else in src'}`,
  from: `^src/${room}/`,
  to: '^src/',
  toNot: [`^src/(${[room, ...allowed].join('|')})/`],
}))

/** Siblings that must not know each other; the second list is what they share. `$1` is what the first group of `from` matched. */
const siblings = (folder, shared) => ({
  name: `${folder.replaceAll('/', '-')}-siblings`,
  comment: `neighbours in ${folder} meet in ${shared.join(' and ')} only`,
  from: `^src/${folder}/([^/]+)/`,
  to: `^src/${folder}/[^/]+/`,
  toNot: [`^src/${folder}/(${['$1', ...shared].join('|')})/`],
})

const onlyIn = (name, to, room) => ({ name, comment: `only ${room} may use it`, from: '^src/', fromNot: `^src/${room}/`, to, toNot: [] })

/**
 * A rule forbids imports from files that match `from` to whatever matches `to`, but for what matches one of `toNot`.
 * Targets are paths in the repository, `node:…` for Node’s own modules and `npm:…` for packages.
 */
export const IMPORT_RULES = [
  ...roomRules,
  {
    name: 'through-the-door',
    comment: 'another room is entered by its index.ts (in core, upstreams and surfaces: the sub-room’s)',
    from: '^src/([^/]+)/',
    to: '^src/(?:surfaces|core|upstreams|dialects|storage|config|telemetry|app)/',
    toNot: ['^src/$1/', '^src/(?:dialects|storage|config|telemetry|app)/index\\.ts$', '^src/(?:surfaces|core|upstreams)/[^/]+/index\\.ts$'],
  },
  {
    name: 'neighbours-through-the-door',
    comment: 'sub-rooms of core, upstreams and surfaces enter each other by index.ts, too',
    from: '^src/((?:surfaces|core|upstreams)/[^/]+)/',
    to: '^src/(?:surfaces|core|upstreams)/[^/]+/',
    toNot: ['^src/$1/', '^src/(?:surfaces|core|upstreams)/[^/]+/index\\.ts$'],
  },
  {
    name: 'not-my-own-door',
    comment: 'inside a room files import each other, not the room’s index.ts',
    from: '^src/(dialects|storage|config|telemetry|app|(?:surfaces|core|upstreams)/[^/]+)/(?!.*\\.test\\.ts$)',
    to: '^src/$1/index\\.ts$',
    toNot: [],
  },
  siblings('surfaces', ['http']),
  siblings('dialects', ['canonical', 'sse']),
  siblings('upstreams/llm', ['shared']),
  {
    name: 'pure-rooms',
    comment: 'dialects and domain do no I/O: no Node modules and no packages',
    from: '^src/(?:dialects|domain)/(?!.*\\.(?:test|fixture)\\.ts$)',
    to: '^(?:node|npm):',
    toNot: ['^npm:zod$'],
  },
  onlyIn('sqlite-in-storage', '^(?:node:sqlite|npm:(?:better-sqlite3|kysely|pg))', 'storage'),
  onlyIn('hono-in-surfaces', '^npm:(?:hono|@hono/)', 'surfaces'),
  onlyIn('mcp-server-in-surfaces', '^npm:@modelcontextprotocol/server', 'surfaces'),
  onlyIn('mcp-client-in-upstreams', '^npm:@modelcontextprotocol/client', 'upstreams/mcp'),
  {
    name: 'web-sees-the-contract',
    comment: 'the web app knows the administration’s contract and nothing else of the gateway',
    from: '^web/',
    to: '^src/',
    toNot: ['^src/surfaces/admin-api/contract\\.ts$'],
  },
  {
    name: 'tests-stay-out',
    comment: 'what is shipped does not import tests, test support, benchmarks or scripts',
    from: '^(?:src|sim)/(?!.*(?:\\.test\\.ts$|\\.fixture\\.ts$|/testing/))',
    to: '^(?:test|bench|scripts)/|\\.test\\.ts$|\\.fixture\\.ts$|/testing/',
    toNot: [],
  },
]

/** Test files may look at more than their room: real far sides, support, other doors. These rules hold for them all the same. */
export const RULES_FOR_TESTS = new Set(['web-sees-the-contract'])
