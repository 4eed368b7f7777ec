// What is installed at a user’s: few packages, none that runs a script at installation, no download addresses in the lock file.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { report, rootToCheck } from './finding.mjs'

const MOST = 40
const root = rootToCheck()
const read = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'))
const manifest = read('package.json')
const lock = read('package-lock.json')
const findings = []

const packages = Object.entries(lock.packages).filter(([path]) => path !== '')
const runtime = packages.filter(([, entry]) => entry.dev !== true && entry.link !== true)
for (const [path, entry] of packages) {
  if (typeof entry.resolved === 'string' && /^https?:/.test(entry.resolved)) findings.push({ place: 'package-lock.json', rule: 'no-download-address', message: `${path} names where it was downloaded` })
  if (entry.link !== true && entry.inBundle !== true && entry.integrity === undefined) findings.push({ place: 'package-lock.json', rule: 'integrity', message: `${path} has no checksum` })
}
for (const [path, entry] of runtime) {
  const installed = join(root, path, 'package.json')
  const scripts = existsSync(installed) ? (JSON.parse(readFileSync(installed, 'utf8')).scripts ?? {}) : {}
  if (entry.hasInstallScript === true || ['preinstall', 'install', 'postinstall'].some((name) => scripts[name] !== undefined)) {
    findings.push({ place: 'package-lock.json', rule: 'no-install-script', message: `${path} runs a script when it is installed` })
  }
}
for (const group of ['dependencies', 'devDependencies']) {
  for (const [name, range] of Object.entries(manifest[group] ?? {})) {
    if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(range)) findings.push({ place: 'package.json', rule: 'exact-version', message: `${name} is ${range}` })
  }
}
if (runtime.length > MOST) findings.push({ place: 'package-lock.json', rule: 'few-dependencies', message: `${runtime.length} runtime packages; the limit is ${MOST}` })
report(findings, `${runtime.length} runtime packages of ${packages.length}`)
