import { templateReports, type TemplateReport } from '../../../src/app/index.ts'
import { code, codes, markdownTable, page, type Page } from '../page.ts'

export const templates: Page = {
  file: 'templates.md',
  render: () =>
    page(
      'Policy templates',
      'What `template:` of an API may name: `NAME`, `NAME@VERSION`, or `NAME@VERSION#DIGEST`. A bank adds its own under `templates:` and may extend these. Rules and their parameters are explained in [policy-rules.md](policy-rules.md); how levels and bounds work together, in `docs/design/policy.md`. `gatehouse templates` lists those of an installation.',
      ...templateReports(undefined).map(section),
    ),
}

/** What a reader would ask of the newest of a template. */
const ASKED: ReadonlyMap<string, string> = new Map([
  [
    'brazil-payments@1.2.0',
    'It extends `pis@1.4.0`, not `pis@1.5.0`, on purpose: there a token must state that the payment was authenticated or is exempt (`sca.required` with `outcome: stated`). Open Finance Brasil knows no exemptions and has no such claim: a token says by its `acr` how its customer was authenticated. Which values are enough nobody here has compared with the text of the scheme, so none is in the template. A bank writes them into the rule: `sca.required: { mode: enforce, params: { acr: […], outcome: stated } }`.',
  ],
])

function section({ name, version, digest, document }: TemplateReport): string {
  const { title, roles, serves, audit, feedAllowanceMs, degradable, rules } = document
  return [
    `## ${name}`,
    `${title}. Version ${version}, ${code(digest)}.`,
    ...[ASKED.get(`${name}@${version}`)].filter((text) => text !== undefined),
    markdownTable(
      ['', ''],
      [
        ['for APIs that are', codes(roles)],
        [
          'serves',
          [
            codes(serves.methods),
            serves.only === undefined ? '' : `only ${serves.only}`,
            serves.notRoles.length === 0 ? '' : `nothing of ${serves.notRoles.join(', ')}`,
            serves.also === undefined ? '' : `also ${serves.also.join(', ')} of the client itself`,
          ]
            .filter((part) => part !== '')
            .join('; '),
        ],
        ['audit, at least', code(audit)],
        ['facts of the feed', `at most ${feedAllowanceMs / 1000} s old`],
        ['may be `degraded`', degradable ? 'yes' : 'no'],
      ],
    ),
    markdownTable(
      ['rule', 'mode', 'parameters', 'may be loosened to'],
      Object.entries(rules).map(([rule, { mode, fraction, params, bounds }]) => [
        `[${rule}](policy-rules.md#${rule.replaceAll('.', '').toLowerCase()})`,
        fraction === undefined ? mode : `${mode}, ${fraction} %`,
        parameters(params),
        [bounds?.mode === undefined ? '' : code(bounds.mode), parameters(bounds?.params ?? {})]
          .filter((part) => part !== '')
          .join('; ') || 'not at all',
      ]),
    ),
  ].join('\n\n')
}

function parameters(params: Readonly<Record<string, unknown>>): string {
  return Object.entries(params)
    .map(([name, value]) => `${name} ${code(JSON.stringify(value))}`)
    .join('; ')
}
