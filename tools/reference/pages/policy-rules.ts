import { ruleReference } from '../../../src/policy/index.ts'
import { code, codes, markdownTable, page, type Page } from '../page.ts'
import { type CodeEvidence, ruleEvidence } from '../rule-evidence.ts'

export const policyRules: Page = {
  file: 'policy-rules.md',
  render: () =>
    page(
      'Rules of a policy',
      'In the order they run, cheapest first. Each enforces one control ([controls.md](controls.md)), has a mode (`off`, `observe`: checked and recorded, never refused, `enforce`) and may have a fraction (percent of requests that it enforces; the rest is observed). A lower level may tighten freely and loosen within the bounds that a higher level states; a mandate ignores mode, fraction and the kill switch.',
      evidenceTable(),
      ...ruleReference().map(({ name, control, does, params }) =>
        [
          `## ${name}`,
          `${does} Control: [${control}](controls.md#${control}).`,
          params.length === 0
            ? 'No parameters.'
            : markdownTable(
                ['parameter', 'meaning', 'values', 'tighter', 'where nobody says'],
                params.map((one) => [
                  code(one.name),
                  one.does,
                  one.values,
                  one.tighter,
                  one.fallback === null ? 'no restriction' : code(JSON.stringify(one.fallback)),
                ]),
              ),
        ].join('\n\n'),
      ),
    ),
}

/** What stands behind each rule: gathered from the repository, as it is. */
function evidenceTable(): string {
  const rows = ruleEvidence().map((rule, at) => [
    String(at + 1),
    `[${rule.name}](#${rule.name.replaceAll('.', '').toLowerCase()})`,
    `[${rule.control}](controls.md#${rule.control})`,
    rule.sources.join(', '),
    rule.codes.map(refusal).join('; '),
    codes(rule.allowed.slice(0, 2)),
    codes(rule.templates),
  ])
  return [
    '## What stands behind each rule',
    'All have the modes `off`, `observe` and `enforce`. Refusals: the code, how many golden cases hold it, a test that expects it, and ✓ where the generated requests of `test/model` must reach it (there each is decided as an independent model says).',
    markdownTable(
      [
        'place',
        'rule',
        'control',
        'clauses named in its source',
        'refuses with',
        'requests that pass are in',
        'templates',
      ],
      rows,
    ),
  ].join('\n\n')
}

function refusal({ code: name, cases, files, generated }: CodeEvidence): string {
  const [file = ''] = files.toSorted(
    (a, b) => Number(b.endsWith('.case')) - Number(a.endsWith('.case')),
  )
  const where = [cases === 0 ? '' : `${cases}`, code(file)].filter((part) => part !== '').join(', ')
  return `[${name.replace('GH_GATEWAY_', '')}](errors.md) (${where}${generated ? ', ✓' : ''})`
}
