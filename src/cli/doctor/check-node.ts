import type { CheckResult } from './check-result.ts'

const NEEDED = [22, 19] as const

export function checkNode(version: string = process.versions.node): CheckResult {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isEnough = major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])
  if (isEnough) return { id: 'node', status: 'ok', evidence: `Node ${version}` }
  return { id: 'node', status: 'problem', evidence: `Node ${version}, but ${NEEDED.join('.')} or newer is needed`, fix: 'npx -y -p node@24 -p trunkline trunkline doctor' }
}
