/** Parts of bodies of `/sca/v1` that several of them have. */
import { object, type Shape, text } from '../consents/shape.ts'

export const MAX_LISTED = 1_000
const MAX_ACCOUNT_CHARS = 256
export const NAME = text(256)
/** What is in it is looked at by whoever reads it: a secondary identification comes after a line break. */
export const ACCOUNT: Shape = (value, path) =>
  typeof value === 'string' && value.length <= MAX_ACCOUNT_CHARS
    ? undefined
    : { path, kind: 'invalid' }
export const AMOUNT = object({ value: text(30), currency: text(3) })
