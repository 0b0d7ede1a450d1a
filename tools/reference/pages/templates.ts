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

function section({ name, version, digest, document }: TemplateReport): string {
  const { title, roles, serves, audit, feedAllowanceMs, degradable, rules } = document
  return [
    `## ${name}`,
    `${title}. Version ${version}, ${code(digest)}.`,
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
