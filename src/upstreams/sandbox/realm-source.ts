/**
 * What is evaluated in the script's own realm before the script: a function of `send`, which is the only thing of the other realm that
 * is ever there, and of the names of tools as JSON. `send` takes texts and numbers, has no prototype, and is called by name and handed
 * to nobody; whatever it throws is replaced. Answers come back as texts, so no object crosses in either direction.
 *
 * It is text because the process that runs it may open no file, and because a bundler would put its own names into a function.
 */
export const REALM_SOURCE = String.raw`
'use strict';
(send, namesText) => {
  const { parse, stringify } = JSON
  const names = parse(namesText)
  const waiting = new Map()
  let last = 0

  for (const name of ['WebAssembly', 'SharedArrayBuffer', 'Atomics', 'console']) delete globalThis[name]

  const tell = (kind, id, text) => {
    try { send(kind, id, text) } catch { throw new Error('The gateway cannot be told of this.') }
  }

  class ToolError extends Error {
    constructor(facts) {
      super(facts.message)
      for (const key of ['tool', 'code', 'content', 'structuredContent']) if (facts[key] !== undefined) this[key] = facts[key]
    }
  }
  Object.defineProperty(ToolError.prototype, 'name', { value: 'ToolError', configurable: true, writable: true })

  const plain = (key, value) => {
    if (typeof value === 'bigint') return String(value)
    if (value instanceof Map) return Object.fromEntries(value)
    if (value instanceof Set) return [...value]
    if (value instanceof Error) return { name: value.name, message: value.message, ...value }
    return value
  }
  const write = (value) => stringify(value, plain)

  const ask = (what) => new Promise((resolve, reject) => {
    const id = ++last
    waiting.set(id, { resolve, reject })
    try {
      tell('call', id, write(what))
    } catch (error) {
      waiting.delete(id)
      reject(error)
    }
  })

  const MEANT_FOR_NOBODY = new Set(['then', 'toJSON', 'constructor', 'prototype', '__proto__', 'valueOf', 'toString', 'inspect'])
  const named = (list, make) => {
    const known = new Map()
    const target = Object.create(null)
    for (const name of list) target[name] = undefined
    const get = (_target, name) => {
      if (typeof name !== 'string' || (MEANT_FOR_NOBODY.has(name) && !(name in target))) return undefined
      if (!known.has(name)) known.set(name, make(name))
      return known.get(name)
    }
    const refuse = () => { throw new TypeError('The tools are fixed.') }
    return new Proxy(target, {
      get,
      set: refuse, defineProperty: refuse, deleteProperty: refuse, setPrototypeOf: refuse,
      getOwnPropertyDescriptor: (_target, name) => (name in target ? { value: get(target, name), enumerable: true, configurable: true, writable: true } : undefined),
    })
  }
  const tools = named(Object.keys(names), (server) => named(names[server] ?? [], (tool) => (args) => ask({ server, tool, arguments: args })))

  const show = (value) => {
    if (typeof value === 'string') return value
    if (value instanceof Error) return value.stack === undefined ? value.name + ': ' + value.message : String(value.stack)
    try {
      const text = write(value)
      return text === undefined ? String(value) : text
    } catch {
      return '[a value that cannot be shown]'
    }
  }
  const console = {}
  for (const level of ['log', 'info', 'warn', 'error', 'debug']) {
    console[level] = (...values) => tell('log', 0, (level === 'warn' || level === 'error' ? level + ': ' : '') + values.map(show).join(' '))
  }

  const timers = new Map()
  const setTimeout = (run, ms, ...values) => {
    if (typeof run !== 'function') throw new TypeError('Expected a function.')
    const id = ++last
    timers.set(id, () => run(...values))
    tell('timer', id, String(Number(ms) || 0))
    return id
  }
  const clearTimeout = (id) => {
    if (timers.delete(id)) tell('clear', id, '')
  }
  const sleep = (ms) => new Promise((resolve) => void setTimeout(resolve, ms))
  const callTool = (name, args) => ask({ name: String(name), arguments: args })

  for (const [name, value] of Object.entries({ tools, callTool, ToolError, console, setTimeout, clearTimeout, sleep })) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true, enumerable: false })
  }

  const describe = (error) => {
    try {
      if (!(error instanceof Error)) return stringify({ name: 'Error', message: 'The script threw ' + show(error) })
      const place = /\bscript:(\d+):(\d+)/.exec(String(error.stack))
      return stringify({ name: String(error.name), message: String(error.message), line: place ? Number(place[1]) : undefined })
    } catch {
      return '{"name":"Error","message":"The script threw something that cannot be told."}'
    }
  }

  return {
    answer(id, isError, text) {
      const found = waiting.get(id)
      waiting.delete(id)
      if (!found) return
      if (isError) found.reject(new ToolError(parse(text)))
      else found.resolve(parse(text))
    },
    fire(id) {
      const run = timers.get(id)
      timers.delete(id)
      if (run) run()
    },
    begin(script) {
      const done = (value) => {
        try {
          const text = write(value)
          tell('done', 0, text === undefined ? '' : text)
        } catch (error) {
          tell('failed', 0, describe(error))
        }
      }
      script().then(done, (error) => tell('failed', 0, describe(error)))
    },
    describe,
  }
}
`
