import { GatewayError } from '../../../domain/errors.ts'
import type { Logger } from '../../../telemetry/index.ts'
import type { Loss } from '../connection.ts'
import type { OwnRoots } from '../peer/own-roots.ts'
import { cancelledParams, createPeer, type Peer } from '../peer/peer.ts'
import type { PendingRequest } from '../peer/pending-request.ts'
import { UndeliveredError } from '../peer/undelivered-error.ts'
import type { Wire } from '../peer/wire.ts'
import { writeNotification } from '../peer/write-message.ts'
import type { Timing } from '../supervisor/timing.ts'
import type { UpstreamChange } from '../upstream.ts'
import { createJunkMeter } from './junk-meter.ts'
import { createLineFramer } from './line-framer.ts'
import { createLineQueue, type LineQueue } from './line-queue.ts'
import type { StderrRing } from './stderr-ring.ts'
import type { SupervisedChild } from './supervised-child.ts'

export interface ChildLinkOptions {
  readonly roots?: OwnRoots | undefined
  readonly server: string
  readonly child: SupervisedChild
  readonly stderr: StderrRing
  readonly messageBytes: number
  readonly timing: Timing
  readonly logger: Logger
  readonly nextId: () => number
  readonly onChange: (change: UpstreamChange) => void
  /** Called once, after the pending calls have been ended. */
  readonly onLost: (loss: Loss) => void
}

/** A peer on a child's stdin and stdout. */
export interface ChildLink {
  readonly peer: Peer
  /** Ends the pending calls with this reason and stops listening; the child is ended by its owner. */
  end(reason: string): void
}

/** What has been written when a child dies is still in its pipe; a grandchild may hold the pipe open for ever. */
const DRAIN_MS = 200

/** Waiting input beyond this is refused, though one message always fits. */
const QUEUE_BYTES = 32 * 1024 * 1024

/** A newline ends a message on stdio; between tokens of valid JSON it means nothing, and inside strings it cannot be. */
function oneLine(text: string): string {
  return text.includes('\n') || text.includes('\r') ? text.replaceAll(/[\r\n]+/g, ' ') : text
}

function createStdioWire(queue: LineQueue, server: string, peer: () => Peer, logger: Logger): Wire {
  const sendMessage = (text: string): void => {
    if (!queue.push(oneLine(text))) logger.warn({ server }, 'a message was dropped: the server does not read its input')
  }
  return {
    sendMessage,
    sendRequest(request) {
      if (queue.push(oneLine(request.text), request)) return
      peer().fail(request, new UndeliveredError(`MCP server "${server}" does not read its input: too much is waiting for it already.`))
    },
    abandon(request, reason) {
      if (request.sent && request.method !== 'initialize') sendMessage(writeNotification('notifications/cancelled', cancelledParams(request, reason)))
    },
  }
}

export function createChildLink(options: ChildLinkOptions): ChildLink {
  const { server, child, stderr, messageBytes, timing, logger, nextId, onChange, onLost } = options
  const { stdin, stdout } = child.process
  const junk = createJunkMeter(server, logger)
  let over = false

  function end(reason: string): void {
    queue.close()
    peer.close((request: PendingRequest) => {
      const cause = `MCP server "${server}" ${reason}.`
      if (!request.sent) return new UndeliveredError(`${request.method} was not sent: ${cause}`)
      return new GatewayError('upstream_interrupted', `${request.method} was interrupted: ${cause}`, { retryAfterMs: timing.backOffFirstMs })
    })
  }

  function lose(kind: Loss['kind'], reason: string): void {
    if (over) return
    over = true
    end(reason)
    onLost({ kind, reason })
  }

  const queue = createLineQueue(stdin, {
    maxBytes: Math.max(QUEUE_BYTES, 2 * messageBytes),
    writeMs: timing.writeMs,
    onStuck: () => lose('crash', `took no input for ${timing.writeMs} ms`),
  })
  const peer = createPeer({ wire: createStdioWire(queue, server, () => peer, logger), server, logger, roots: options.roots, onChange, nextId })
  const framer = createLineFramer(messageBytes, {
    line(text) {
      if (over || peer.receive(text) || junk.count(text)) return
      lose('fatal', 'was stopped: it wrote over 1,000 lines a minute to stdout that are no messages')
    },
    oversize: () => lose('crash', `was stopped (oversize): it sent a message of more than ${messageBytes} bytes; \`limits.messageBytes\` sets the cap`),
  })

  function exited(): void {
    const line = stderr.lastLine()
    lose('crash', `ended with ${child.ending ?? 'a closed stdout'}${line === undefined ? '' : `; its last words were "${line}"`}`)
  }

  stdout.on('data', (chunk: Buffer) => {
    if (!over) framer.push(chunk)
  })
  stdout.on('error', (error) => logger.debug({ server, err: error }, 'reading from the server failed'))
  // EPIPE: the child is ending, which is noticed by itself.
  stdin.on('error', (error) => logger.debug({ server, err: error }, 'writing to the server failed'))
  child.process.on('exit', () => setTimeout(exited, DRAIN_MS).unref())
  child.process.on('close', exited)
  stdout.on('end', () => setTimeout(exited, DRAIN_MS).unref())
  return { peer, end }
}
