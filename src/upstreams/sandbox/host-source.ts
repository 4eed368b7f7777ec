/**
 * The program of the script's process, as an ES module: reads messages of the gateway from stdin, a JSON line each, runs one script in a
 * realm of its own, and writes messages to stdout. It takes from its own realm whatever a script that got there could use. When the
 * gateway closes stdin it ends; a script that never lets it read is ended by the gateway, by bubblewrap or by the limit of CPU time.
 *
 * It is text because the process that runs it may open no file.
 */
export const HOST_SOURCE = String.raw`
import { Buffer } from 'node:buffer'
import { writeSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { StringDecoder } from 'node:string_decoder'
import { setImmediate, setTimeout, clearTimeout } from 'node:timers'
import vm from 'node:vm'

const { stdin } = process
const leave = process.reallyExit.bind(process, 0)
const bytesOf = (text) => Buffer.from(text, 'utf8')
const CUT = 4 * 1024 * 1024

function post(text) {
  const bytes = bytesOf(text + '\n')
  let at = 0
  while (at < bytes.length) {
    try {
      at += writeSync(1, bytes, at)
    } catch (error) {
      if (error.code !== 'EAGAIN') leave()
    }
  }
}

let realm
let isOver = false
let shown = 0
let outputBytes = 0
let unseen = 0
const open = new Set()
const timers = new Map()

function end(text) {
  if (isOver) return
  isOver = true
  if (unseen > 0) post('{"kind":"unseen","count":' + unseen + '}')
  post(text)
}
const fail = (text) => end('{"kind":"failed","error":' + text + '}')
const failWith = (name, message) => fail(JSON.stringify({ name, message }))

function log(text) {
  if (shown >= outputBytes) return void unseen++
  const kept = text.length > CUT ? text.slice(0, CUT) : text
  shown += kept.length + 1
  post('{"kind":"log","text":' + JSON.stringify(kept) + '}')
}

/** A script that waits for nothing that could still come is over, too. */
function settle() {
  setImmediate(() => {
    if (!isOver && open.size === 0 && timers.size === 0) failWith('Error', 'The script waits for something that never comes.')
  })
}

const send = (kind, id, text) => {
  if (typeof kind !== 'string' || typeof id !== 'number' || typeof text !== 'string' || isOver) return
  if (kind === 'log') return log(text)
  if (kind === 'call') {
    open.add(id)
    return post('{"kind":"call","id":' + id + ',"call":' + text + '}')
  }
  if (kind === 'timer') {
    return void timers.set(id, setTimeout(() => {
      timers.delete(id)
      enter(() => realm.fire(id))
    }, Math.min(Math.max(Number(text), 0), 2147483647)))
  }
  if (kind === 'clear') {
    clearTimeout(timers.get(id))
    timers.delete(id)
    return settle()
  }
  if (kind === 'done') return end(text === '' ? '{"kind":"done"}' : '{"kind":"done","value":' + text + '}')
  if (kind === 'failed') return fail(text)
}
Object.setPrototypeOf(send, null)
Object.freeze(send)

function enter(run) {
  try {
    run()
  } catch (error) {
    fail(String(realm.describe(error)))
  }
  settle()
}

/** Ends the script at once: what Node would answer with is an object of this realm. */
const noImport = () => {
  failWith('Error', 'import() is not available in scripts. Call tools.<server>.<tool>(args) instead.')
  leave()
}

function compile(script) {
  const text = '(async () => {"use strict";\n' + script + '\n})'
  const options = { filename: 'script', lineOffset: -1, importModuleDynamically: noImport }
  try {
    return new vm.Script(text, options)
  } catch (problem) {
    let stripped
    try {
      stripped = stripTypeScriptTypes(text)
    } catch {
      throw problem
    }
    return new vm.Script(stripped, options)
  }
}

function lineOf(error) {
  const place = /^script:(\d+)/.exec(String(error.stack))
  return place ? Number(place[1]) : undefined
}

function start({ script, names, realm: source, limits }) {
  outputBytes = limits.outputBytes
  let compiled
  try {
    compiled = compile(script)
  } catch (error) {
    return fail(JSON.stringify({ name: 'SyntaxError', message: error.message, line: lineOf(error) }))
  }
  disarm()
  const context = vm.createContext(vm.constants.DONT_CONTEXTIFY, { name: 'script', codeGeneration: { strings: false, wasm: false } })
  realm = new vm.Script(source, { filename: 'realm', importModuleDynamically: noImport }).runInContext(context)(send, names)
  enter(() => realm.begin(compiled.runInContext(context)))
}

/** Scripts do not get here. Should one, there is nothing to use. */
function disarm() {
  for (const name of ['binding', '_linkedBinding', 'dlopen', 'getBuiltinModule', 'kill', '_kill', 'abort', 'chdir', 'execve', 'loadEnvFile', 'report', 'reallyExit', '_debugProcess', '_debugEnd', '_startProfilerIdleNotifier', 'moduleLoadList', 'setUncaughtExceptionCaptureCallback', 'openStdin', 'stdout', 'stderr']) {
    Object.defineProperty(process, name, { value: undefined, configurable: false, writable: false })
  }
  const language = new Set(new vm.Script('Object.getOwnPropertyNames(globalThis)').runInContext(vm.createContext(vm.constants.DONT_CONTEXTIFY)))
  for (const name of Object.getOwnPropertyNames(globalThis)) if (!language.has(name) || name === 'WebAssembly') delete globalThis[name]
}

function receive(line) {
  if (isOver) return
  const message = JSON.parse(line)
  if (message.kind === 'start') return start(message)
  if (!open.delete(message.id)) return
  enter(() => realm.answer(message.id, message.kind === 'error', JSON.stringify(message.value)))
}

process.on('unhandledRejection', (reason) => log('error: a promise was rejected and nobody waited for it: ' + (realm ? realm.describe(reason) : '')))
process.on('uncaughtException', (error) => fail(realm ? String(realm.describe(error)) : '{"name":"Error","message":"The sandbox failed."}'))

const decoder = new StringDecoder('utf8')
let held = []
stdin.on('data', (bytes) => {
  const parts = decoder.write(bytes).split('\n')
  while (parts.length > 1) {
    held.push(parts.shift())
    const line = held.join('')
    held = []
    receive(line)
  }
  held.push(parts[0])
})
stdin.on('end', leave)
stdin.on('error', leave)
`
