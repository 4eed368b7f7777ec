import { existsSync } from 'node:fs'
import { join } from 'node:path'

const NEEDED = [22, 19]
/** Tests say here which Node they want to be taken for. */
const VERSION = process.env.TRUNKLINE_NODE_VERSION ?? process.versions.node

export function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])
}

/** The Node that development runs on: the one among the dependencies, else this one when it is new enough, else none. */
export function findBestNode(root) {
  const bundled = join(root, 'node_modules', 'node', 'bin', 'node')
  if (existsSync(bundled)) return bundled
  return isNewEnough(VERSION) ? process.execPath : undefined
}

export const NO_NODE = `Trunkline needs Node ${NEEDED.join('.')} or newer and this is ${VERSION}; the newer one among its dependencies is missing, because install scripts are blocked here. Install Node 24, or allow the install script of the package "node" and run \`npm ci\` again.`
