export { readSseFrame, writeSseEvent, type SseEvent } from './sse-event.ts'
export { createSseFramer, type SseFramer } from './sse-framer.ts'
export { createSseParser, type SseParser } from './sse-parser.ts'
