import { styleText } from 'node:util'

/** Colour by meaning; plain text where colour is not wanted (`NO_COLOR`, no terminal). */
export interface Style {
  good(text: string): string
  bad(text: string): string
  warn(text: string): string
  strong(text: string): string
  faint(text: string): string
}

const same = (text: string): string => text
export const plainStyle: Style = { good: same, bad: same, warn: same, strong: same, faint: same }

export const colourStyle: Style = {
  good: (text) => styleText('green', text, { validateStream: false }),
  bad: (text) => styleText('red', text, { validateStream: false }),
  warn: (text) => styleText('yellow', text, { validateStream: false }),
  strong: (text) => styleText('bold', text, { validateStream: false }),
  faint: (text) => styleText('dim', text, { validateStream: false }),
}

/** https://no-color.org: any non-empty value turns colour off. */
export function styleFor(stream: { readonly isTTY?: boolean }, env: CliEnvironment): Style {
  return mayAnimate(stream, env) ? colourStyle : plainStyle
}

/** A person at a terminal that can do more than print, and who did not ask for plain text. */
export function mayAnimate(stream: { readonly isTTY?: boolean }, env: CliEnvironment): boolean {
  return stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
}
type CliEnvironment = Readonly<Record<string, string | undefined>>
