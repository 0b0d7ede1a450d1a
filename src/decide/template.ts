/**
 * Path templates of OpenAPI: fixed text and `{parameters}`, segment by segment. A parameter may share a segment with fixed text
 * (`accounts({id})`, `{name}:download`), as long as there is only one way to read it.
 */
import { decodePercent, encodeData, encodeLiteral } from './percent.ts'

export type SegmentTemplate =
  /** `text` is decoded; `written` the only spelling accepted for it. */
  | { readonly kind: 'literal'; readonly text: string; readonly written: string }
  | { readonly kind: 'parameter'; readonly name: string }
  /** `literals[0] {names[0]} literals[1] {names[1]} … literals[n]`; inner literals are not empty. */
  | {
      readonly kind: 'mixed'
      readonly literals: readonly string[]
      readonly names: readonly string[]
    }

/** @throws TypeError if the template cannot be matched in one way only: the API that holds it is closed. */
export function parseTemplate(path: string): readonly SegmentTemplate[] {
  if (!path.startsWith('/')) throw new TypeError(`path template ${path}: must start with "/"`)
  const seen = new Set<string>()
  return path
    .slice(1)
    .split('/')
    .map((segment, at, all) => {
      if (segment === '' && at !== all.length - 1)
        throw new TypeError(`path template ${path}: empty segment`)
      return parseSegment(path, segment, seen)
    })
}

/** Puts the parameters of `segment` into `into`; `false` if the segment does not read as the template says. */
export function capture(
  template: SegmentTemplate,
  segment: string,
  into: Map<string, string>,
): boolean {
  if (template.kind === 'literal') return template.text === segment
  if (template.kind === 'parameter') {
    into.set(template.name, segment)
    return segment !== ''
  }
  const { literals, names } = template
  const head = literals[0] ?? ''
  const tail = literals[literals.length - 1] ?? ''
  if (segment.length < head.length + tail.length) return false
  if (!segment.startsWith(head) || !segment.endsWith(tail)) return false
  let rest = segment.slice(head.length, segment.length - tail.length)
  for (let at = 0; at < names.length; at++) {
    const last = at === names.length - 1
    const separator = literals[at + 1] ?? ''
    const split = last ? rest.length : rest.indexOf(separator)
    // Once only: with two separators there would be two readings, and the bank might take the other.
    if (split < 1 || (!last && rest.indexOf(separator, split + 1) !== -1)) return false
    into.set(names[at] ?? '', rest.slice(0, split))
    rest = rest.slice(split + separator.length)
  }
  return true
}

/** Whether a segment that matched is spelled in the one way its template allows: data may be escaped, fixed text not at will. */
export function isWrittenAs(template: SegmentTemplate, written: string): boolean {
  if (template.kind === 'parameter') return true
  if (template.kind === 'literal') return template.written === written
  const { literals } = template
  return (
    written.startsWith(encodeLiteral(literals[0] ?? '')) &&
    written.endsWith(encodeLiteral(literals[literals.length - 1] ?? '')) &&
    literals.every((literal) => written.includes(encodeLiteral(literal)))
  )
}

/** The canonical spelling of the path with these parameters. */
export function writePath(
  templates: readonly SegmentTemplate[],
  parameters: ReadonlyMap<string, string>,
): string {
  let path = ''
  for (const template of templates) path += `/${writeSegment(template, parameters)}`
  return path
}

function writeSegment(template: SegmentTemplate, parameters: ReadonlyMap<string, string>): string {
  if (template.kind === 'literal') return template.written
  if (template.kind === 'parameter') return encodeData(parameters.get(template.name) ?? '')
  let text = encodeLiteral(template.literals[0] ?? '')
  for (let at = 0; at < template.names.length; at++)
    text +=
      encodeData(parameters.get(template.names[at] ?? '') ?? '') +
      encodeLiteral(template.literals[at + 1] ?? '')
  return text
}

function parseSegment(path: string, segment: string, seen: Set<string>): SegmentTemplate {
  const parts = segment.split(/[{}]/)
  if (parts.length === 1) return literal(path, segment)
  const names = parts.filter((_, at) => at % 2 === 1)
  const literals = parts.filter((_, at) => at % 2 === 0).map((part) => literal(path, part).text)
  const braces = segment.replace(/[^{}]/g, '')
  if (braces !== '{}'.repeat(names.length) || names.includes(''))
    throw new TypeError(`path template ${path}: braces do not match`)
  for (const name of names) {
    if (seen.has(name)) throw new TypeError(`path template ${path}: {${name}} stands twice`)
    seen.add(name)
  }
  const [first = ''] = names
  if (names.length === 1 && segment === `{${first}}`) return { kind: 'parameter', name: first }
  if (literals.slice(1, -1).includes(''))
    throw new TypeError(`path template ${path}: two parameters touch`)
  return { kind: 'mixed', literals, names }
}

/** Fixed text may be written escaped or not in a specification; a request must use the canonical spelling. */
function literal(path: string, segment: string): SegmentTemplate & { readonly kind: 'literal' } {
  const text = decodePercent(segment)
  if (text === undefined) throw new TypeError(`path template ${path}: malformed escape`)
  return { kind: 'literal', text, written: encodeLiteral(text) }
}
