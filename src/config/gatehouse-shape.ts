/** THE definition of `gatehouse.yaml`: every key, what it means, what it may be, what its absence means. */
import { approval } from './approval-shape.ts'
import { extAuthz } from './ext-authz-shape.ts'
import { parseBasePath, parsePublicOrigin } from './addresses.ts'
import { label, nearestWord, oneOf, quote } from './check.ts'
import { isTimeZone } from '../lib/index.ts'
import { identity } from './identity-shape.ts'
import { LIMITS } from './limits.ts'
import { issuer } from './issuer-shape.ts'
import { listen } from './listen-shape.ts'
import { answerSigningShape } from './answer-signing-shape.ts'
import { contextShape } from './context-shape.ts'
import { DEFAULT_RETENTION, retentionShape } from './retention-shape.ts'
import { OPERATION_NAME, rules } from './rules-shape.ts'
import {
  choice,
  invalid,
  numberIn,
  parsedText,
  type Shape,
  text,
  textAt,
  word,
  yesOrNo,
} from './shape.ts'
import {
  defaulted,
  type FieldValues,
  list,
  named,
  object,
  optional,
  required,
} from './shape-collections.ts'
import { sca } from './sca-shape.ts'
import { listener, proxySocket, trustStore } from './transport-shape.ts'
import { upstreamAddresses, upstreamHealth } from './upstream-addresses-shape.ts'
import { upstreamTls } from './upstream-shape.ts'
import { filePath, secretRef, specificationFile } from './shape-references.ts'

