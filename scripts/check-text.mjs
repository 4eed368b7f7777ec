// What no tracked file may hold: the address of a package registry, or a path of somebody’s machine.
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { report, rootToCheck } from './finding.mjs'
import { projectFiles } from './project-files.mjs'

const root = rootToCheck()
const LARGEST_BYTES = 4 * 1024 * 1024

// Put together here, because this file is searched like all others.
const REGISTRY = new RegExp(
  [
    `\\b(?:registry|${'npm'})[.](?:npmjs|yarnpkg|npmmirror|pkg[.]github)[.](?:org|com)`,
    '\\bnpm[.]pkg[.]',
    '\\bregistry[.](?:npm|yarn|bun|jsr)\\w*[.]',
    '\\b(?:files|test)[.]pythonhosted[.]',
    '/(?:artifactory|nexus/repository|verdaccio)/',
  ].join('|'),
  'i',
)
const folders = ['work', 'root', 'home/\\w+', 'Users/\\w+', 'mnt/\\w+'].map((name) => `/${name}/`)
const MACHINE = new RegExp(`(?:^|[\\s"'\`(=:,\\[])(?:file://)?(?:${folders.join('|')})`)

const findings = []
/** Where this project and this person really live, whatever that looks like. */
const here = [root.replace(/\/$/, ''), homedir()].filter((path) => path.split('/').filter(Boolean).length > 1 || path.length > 5)

function check(path, line, number) {
  const place = `${path}:${number}`
  if (REGISTRY.test(line)) findings.push({ place, rule: 'no-registry', message: 'names the host of a package registry' })
  if (MACHINE.test(line) || here.some((folder) => line.includes(`${folder}/`))) findings.push({ place, rule: 'no-machine-path', message: 'names a path of a machine' })
}

let count = 0
for (const path of projectFiles(root)) {
  const bytes = readFileSync(join(root, path))
  if (bytes.length > LARGEST_BYTES || bytes.subarray(0, 8000).includes(0)) continue
  count++
  bytes
    .toString('utf8')
    .split('\n')
    .forEach((line, index) => check(path, line, index + 1))
}
report(findings, `${count} files`)
