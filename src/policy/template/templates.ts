/** The templates that come with the product, read once and checked like any other. */
import { createHash } from 'node:crypto'
import { canonicalJson, GatehouseError, type JsonObject, type JsonValue } from '../../lib/index.ts'
import admin from './data/admin.json' with { type: 'json' }
import ais from './data/ais.json' with { type: 'json' }
import ais11 from './data/ais-1.1.json' with { type: 'json' }
import auth from './data/auth.json' with { type: 'json' }
import berlinGroupAis from './data/berlin-group-ais.json' with { type: 'json' }
import berlinGroupPis from './data/berlin-group-pis.json' with { type: 'json' }
import brazilPayments from './data/brazil-payments.json' with { type: 'json' }
import brazilPayments11 from './data/brazil-payments-1.1.json' with { type: 'json' }
import cbpii from './data/cbpii.json' with { type: 'json' }
import cdrBanking from './data/cdr-banking.json' with { type: 'json' }
import consent from './data/consent.json' with { type: 'json' }
import internal from './data/internal.json' with { type: 'json' }
import openData from './data/open-data.json' with { type: 'json' }
import pis from './data/pis.json' with { type: 'json' }
import pis11 from './data/pis-1.1.json' with { type: 'json' }
import pis12 from './data/pis-1.2.json' with { type: 'json' }
import pis13 from './data/pis-1.3.json' with { type: 'json' }
import pis14 from './data/pis-1.4.json' with { type: 'json' }
import pis15 from './data/pis-1.5.json' with { type: 'json' }
import pis16 from './data/pis-1.6.json' with { type: 'json' }
import psd2Ais from './data/psd2-ais.json' with { type: 'json' }
import psd2Ais11 from './data/psd2-ais-1.1.json' with { type: 'json' }
import psd2Ais12 from './data/psd2-ais-1.2.json' with { type: 'json' }
import psd2Cbpii from './data/psd2-cbpii.json' with { type: 'json' }
import psd2Pis from './data/psd2-pis.json' with { type: 'json' }
import { parseTemplate, type TemplateDocument } from './document.ts'
import { extendTemplate } from './extend.ts'

export interface Template {
  readonly document: TemplateDocument
  /** `sha256:` + 64 hex digits over the canonical JSON of the document. */
  readonly digest: string
  /** What it extends, nearest first, each `name@version#digest`; the document is the flattened form. */
  readonly extends: readonly string[]
  /** Where a bank's own stands; `null`: it comes with the product. */
  readonly file: string | null
}

/** One line of the list a person sees. */
export interface TemplateSummary {
  readonly name: string
  readonly version: string
  readonly digest: string
  readonly title: string
  /** It asks for tokens, so the API needs an issuer. */
  readonly needsIssuer: boolean
}

/** `sha256:` + 64 hex digits over the canonical JSON of any plain value. */
export function digestOf(value: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`
}

/** Reads a template document. @throws GH_POLICY_TEMPLATE_INVALID */
export function readTemplate(value: JsonValue): Template {
  const parsed = parseTemplate(value)
  if (!parsed.ok) throw new GatehouseError('GH_POLICY_TEMPLATE_INVALID', parsed.error.text)
  return { document: parsed.value, digest: digestOf(value), extends: [], file: null }
}

/** The next version of a template: what it says on top of the one before. @throws GH_POLICY_TEMPLATE_INVALID */
function nextVersion(before: Template, changes: JsonObject): Template {
  const next = extendTemplate(before.document, changes)
  if (!next.ok) throw new GatehouseError('GH_POLICY_TEMPLATE_INVALID', next.error.text)
  return { document: next.value, digest: digestOf(next.value), extends: [], file: null }
}

const AIS = readTemplate(ais)
const PIS = readTemplate(pis)
const PIS_11 = nextVersion(PIS, pis11)
const PIS_12 = nextVersion(PIS_11, pis12)
const PIS_13 = nextVersion(PIS_12, pis13)
// What the customer authenticated pays once (decision 047).
const PIS_14 = nextVersion(PIS_13, pis14)

// A payment has a code or an exemption (decision 056).
const PIS_15 = nextVersion(PIS_14, pis15)

/** Versions stand side by side: an API that links one by its version keeps it. */
const PLAIN: readonly Template[] = [
  AIS,
  nextVersion(AIS, ais11),
  readTemplate(openData),
  PIS,
  PIS_11,
  PIS_12,
  PIS_13,
  PIS_14,
  PIS_15,
  // … which is its own (decision 058).
  nextVersion(PIS_15, pis16),
  ...[cbpii, consent, auth, admin, internal].map((data) => readTemplate(data)),
]

/** A template of the product that states what is another with one version of its parent, or with the newest. */
function extended(
  { extends: link, ...child }: JsonObject & { extends: string },
  known: readonly Template[] = PLAIN,
): Template {
  const parent = known.findLast(
    ({ document }) => document.name === link || `${document.name}@${document.version}` === link,
  )
  if (parent === undefined) throw new GatehouseError('GH_POLICY_TEMPLATE_INVALID', link)
  const { name, version } = parent.document
  const made = extendTemplate(parent.document, child)
  if (!made.ok) throw new GatehouseError('GH_POLICY_TEMPLATE_INVALID', made.error.text)
  return {
    document: made.value,
    digest: digestOf(made.value),
    extends: [`${name}@${version}#${parent.digest}`, ...parent.extends],
    file: null,
  }
}

