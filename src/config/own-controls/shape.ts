/** THE definition of a file of a bank's own controls: the form of the catalogue's, reduced to what a bank has reason to write. */
import { isMap } from 'yaml'
import { label, quote } from '../check.ts'
import { choice, invalid, numberIn, parsedText, type Shape, text, textAt, word } from '../shape.ts'
import {
  defaulted,
  type FieldValues,
  list,
  object,
  optional,
  required,
} from '../shape-collections.ts'
import type { ControlWords, Vocabulary } from '../vocabulary.ts'
import { entriesOf } from '../yaml-structure.ts'

/** The prefix is what keeps a later control of the catalogue from taking an id that a bank uses already. */
const ID = /^own(?:-[a-z0-9]+)+$/
const MAX_ID = 63
const id: Shape<string> = {
  read: (spot, check) => {
    const wanted = 'own- and lower-case words joined by hyphens, such as own-fraud-score'
    const written = textAt(spot, check, wanted)
    if (written === undefined) return undefined
    if (ID.test(written) && written.length <= MAX_ID) return written
    if (check.env.vocabulary.controls?.ids.includes(written) === true)
      return invalid(
        spot,
        check,
        `${label(spot.path)} is that of a control of the catalogue; the bank's own begin with own-.`,
        `own-${written}`,
      )
    return invalid(
      spot,
      check,
      `${label(spot.path)} must be ${wanted}, at most ${MAX_ID} characters, not ${quote(written)}.`,
    )
  },
  schema: () => ({ type: 'string', pattern: ID.source, maxLength: MAX_ID }),
}

function known(of: Exclude<keyof ControlWords, 'ids'>): Shape<string> {
  return word(({ controls }) => controls?.[of])
}
/** At least one: an empty list would be a condition that never holds. */
function some(wordsOf: (words: Vocabulary) => readonly string[] | undefined) {
  return list(word(wordsOf), 1)
}

const jurisdiction = parsedText(
  'a jurisdiction',
  (value) =>
    /^(?:EEA|[A-Z]{2}(?:-[A-Z0-9]{1,3})?)$/.test(value)
      ? { value }
      : { wrong: 'must be EU, EEA, UK or a code of ISO 3166, such as DE or US-NY' },
  { pattern: '^(?:EEA|[A-Z]{2}(?:-[A-Z0-9]{1,3})?)$' },
)
const level = numberIn(1, 3, true)
const levels = object('least levels', {
  C: optional(level, 'Confidentiality.', 2),
  I: optional(level, 'Integrity.', 2),
  A: optional(level, 'Availability.', 2),
  Au: optional(level, 'Authenticity.', 2),
})

const requiredWhen = object('a condition', {
  exposure: optional(
    some((words) => words.exposures),
    'Any of these exposures.',
  ),
  roles: optional(
    some((words) => words.roles),
    'Any of these roles.',
  ),
  minLevel: optional(levels, 'Levels that the API has or exceeds, all of them.', { C: 2 }),
  regimes: optional(list(known('regimes'), 1), 'Any of these regimes applies.'),
  features: optional(
    some((words) => words.features),
    'Any of these features.',
  ),
  dataClasses: optional(
    some((words) => words.dataClasses),
    'Any of these data classes.',
  ),
  jurisdictions: optional(list(jurisdiction, 1), 'The law of any of these applies.', ['DE']),
  because: required(text, 'The reason that is shown.', 'it moves money'),
})

const CHECKED = ['text', 'title', 'mirror', 'secondary', 'memory'] as const
const reference = object('a reference', {
  regime: required(known('regimes'), 'The regime.', 'eu-dora'),
  clause: required(text, 'Place in its text, never the text.', 'Art 9(2)'),
  checked: defaulted(
    choice(CHECKED),
    { value: 'memory', shown: 'memory' },
    'How the clause was checked; only text counts as checked.',
  ),
})
const NONE = { value: [], shown: [] }
const references = object('references', {
  regulations: defaulted(list(reference), NONE, 'Clauses that the control supports.'),
  owasp: defaulted(list(known('owasp')), NONE, 'Entries of the OWASP API Security Top 10.', [
    'API6:2023',
  ]),
  nist80053r5: defaulted(list(text), NONE, 'Controls of NIST SP 800-53 r5, by id.', ['AU-6']),
})

const fields = {
  id: required(id, 'Its id: own- and lower-case words.', 'own-fraud-score'),
  title: required(text, 'What holds, in one line.', 'Payments are scored for fraud'),
  intent: required(text, 'What it is for, in a sentence.'),
  category: required(known('categories'), 'What it is about.', 'payments'),
  severityIfMissing: required(known('severities'), 'How bad it is if it does not hold.', 'high'),
  counters: required(list(known('consequences'), 1), 'What it prevents.', ['money-laundering']),
  requiredWhen: required(
    list(requiredWhen, 1),
    'Conditions, the first that holds gives the reason; within one, all must hold, and one without any always does.',
  ),
  references: optional(references, 'What it supports elsewhere.'),
  enforce: optional(
    object('what enforces it', {
      policyField: required(known('policyFields'), 'A rule of the policy.', 'authz.objects'),
      expectation: required(text, 'What the rule must say.'),
    }),
    'The rule of the gateway that enforces it; then gateway-config is among its evidence.',
  ),
  observe: required(text, 'How it is seen in traffic or in the organisation.'),
  testFromOutside: required(text, 'How one would test it from outside.'),
  evidence: required(
    object('evidence', {
      kinds: required(list(known('evidenceKinds'), 1), 'Kinds of evidence that show it.', [
        'attestation',
      ]),
      freshnessDays: required(numberIn(1, 3650, true), 'Days that evidence counts.', 90),
    }),
    'What shows that it holds.',
  ),
  note: optional(text, 'What must be kept in mind when it is read.'),
}
export type OwnControlRead = FieldValues<typeof fields>

const control = object('a control', fields)
/** A rule that enforces it, and configuration as evidence, go together: with only one of them posture would say what is not so. */
const consistent: Shape<OwnControlRead> = {
  read: (spot, check) => {
    const read = control.read(spot, check)
    if (read === undefined) return undefined
    const configured = read.evidence.kinds.includes('gateway-config')
    if (configured === (read.enforce !== null)) return read
    const key = configured ? 'evidence' : 'enforce'
    const at = isMap(spot.node) ? entriesOf(spot.node).find((one) => one.key === key) : undefined
    return invalid(
      { node: at?.value ?? spot.node, key: at?.keyNode ?? spot.key, path: [...spot.path, key] },
      check,
      configured
        ? `${label([...spot.path, key])} names gateway-config, so "enforce" must name the rule.`
        : `${label([...spot.path, key])} names a rule, so "evidence.kinds" must name gateway-config.`,
    )
  },
  schema: (words) => control.schema(words),
}

export const ownControlsShape: Shape<readonly OwnControlRead[]> = list(consistent, 1)
