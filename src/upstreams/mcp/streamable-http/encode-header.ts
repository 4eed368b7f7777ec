/**
 * A value as it may stand in a header: literal when it is plain printable ASCII, else the sentinel form.
 * ` padded ` becomes `=?base64?IHBhZGRlZCA=?=`.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports#value-encoding
 */
export function encodeHeader(value: string): string {
  const isPlain = /^[\t\u0020-\u007e]*$/.test(value) && value.trim() === value
  const looksEncoded = value.startsWith('=?base64?') && value.endsWith('?=')
  return isPlain && !looksEncoded ? value : `=?base64?${Buffer.from(value, 'utf8').toString('base64')}?=`
}