const PSD2: readonly Template[] = [
  extended({ ...psd2Ais, extends: 'ais@1.0.0' }),
  extended({ ...psd2Ais, ...psd2Ais11, rules: { ...psd2Ais.rules, ...psd2Ais11.rules } }),
  extended({
    ...psd2Ais,
    ...psd2Ais12,
    rules: { ...psd2Ais.rules, ...psd2Ais11.rules, ...psd2Ais12.rules },
  }),
  extended({ ...psd2Pis, extends: 'pis@1.1.0' }),
  extended({ ...psd2Pis, version: '1.1.0', extends: 'pis@1.2.0' }),
  extended({ ...psd2Pis, version: '1.2.0', extends: 'pis@1.3.0' }),
  extended({ ...psd2Pis, version: '1.3.0', extends: 'pis@1.4.0' }),
  extended({ ...psd2Pis, version: '1.4.0', extends: 'pis@1.5.0' }),
  extended({ ...psd2Pis, version: '1.5.0' }),
  extended(psd2Cbpii),
]

const BRAZIL_11 = {
  ...brazilPayments,
  ...brazilPayments11,
  rules: { ...brazilPayments.rules, ...brazilPayments11.rules },
}

/** What one scheme's specification is meant for: it knows the scheme's own words for permissions, states and times. */
const REGIMES: readonly Template[] = [
  readTemplate(cdrBanking),
  extended(brazilPayments),
  extended(BRAZIL_11),
  extended({ ...BRAZIL_11, version: '1.2.0', extends: 'pis@1.4.0' }),
  extended(berlinGroupAis, PSD2),
  // 90 days of history without a fresh authentication (decision 031).
  extended({ ...berlinGroupAis, extends: 'psd2-ais@1.2.0', version: '1.1.0' }, PSD2),
  extended({ ...berlinGroupPis, extends: 'psd2-pis@1.2.0' }, PSD2),
  extended({ ...berlinGroupPis, extends: 'psd2-pis@1.3.0', version: '1.1.0' }, PSD2),
  extended({ ...berlinGroupPis, extends: 'psd2-pis@1.4.0', version: '1.2.0' }, PSD2),
  extended({ ...berlinGroupPis, version: '1.3.0' }, PSD2),
]

export const BUILT_IN: readonly Template[] = [...PLAIN, ...PSD2, ...REGIMES]

/** What `gatehouse.yaml` may name under `template`. */
export function templates(known: readonly Template[] = BUILT_IN): readonly TemplateSummary[] {
  return known.map(({ document, digest }) => ({
    name: document.name,
    version: document.version,
    digest,
    title: document.title,
    needsIssuer: needsIssuer(document),
  }))
}

export function needsIssuer(document: TemplateDocument): boolean {
  return document.rules['authz.default']?.params['open'] !== true
}
