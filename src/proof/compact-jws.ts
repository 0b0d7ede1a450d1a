/** The three segments of a JWS in compact form (RFC 7515 §3.1), taken apart strictly and judged not at all. */
import { Buffer } from 'node:buffer'
import type { JsonObject } from '../lib/index.ts'
import { parseStrictObject } from './strict-json.ts'

/** Longest token in characters; longest header in bytes. */
export const MAX_TOKEN_CHARS = 8192
export const MAX_HEADER_BYTES = 1024

export interface CompactJws {
  readonly header: JsonObject
  readonly payload: JsonObject
  /** What the signature is over: the first two segments with their dot. */
  readonly signingInput: string
  readonly signature: Buffer
}

/** The parts of a compact JWS whose header and payload are JSON objects, or `undefined`. */
export function parseCompactJws(token: string): CompactJws | undefined {
  const segments = splitCompactJws(token)
  if (segments === undefined) return undefined
  const header = parseHeader(segments.header)
  const payload = decodeObject(segments.payload)
  const signature = decodeSegment(segments.signature)
  if (header === undefined || payload === undefined || signature === undefined) return undefined
  return { header, payload, signingInput: segments.signingInput, signature }
}

/** The three segments as they came, or `undefined`. */
export function splitCompactJws(
  token: string,
  maxChars = MAX_TOKEN_CHARS,
): Readonly<Record<'header' | 'payload' | 'signature' | 'signingInput', string>> | undefined {
  if (token.length > maxChars) return undefined
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  if (first < 1 || second < 0 || token.includes('.', second + 1)) return undefined
  return {
    header: token.slice(0, first),
    payload: token.slice(first + 1, second),
    signature: token.slice(second + 1),
    signingInput: token.slice(0, second),
  }
}

/** The header of a JWS from its segment, read strictly. */
export function parseHeader(segment: string): JsonObject | undefined {
  return decodeObject(segment, MAX_HEADER_BYTES)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The JSON object of a segment, or `undefined`. */
export function decodeObject(segment: string, maxBytes = MAX_TOKEN_CHARS): JsonObject | undefined {
  const bytes = decodeSegment(segment)
  if (bytes === undefined || bytes.length > maxBytes) return undefined
  try {
    return parseStrictObject(utf8.decode(bytes))
  } catch {
    return undefined // not UTF-8 (RFC 7515 §3)
  }
}

/** Unpadded base64url with no stray letter and no left-over bits: the text must be the one that its bytes encode to. */
export function decodeSegment(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length > 0 && bytes.toString('base64url') === text ? bytes : undefined
}
