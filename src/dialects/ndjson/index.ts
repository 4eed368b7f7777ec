export { createNdjsonParser } from './ndjson-parser.ts'
