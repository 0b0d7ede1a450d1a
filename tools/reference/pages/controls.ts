import { type Control, controls as catalogue, regime } from '../../../src/controls/index.ts'
import { code, codes, markdownTable, page, type Page } from '../page.ts'

const CHECKED: Readonly<Record<string, string>> = {
  text: 'read',
  title: 'title only',
  mirror: 'mirror',
  secondary: 'secondary source',
  memory: 'unchecked',
}

export const controls: Page = {
  file: 'controls.md',
  render() {
    const all = catalogue()
    const categories = [...new Set(all.map(({ category }) => category))]
    return page(
      'Controls',
      `What can be required of an API: ${all.length} controls. \`gatehouse controls ID\` shows one with everything. Clauses carry how they were checked; what nobody read against its text is marked *unchecked* and is not law. Identifiers of OWASP, NIST and ASVS only: their texts are theirs.`,
      ...categories.flatMap((category) => [
        `## ${category}`,
        ...all.filter((one) => one.category === category).map(section),
      ]),
    )
  },
}

function section(control: Control): string {
  const { references } = control
  return [
    `### ${control.id}`,
    `**${control.title}.** ${control.intent}`,
    markdownTable(
      ['', ''],
      [
        ['if missing', `${control.severityIfMissing}; counters ${control.counters.join(', ')}`],
        [
          'policy field',
          `${code(control.enforce.policyField)} (${control.enforce.coverage}): ${control.enforce.expectation}`,
        ],
        [
          'evidence',
          `${control.evidence.kinds.join(', ')}; fresh for ${control.evidence.freshnessDays} days`,
        ],
        ['in traffic', control.observe],
        ['from outside', control.testFromOutside],
        ['OWASP API', codes([...references.owaspApi2019, ...references.owaspApi2023])],
        ['NIST 800-53 r5', codes(references.nist80053r5)],
        ['ASVS 5', codes(references.asvs5.map(({ id }) => id))],
        ['clauses', references.regulations.map(clause).join('; ')],
        ['note', control.note ?? ''],
      ].filter((row) => row[1] !== ''),
    ),
  ].join('\n\n')
}

function clause(one: Control['references']['regulations'][number]): string {
  const name = regime(one.regime)?.name ?? one.regime
  const checked = CHECKED[one.checked] ?? one.checked
  return `${name} ${one.clause}${one.checked === 'text' ? '' : ` *(${checked})*`}`
}
