import type { HttpRoute } from '../http/index.ts'
import { renderError } from './render-error.ts'

/** Claude Code asks these before it works and wants nothing but an answer; they tell nobody anything. */
const PROBES = ['/', '/api/hello'] as const

export function createProbeRoutes(): readonly HttpRoute[] {
  return PROBES.map((path) => ({
    method: 'HEAD',
    path,
    policy: 'anyone',
    renderError,
    handle: (_request, response) => void response.writeHead(200).end(),
  }))
}
