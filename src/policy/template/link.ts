/** Links to templates: by name, by version, by digest. A digest makes the link fail when the template is another one (DESIGN §5). */
import { type ErrorCode, nearest, type Result } from '../../lib/index.ts'
import { BUILT_IN, type Template } from './templates.ts'

export interface LinkFault {
  readonly code: ErrorCode
  readonly text: string
}

const LINK = /^([a-z][a-z0-9-]{0,63})(?:@(\d{1,5}\.\d{1,5}\.\d{1,5})(?:#(sha256:[0-9a-f]{64}))?)?$/

/** The template that `name`, `name@version` or `name@version#sha256:…` means. A bare name means the newest version. */
export function resolveTemplate(
  link: string,
  known: readonly Template[] = BUILT_IN,
): Result<Template, LinkFault> {
  const parts = LINK.exec(link)
  if (parts === null) {
    const near = nearest(
      link,
      known.map(({ document }) => document.name),
    )
    return fault(
      'GH_POLICY_TEMPLATE_LINK',
      `${JSON.stringify(link.slice(0, 120))} is no link to a template; write name, name@version or name@version#sha256:….${didYouMean(near)}`,
    )
  }
  const [, name = '', version, digest] = parts
  const named = known.filter(({ document }) => document.name === name)
  if (named.length === 0) {
    const names = known.map(({ document }) => document.name)
    return fault(
      'GH_POLICY_TEMPLATE_UNKNOWN',
      `there is no template ${JSON.stringify(name)}; there are ${names.join(', ')}.${didYouMean(nearest(name, names))}`,
    )
  }
  const found =
    version === undefined
      ? named.toSorted((a, b) => byVersion(b.document.version, a.document.version))[0]
      : named.find(({ document }) => document.version === version)
  if (found === undefined)
    return fault(
      'GH_POLICY_TEMPLATE_UNKNOWN',
      `template ${name} has no version ${version ?? ''}; there are ${named.map(({ document }) => document.version).join(', ')}`,
    )
  if (digest !== undefined && digest !== found.digest)
    return fault(
      'GH_POLICY_DIGEST_MISMATCH',
      `${name}@${found.document.version} has the digest ${found.digest}, the link says ${digest}`,
    )
  return { ok: true, value: found }
}

function fault(code: ErrorCode, text: string): Result<never, LinkFault> {
  return { ok: false, error: { code, text } }
}

function didYouMean(near: string | undefined): string {
  return near === undefined ? '' : ` Did you mean ${near}?`
}

export function byVersion(a: string, b: string): number {
  const [x, y] = [a.split('.').map(Number), b.split('.').map(Number)]
  return [0, 1, 2].reduce((sign, i) => sign || (x[i] ?? 0) - (y[i] ?? 0), 0)
}