const TEMPLATE =
  /^([a-z][a-z0-9-]*)(?:@((?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){2})(?:#sha256:[0-9a-f]{64})?)?$/

/** `ais`, `ais@1.0.0`, `ais@1.0.0#sha256:…`; name and version must be known. */
const template: Shape<string> = {
  read: (spot, check) => {
    const written = textAt(spot, check, 'the name of a template')
    if (written === undefined) return undefined
    const { path } = spot
    const known = check.env.vocabulary.templates
    const names = known.map((each) => each.name)
    const match = TEMPLATE.exec(written)
    if (match === null) {
      const wanted = 'name, name@1.0.0 or name@1.0.0#sha256: and 64 hex digits'
      return invalid(
        spot,
        check,
        `${label(path)} must be ${wanted}, not ${quote(written)}.`,
        nearestWord(written, names),
      )
    }
    const [, name = '', version] = match
    const found = known.find((each) => each.name === name)
    if (
      found !== undefined &&
      (version === undefined || found.versions?.includes(version) !== false)
    )
      return written
    const message =
      found === undefined
        ? `${label(path)} names no template; the templates are ${oneOf(names)}.`
        : `${label(path)} names a version of ${name} that is not here; there is ${oneOf(found.versions ?? [])}.`
    const nearest = found === undefined ? nearestWord(name, names) : undefined
    check.report({ code: 'GH_POLICY_TEMPLATE_UNKNOWN', at: spot.node, path, message, nearest })
    return undefined
  },
  schema: ({ templates }) => {
    const names = templates.map((each) => each.name)
    const linked = `^(?:${names.join('|')})@[0-9]+[.][0-9]+[.][0-9]+(?:#sha256:[0-9a-f]{64})?$`
    return { anyOf: [{ enum: names }, { type: 'string', pattern: linked }] }
  },
}

const apiName = parsedText(
  'a name',
  (value) =>
    /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(value) && value.length <= LIMITS.name
      ? { value }
      : { wrong: `must be lower-case letters, digits and single hyphens, at most ${LIMITS.name}` },
  { pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: LIMITS.name },
)

const OUTAGE_IMPACT = ['within-2h', 'within-24h', 'within-5d', 'later'] as const
const api = object('an API', {
  name: required(apiName, 'Name in commands, events and reports; unique here.', 'accounts'),
  spec: required(
    specificationFile,
    'Its specification: OpenAPI 3.0 or 3.1, Swagger 2.0 (YAML or JSON), or a Postman collection 2.1.',
    'specs/account-info-openapi.yaml',
  ),
  upstream: required(
    upstreamAddresses,
    "Address of the bank's API behind the gateway, or a list of addresses of one scheme and path that all serve it.",
    'http://127.0.0.1:9000',
    ['https://core-a.bank.example:8443', 'https://core-b.bank.example:8443'],
  ),
  upstreamHealth: optional(
    upstreamHealth,
    'How each of its addresses is asked whether it serves; else only traffic shows it.',
  ),
  upstreamTls: optional(
    upstreamTls,
    'How to speak TLS with it: whom to believe, which certificate to show, which name it must have.',
  ),
  template: required(
    template,
    'Policy template: name, name@version, or name@version#digest.',
    'ais',
    'open-data',
  ),
  basePath: optional(
    parsedText('a path', parseBasePath, { pattern: '^/' }),
    'Path it is offered under; else the path of the first "servers" URL of the specification.',
    '/open-banking/v4.0/aisp',
  ),
  owner: optional(text, 'Who answers for it.', 'accounts-team@bank.example'),
  dataClasses: optional(
    list(word((words) => words.dataClasses)),
    'Classes of data it carries; else derived from the specification.',
  ),
  roles: optional(
    list(
      word((words) => words.roles),
      1,
    ),
    'What it is in open banking; else derived from the template and the specification.',
  ),
  exposure: optional(
    word((words) => words.exposures),
    'From where it can be reached; else internet-anonymous for open data, internet-authenticated otherwise.',
  ),
  outageImpact: defaulted<(typeof OUTAGE_IMPACT)[number]>(
    choice(OUTAGE_IMPACT),
    { value: 'within-24h', shown: 'within-24h' },
    'How soon an outage does serious harm.',
  ),
  criticalOrImportantFunction: defaulted(
    yesOrNo,
    { value: false, shown: false },
    'It supports a critical or important function (DORA).',
  ),
  features: defaulted(
    list(word((words) => words.features)),
    { value: [], shown: [] },
    'Features that ask for further controls.',
  ),
  serves: defaulted(
    list(text),
    { value: [], shown: [] },
    'Names of APIs that cannot work without this one; it inherits their levels.',
  ),
  audit: optional(
    choice(['strict', 'buffered']),
    'How reads are recorded. strict: synced to disk before the call and before the answer. buffered: within a second. Writes are always strict.',
  ),
  degraded: defaulted(
    yesOrNo,
    { value: false, shown: false },
    'Reads may go on, with an alarm, on data up to an hour old, and while the spool fails if they are recorded buffered.',
  ),
  issuers: optional(list(text), 'Issuers whose tokens it takes; else all.'),
  approval: optional(approval, 'Who approved its objectives, and when.'),
  class: optional(
    text,
    'Name of the class of APIs that it belongs to; the rules of the class stand between template and API.',
    'internal',
  ),
  rules: defaulted(
    rules('api'),
    { value: [], shown: {} },
    'Rules by name that tighten the template, or loosen it within its bounds.',
  ),
  operations: defaulted(
    named(
      'an operationId or a method and a path such as "GET /accounts"',
      OPERATION_NAME,
      object('an operation', {
        rules: required(rules('operation'), 'Rules by name, for this operation alone.'),
      }),
    ),
    { value: Object.freeze(Object.create(null)), shown: {} },
    'Operations with rules of their own, by operationId or method and path.',
  ),
  permissions: defaulted(
    named(
      'an operationId or a method and a path such as "GET /accounts"',
      OPERATION_NAME,
      list(text),
    ),
    { value: Object.freeze(Object.create(null)), shown: {} },
    'Permission codes by operation, any of which the consent must hold; replaces what the template maps.',
  ),
})

const timeZone = parsedText('a time zone such as Europe/Berlin', (value) =>
  isTimeZone(value) ? { value } : { wrong: 'must be the IANA name of a time zone' },
)

const CLASS_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/
const UNNAMED = 'This organisation'
const organisation = object('an organisation', {
  name: defaulted(text, { value: UNNAMED, shown: UNNAMED }, 'Name for reports.', 'Example Bank'),
  jurisdictions: defaulted(
    list(
      word((words) => words.jurisdictions),
      1,
    ),
    { value: ['EU'], shown: ['EU'] },
    'Where its law applies.',
  ),
  entity: defaulted(
    list(
      word((words) => words.entities),
      1,
    ),
    { value: ['financial-entity'], shown: ['financial-entity'] },
    'What it is in the eyes of the law.',
  ),
  timeZone: defaulted(
    timeZone,
    { value: 'UTC', shown: 'UTC' },
    'Where its quarters begin and end (IANA name), for statistics of payments.',
    'Europe/Berlin',
  ),
})

/** Nothing is offered unless it is asked for: the address has no login, so opening it is a decision. */
const monitoring = object('monitoring', {
  listen: required(
    listen,
    'Address and port of /health, /ready and /metrics, apart from the gateway: plain HTTP without a login, so keep it inside; port 0 takes a free one.',
    '127.0.0.1:9464',
    9464,
  ),
})

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
const logs = object('logs', {
  level: defaulted<(typeof LOG_LEVELS)[number]>(
    choice(LOG_LEVELS),
    { value: 'info', shown: 'info' },
    'Least severe lines that are written to stderr.',
  ),
  format: optional(
    choice(['json', 'text']),
    'json: one object per line. text: for people. Else text on a terminal and json elsewhere.',
  ),
})

const postgres = object('a PostgreSQL store', {
  url: required(
    secretRef,
    'Where the URL of the database is kept: postgres://user:password@host/database.',
    { env: 'DATABASE_URL' },
  ),
  feed: defaulted(
    yesOrNo,
    { value: false, shown: false },
    'Whether an authorization server in another process keeps clients and consents there, for this gateway too. Then nothing is served before the database answered once.',
  ),
})

const file = {
  version: defaulted(numberIn(1, 1, true), { value: 1, shown: 1 }, 'Version of this format.'),
  organisation: defaulted(
    organisation,
    {
      value: {
        name: UNNAMED,
        jurisdictions: ['EU'],
        entity: ['financial-entity'],
        timeZone: 'UTC',
      },
      shown: { jurisdictions: ['EU'], entity: ['financial-entity'], timeZone: 'UTC' },
    },
    'Who runs the APIs: decides which regimes apply.',
  ),
  listen: optional(
    listen,
    'Address and port of the gateway over plain HTTP; port 0 takes a free one. Else 127.0.0.1:8080, or nowhere where there are listeners or sockets.',
    '127.0.0.1:8080',
    8080,
  ),
  listeners: defaulted(
    list(listener),
    { value: [], shown: [] },
    'Where the gateway listens over TLS.',
  ),
  sockets: defaulted(
    list(proxySocket),
    { value: [], shown: [] },
    'Unix sockets behind proxies on this machine that end TLS and say which client certificate they saw.',
  ),
  extAuthz: optional(
    extAuthz,
    'Where Envoy asks about each request, if it is the data plane of some listeners; its configuration is printed by gatehouse export envoy.',
  ),
  trustStores: defaulted(
    list(trustStore),
    { value: [], shown: [] },
    'Whose client certificates are believed, by name.',
  ),
  dataDir: optional(
    filePath('the path of a folder', 'be-writable-later'),
    'Folder for events, state and the control socket; else .gatehouse beside this file.',
    '.gatehouse',
  ),
  feed: optional(
    filePath('the path of a folder', 'be-writable-later'),
    'Folder with clients, consents and revocations; else feed beside this file.',
    'feed',
  ),
  store: optional(
    object('a store', {
      postgres: required(postgres, 'A PostgreSQL database, for more than one instance.'),
    }),
    'Where relational state is kept; else SQLite in dataDir.',
  ),
  issuers: defaulted(list(issuer), { value: [], shown: [] }, 'Who may issue access tokens.'),
  identity: optional(
    identity,
    'The authorization server of this installation; else there is none.',
  ),
  sca: optional(
    sca,
    'Authenticates the customers of the authorization server strongly, where a decision asks for it (PSD2 Art. 97), and offers /sca/v1; else their login is all there is.',
  ),
  publicOrigins: defaulted(
    list(parsedText('an https origin', parsePublicOrigin)),
    { value: [], shown: [] },
    'Origins under which clients call, in front of every proxy: what "htu" of a DPoP proof must name. Without one no DPoP proof is taken.',
    ['https://api.bank.example'],
  ),
  answerSigning: optional(
    answerSigningShape,
    'Signs answers whose specification declares x-jws-signature and that the bank did not sign, or that were trimmed; else they leave as the bank made them, or not at all.',
  ),
  context: optional(
    contextShape,
    'Signs what the bank is told of each call (who, for whom, under which consent, which bytes), so that it can refuse whoever comes past the gateway; else nothing is signed.',
  ),
  mandate: defaulted(
    rules('mandate'),
    { value: [], shown: {} },
    'Rules for every API that nothing below may weaken.',
  ),
  templates: defaulted(
    list(filePath('the path of a template', 'exist')),
    { value: [], shown: [] },
    "The bank's own templates, JSON or YAML; APIs link to them as to those of the product.",
    ['templates/accounts-partner.yaml'],
  ),
  controls: defaulted(
    list(filePath('the path of a file of controls', 'exist')),
    { value: [], shown: [] },
    "Files of the bank's own controls, JSON or YAML; objectives require them as those of the catalogue, and gatehouse posture shows them.",
    ['controls/own.yaml'],
  ),
  classes: defaulted(
    named(
      'lower-case words joined by hyphens',
      CLASS_NAME,
      object('a class', {
        rules: required(
          rules('class'),
          'Rules by name for every API of the class: below its template, above its own.',
        ),
      }),
    ),
    { value: Object.freeze(Object.create(null)), shown: {} },
    'Classes of APIs by name, each with rules that its APIs share.',
  ),
  apis: required(list(api, 1), 'The APIs that Gatehouse protects.'),
  retention: defaulted(
    retentionShape,
    DEFAULT_RETENTION,
    'How long each kind of data is kept. What was deleted is proved; a hold (gatehouse retention hold) stops deleting.',
  ),
  monitoring: optional(monitoring, 'Where health, readiness and metrics are read; else nowhere.'),
  logs: defaulted(
    logs,
    { value: { level: 'info', format: null }, shown: { level: 'info' } },
    'What the running gateway writes to stderr about itself; decisions are events, not lines.',
  ),
  policyTests: optional(
    list(text),
    'Files of policy tests, or patterns such as tests/*.yaml; else policy-tests/*.yaml beside this file. "gatehouse check" runs them.',
    ['policy-tests/*.yaml'],
  ),
}

export type FileRead = FieldValues<typeof file>
export const gatehouseShape: Shape<FileRead> = object('gatehouse.yaml', file)
