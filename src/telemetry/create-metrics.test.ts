import { describe, expect, it } from 'vitest'
import { createMetrics } from './create-metrics.ts'

describe('createMetrics', () => {
  it('renders counters, histograms and gauges in the text format', () => {
    const metrics = createMetrics()
    metrics.counter('trunkline_a_total', 'A.').add({ code: '200' }, 2)
    metrics.counter('trunkline_a_total', 'A.').add({ code: '200' })
    const seconds = metrics.histogram('trunkline_b_seconds', 'B.', [0.1, 1])
    for (const value of [0.05, 0.1, 0.5, 7]) seconds.observe({ x: 'y' }, value)
    metrics.gauge('trunkline_c', 'C.', () => [{ labels: {}, value: 4 }])
    expect(metrics.render()).toBe(
      [
        '# HELP trunkline_a_total A.',
        '# TYPE trunkline_a_total counter',
        'trunkline_a_total{code="200"} 3',
        '# HELP trunkline_b_seconds B.',
        '# TYPE trunkline_b_seconds histogram',
        'trunkline_b_seconds_bucket{x="y",le="0.1"} 2',
        'trunkline_b_seconds_bucket{x="y",le="1"} 3',
        'trunkline_b_seconds_bucket{x="y",le="+Inf"} 4',
        'trunkline_b_seconds_sum{x="y"} 7.65',
        'trunkline_b_seconds_count{x="y"} 4',
        '# HELP trunkline_c C.',
        '# TYPE trunkline_c gauge',
        'trunkline_c 4',
        '',
      ].join('\n'),
    )
  })

  it('escapes label values, so that a name from outside adds no line', () => {
    const metrics = createMetrics()
    metrics.counter('trunkline_a_total', 'A.').add({ server: 'x"} 1\nevil 1' })
    expect(metrics.render()).toContain('trunkline_a_total{server="x\\"} 1\\nevil 1"} 1\n')
  })
})
