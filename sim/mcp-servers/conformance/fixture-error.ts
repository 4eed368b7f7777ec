import type { JsonObject } from '../../../src/lib/json.ts'

/** A JSON-RPC error of the fixture. */
export class FixtureError extends Error {
  readonly code: number
  readonly data: JsonObject | undefined

  constructor(code: number, message: string, data?: JsonObject) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** A modern call that needs input first. */
export class InputRequired extends Error {
  readonly result: JsonObject

  constructor(inputRequests: JsonObject, requestState: string | undefined) {
    super('input required')
    this.result = { resultType: 'input_required', inputRequests, ...(requestState === undefined ? {} : { requestState }) }
  }
}
