import { describe, expect, it } from 'vitest'
import { GatewayError, type ErrorCode } from '../../domain/errors.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import { createEvents, createMetrics, silentLogger } from '../../telemetry/index.ts'
import { failureClass, type FailureClass } from './failure-class.ts'

const CODES: readonly (readonly [ErrorCode, FailureClass])[] = [
  ['capability_disabled', 'disabled'],
  ['capability_held', 'held'],
  ['unknown_capability', 'not_found'],
  ['unknown_server', 'not_found'],
  ['invalid_request', 'invalid_request'],
  ['upstream_timeout', 'timeout'],
  ['server_unavailable', 'unavailable'],
  ['gateway_draining', 'unavailable'],
  ['overloaded', 'overloaded'],
  ['upstream_interrupted', 'interrupted'],
  ['upstream_protocol', 'rejected'],
  ['cancelled', 'cancelled'],
  ['internal', 'unexpected'],
]

describe('failureClass', () => {
  it.each(CODES)('%s is counted as %s', (code, expected) => expect(failureClass(new GatewayError(code, 'x'))).toBe(expected))

  it('tells wrong arguments from other refusals of a server, and from what nobody foresaw', () => {
    expect(failureClass(new RpcError(RPC.invalidParams, 'x'))).toBe('invalid_arguments')
    expect(failureClass(new RpcError(-32000, 'x'))).toBe('rejected')
    expect(failureClass(new TypeError('x'))).toBe('unexpected')
  })

  it('names the reason for which the gateway gave a call up', () => {
    const signal = AbortSignal.abort(new GatewayError('upstream_timeout', 'x'))
    expect(failureClass(new GatewayError('cancelled', 'x'), signal)).toBe('timeout')
  })

  it('is a label of the metrics, by server, beside outcome and time by tool', () => {
    const metrics = createMetrics()
    const events = createEvents(silentLogger, metrics)
    const settled = { server: 's', method: 'tools/call', name: 't', durationMs: 500, attempts: 2 } as const
    for (const errorClass of ['timeout', 'unexpected', 'timeout'] as const) events.callSettled(silentLogger, { ...settled, outcome: 'failed', errorClass })
    const text = metrics.render()
    expect(text).toContain('trunkline_mcp_call_errors_total{server="s",class="timeout"} 2')
    expect(text).toContain('trunkline_mcp_call_errors_total{server="s",class="unexpected"} 1')
    expect(text).toContain('trunkline_mcp_tool_calls_total{server="s",tool="t",outcome="failed"} 3')
    expect(text).toContain('trunkline_mcp_tool_call_seconds_total{server="s",tool="t"} 1.5')
    expect(text).toContain('trunkline_mcp_call_retries_total{server="s"} 3')
  })
})
