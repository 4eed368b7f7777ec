import { z } from 'zod'
import type { WorkspaceSearch } from '../../../../../domain/workspace.ts'
import { ToolFailureError } from '../tool-failure.ts'

export interface SearchHit {
  readonly title: string
  readonly url: string
  readonly text: string
}

interface SearchQuestion {
  readonly query: string
  readonly allowed: readonly string[]
  readonly blocked: readonly string[]
  readonly signal: AbortSignal
}

const hit = z.object({ title: z.string().nullish(), url: z.string(), content: z.string().nullish(), description: z.string().nullish() })
const answers = {
  searxng: z.object({ results: z.array(hit) }).transform(({ results }) => results),
  tavily: z.object({ results: z.array(hit) }).transform(({ results }) => results),
  brave: z.object({ web: z.object({ results: z.array(hit) }).optional() }).transform(({ web }) => web?.results ?? []),
}
const ADDRESSES = { searxng: '', brave: 'https://api.search.brave.com/res/v1/web/search', tavily: 'https://api.tavily.com/search' }
const MOST_HITS = 10
const MOST_BYTES = 4 * 1024 * 1024

function buildRequest({ provider, url, apiKey = '' }: WorkspaceSearch, { query, allowed, blocked }: SearchQuestion): readonly [URL, RequestInit] {
  const address = new URL(url ?? ADDRESSES[provider])
  if (provider === 'tavily') {
    const body = JSON.stringify({ query, max_results: MOST_HITS, include_domains: allowed, exclude_domains: blocked })
    return [address, { method: 'POST', headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }, body }]
  }
  const sites = allowed.map((domain) => `site:${domain}`).join(' OR ')
  if (provider === 'searxng' && !address.pathname.endsWith('/search')) address.pathname = `${address.pathname.replace(/\/$/, '')}/search`
  address.searchParams.set('q', sites === '' ? query : `${query} ${sites}`)
  if (provider === 'searxng') address.searchParams.set('format', 'json')
  const headers = provider === 'brave' ? { 'x-subscription-token': apiKey } : apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }
  return [address, { headers: { accept: 'application/json', ...headers } }]
}

const isOf = (url: string, domains: readonly string[]): boolean => {
  const host = URL.parse(url)?.hostname
  return host !== undefined && domains.some((domain) => host === domain || host.endsWith(`.${domain}`))
}

/** Asks the configured provider, which may be on a private address: the operator named it. Redirects are not followed. */
export async function searchWeb(search: WorkspaceSearch, question: SearchQuestion): Promise<readonly SearchHit[]> {
  const [address, request] = buildRequest(search, question)
  const fail = (what: string, cause?: unknown): never => {
    throw new ToolFailureError(`The search provider ${search.provider} ${what}.`, { cause })
  }
  const answer = await fetch(address, { ...request, redirect: 'error', signal: question.signal }).catch((error: unknown) => fail('did not answer', error))
  const text = await answer.text()
  if (!answer.ok) fail(`answered ${answer.status}`)
  if (text.length > MOST_BYTES) fail('answered too much')
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (error) {
    fail('did not answer JSON', error)
  }
  const parsed = answers[search.provider].safeParse(body)
  if (!parsed.success) return fail('answered something else than results')
  const { allowed, blocked } = question
  return parsed.data
    .filter(({ url }) => /^https?:/i.test(url) && (allowed.length === 0 || isOf(url, allowed)) && !isOf(url, blocked))
    .slice(0, MOST_HITS)
    .map(({ title, url, content, description }) => ({ title: title ?? url, url, text: content ?? description ?? '' }))
}
