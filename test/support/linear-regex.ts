/** Patterns run in tests as they do in the product. */
export { linearRegex } from '../../src/app/linear-regex.ts'
