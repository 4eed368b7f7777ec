import type { Counter, Histogram, Labels, Metrics } from './metrics.ts'

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

/** `{a="1",b="2"}`, or nothing without labels. */
function writeLabels(labels: Labels, extra?: string): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  if (extra !== undefined) parts.push(extra)
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}

interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'histogram' | 'gauge'
  lines(): string[]
}

/** Finds a series by its label values, in the order in which its one caller writes them; their text is made once. */
function keyOf(labels: Labels): string {
  let key = ''
  for (const name in labels) key += `${labels[name]}\0`
  return key
}

function createCounter(name: string): Counter & { lines(): string[] } {
  const series = new Map<string, { readonly text: string; value: number }>()
  return {
    add(labels, by = 1) {
      const key = keyOf(labels)
      const known = series.get(key)
      if (known) known.value += by
      else series.set(key, { text: writeLabels(labels), value: by })
    },
    lines: () => [...series.values()].map(({ text, value }) => `${name}${text} ${value}`),
  }
}

function createHistogram(name: string, buckets: readonly number[]): Histogram & { lines(): string[] } {
  const series = new Map<string, { labels: Labels; counts: number[]; sum: number; count: number }>()
  return {
    observe(labels, value) {
      const key = keyOf(labels)
      let entry = series.get(key)
      if (!entry) series.set(key, (entry = { labels, counts: buckets.map(() => 0), sum: 0, count: 0 }))
      entry.sum += value
      entry.count++
      const bucket = buckets.findIndex((limit) => value <= limit)
      if (bucket >= 0) entry.counts[bucket] = (entry.counts[bucket] ?? 0) + 1
    },
    lines() {
      return [...series.values()].flatMap(({ labels, counts, sum, count }) => {
        const key = writeLabels(labels)
        let cumulative = 0
        const lines = buckets.map((limit, index) => {
          cumulative += counts[index] ?? 0
          return `${name}_bucket${writeLabels(labels, `le="${limit}"`)} ${cumulative}`
        })
        lines.push(`${name}_bucket${writeLabels(labels, 'le="+Inf"')} ${count}`)
        lines.push(`${name}_sum${key} ${sum}`, `${name}_count${key} ${count}`)
        return lines
      })
    },
  }
}

/** Families keep the order in which they were made; asking for a name again gives the same series. */
export function createMetrics(): Metrics {
  const families = new Map<string, Family>()
  const made = new Map<string, unknown>()
  const once = <T extends { lines(): string[] }>(family: Omit<Family, 'lines'>, create: () => T): T => {
    const existing = made.get(family.name)
    if (existing !== undefined) return existing as T
    const created = create()
    made.set(family.name, created)
    families.set(family.name, { ...family, lines: () => created.lines() })
    return created
  }
  return {
    counter: (name, help) => once({ name, help, type: 'counter' }, () => createCounter(name)),
    histogram: (name, help, buckets) =>
      once({ name, help, type: 'histogram' }, () => createHistogram(name, buckets)),
    gauge(name, help, read) {
      const lines = (): string[] => read().map(({ labels, value }) => `${name}${writeLabels(labels)} ${value}`)
      families.set(name, { name, help, type: 'gauge', lines })
    },
    render() {
      const blocks = [...families.values()].map((family) =>
        [`# HELP ${family.name} ${family.help}`, `# TYPE ${family.name} ${family.type}`, ...family.lines()].join('\n'),
      )
      return `${blocks.join('\n')}\n`
    },
  }
}
