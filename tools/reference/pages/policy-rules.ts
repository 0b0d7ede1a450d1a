import { ruleReference } from '../../../src/policy/index.ts'
import { code, markdownTable, page, type Page } from '../page.ts'

export const policyRules: Page = {
  file: 'policy-rules.md',
  render: () =>
    page(
      'Rules of a policy',
      'In the order they run, cheapest first. Each enforces one control ([controls.md](controls.md)), has a mode (`off`, `observe`: checked and recorded, never refused, `enforce`) and may have a fraction (percent of requests that it enforces; the rest is observed). A lower level may tighten freely and loosen within the bounds that a higher level states; a mandate ignores mode, fraction and the kill switch.',
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
