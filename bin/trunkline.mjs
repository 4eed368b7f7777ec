#!/usr/bin/env node
// Runs on any Node that knows modules: it answers `--version` itself, says what to do on a Node that is too old, and
// loads the program only then. It must not use syntax or functions younger than Node 14.
import { existsSync, readFileSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

var NEEDED = [22, 19]
var root = new URL('../', import.meta.url)

function isEnough(version) {
  var parts = version.split('.').map(Number)
  return parts[0] > NEEDED[0] || (parts[0] === NEEDED[0] && parts[1] >= NEEDED[1])
}

function ownVersion() {
  return JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).version
}

/** A clone has a newer Node among its development dependencies. */
function runWith(program, args) {
  var child = spawn(program, [fileURLToPath(import.meta.url)].concat(args), { stdio: 'inherit' })
  var signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  signals.forEach(function (signal) {
    process.on(signal, function () {
      // A terminal sends SIGINT to the whole group, so the child has it already.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  })
  child.on('error', function (error) {
    process.stderr.write('trunkline: ' + error.message + '\n')
    process.exitCode = 1
  })
  child.on('exit', function (code, signal) {
    if (signal) {
      signals.forEach(function (each) {
        process.removeAllListeners(each)
      })
      process.kill(process.pid, signal)
      return
    }
    process.exitCode = code
  })
}

function start() {
  var args = process.argv.slice(2)
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
    process.stdout.write(ownVersion() + '\n')
    return
  }
  var version = process.env.TRUNKLINE_NODE_VERSION || process.versions.node
  if (!isEnough(version)) {
    var bundled = new URL('node_modules/node/bin/node', root)
    if (existsSync(bundled) && !process.env.TRUNKLINE_NODE_VERSION) {
      runWith(fileURLToPath(bundled), args)
      return
    }
    var command = 'npx -y -p node@24 -p trunkline trunkline' + (args.length > 0 ? ' ' + args.join(' ') : '')
    process.stderr.write('trunkline needs Node ' + NEEDED.join('.') + '+ (you have ' + version + '). Run: ' + command + '\n')
    process.exitCode = 2
    return
  }
  var built = new URL('dist/src/cli/main.js', root)
  var source = new URL('src/cli/main.ts', root)
  var useBuilt = existsSync(built) && !(process.env.TRUNKLINE_FROM_SOURCE === '1' && existsSync(source))
  // What V8 made of the program is kept beside it, so that the next start reads instead of compiling; without leave to
  // write there, nothing is kept. Docs: docs/adr/0004.
  if (useBuilt && nodeModule.enableCompileCache) nodeModule.enableCompileCache(fileURLToPath(new URL('dist/.compile-cache', root)))
  return import(useBuilt ? built.href : source.href).then(function (program) {
    return program.main(process.argv, { packageDirectory: root })
  })
}

Promise.resolve()
  .then(start)
  .catch(function (error) {
    process.stderr.write('trunkline: ' + (error && error.stack ? error.stack : error) + '\n')
    process.exitCode = 1
  })
