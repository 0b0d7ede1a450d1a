/** Every template that an installation may link to: those of the product, and a bank's own, side by side with all their versions. */
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '../../lib/index.ts'
import { parseTemplate } from './document.ts'
import { extendTemplate, MAX_EXTENDS_DEPTH } from './extend.ts'
import type { TemplateFault } from './fault.ts'
import { resolveTemplate } from './link.ts'
import { BUILT_IN, digestOf, type Template } from './templates.ts'

/** A document as it was read; `file` says where, for people. */
export interface OwnTemplate {
  readonly file: string
  readonly value: JsonValue
}

export interface TemplateProblem extends TemplateFault {
  readonly file: string
}

export interface TemplateLibrary {
  readonly templates: readonly Template[]
  readonly problems: readonly TemplateProblem[]
}

/** Reads a bank's own templates in any order; one that is wrong is left out, and so is what extends it. */
export function templateLibrary(own: readonly OwnTemplate[]): TemplateLibrary {
  const templates: Template[] = [...BUILT_IN]
  const problems: TemplateProblem[] = []
  const waiting = new Map(own.map((one) => [one, linkOf(one.value)]))
  const keyOf = ({ document }: Template): string => `${document.name}@${document.version}`
  const fail = (one: OwnTemplate, path: readonly string[], text: string): void => {
    problems.push({ file: one.file, path, text })
    waiting.delete(one)
  }
  /** What the parent is not there yet is tried again, as long as something else became known. */
  for (let moved = true; moved;) {
    moved = false
    for (const [one, link] of waiting) {
      const made = link === undefined ? plain(one) : extended(one, link, templates)
      if (made === 'later') continue
      moved = true
      if ('text' in made) fail(one, made.path, made.text)
      else if (templates.some((known) => keyOf(known) === keyOf(made)))
        fail(
          one,
          ['version'],
          `${keyOf(made)} stands already; a version is never changed, so give it another`,
        )
      else {
        templates.push(made)
        waiting.delete(one)
      }
    }
  }
  const left = [...waiting]
  for (const [one, link = ''] of left) fail(one, ['extends'], whyNot(link, left, templates))
  return { templates, problems }
}

function linkOf(value: JsonValue): string | undefined {
  const link = isJsonObject(value) ? value['extends'] : undefined
  return link === undefined ? undefined : typeof link === 'string' ? link : ''
}

function plain({ file, value }: OwnTemplate): Template | TemplateFault {
  const parsed = parseTemplate(value)
  return parsed.ok
    ? { document: parsed.value, digest: digestOf(value), extends: [], file }
    : parsed.error
}

function extended(
  { file, value }: OwnTemplate,
  link: string,
  known: readonly Template[],
): Template | TemplateFault | 'later' {
  if (!/#sha256:[0-9a-f]{64}$/.test(link))
    return {
      path: ['extends'],
      text: `extends must be name@version#sha256:…, so that a parent never changes under its child${digestHint(link, known)}`,
    }
  const parent = resolveTemplate(link, known)
  if (!parent.ok)
    return parent.error.code === 'GH_POLICY_TEMPLATE_UNKNOWN'
      ? 'later'
      : { path: ['extends'], text: parent.error.text }
  const depth = parent.value.extends.length + 1
  if (depth > MAX_EXTENDS_DEPTH)
    return {
      path: ['extends'],
      text: `more than ${MAX_EXTENDS_DEPTH} templates extend one another`,
    }
  const { extends: _, ...child } = value as JsonObject // sound: only an object has the member
  const made = extendTemplate(parent.value.document, child)
  if (!made.ok) return made.error
  const { document, digest, extends: above } = parent.value
  return {
    document: made.value,
    digest: digestOf(made.value),
    extends: [`${document.name}@${document.version}#${digest}`, ...above],
    file,
  }
}

function digestHint(link: string, known: readonly Template[]): string {
  const found = resolveTemplate(link, known)
  return found.ok
    ? `; it is ${found.value.document.name}@${found.value.document.version}#${found.value.digest}`
    : ''
}

/** A parent that waits for its own child is a loop. */
function whyNot(
  link: string,
  waiting: readonly (readonly [OwnTemplate, string | undefined])[],
  known: readonly Template[],
): string {
  const [name = ''] = link.split('#')
  const isParent = ({ value }: OwnTemplate, key: string): boolean =>
    isJsonObject(value) &&
    canonicalJson([value['name'], value['version']]) === canonicalJson(key.split('@'))
  const seen = new Set<string>()
  for (let at: string | undefined = name; at !== undefined;) {
    if (seen.has(at)) return `${name} and what it extends extend one another in a loop`
    seen.add(at)
    const key: string = at
    at = waiting.find(([one]) => isParent(one, key))?.[1]?.split('#')[0]
  }
  const found = resolveTemplate(link, known)
  return found.ok ? 'it cannot be extended' : found.error.text
}
